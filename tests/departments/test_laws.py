"""What the database itself refuses, whoever asks: not by a form, but by a row."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from departments.models import ApiToken, BusinessCalendar, Department, Headship, Mailing, Mute, User
from departments.models.department import Reach
from tests import make
from tests.clock import NOW


def refused(law, act, *arguments, **fields):
    with pytest.raises(IntegrityError, match=law), transaction.atomic():
        act(*arguments, **fields)


def test_there_is_one_root(agency, creative):
    refused("department_one_root", Department.objects.create, name="Rival", slug="rival")
    refused("department_one_root", Department.objects.filter(pk=creative.pk).update, parent=None)


def test_no_department_is_its_own_parent_or_below_itself(agency, creative):
    art = make.department("Art", parent=creative)
    print_ = make.department("Print", parent=art)
    own = Department.objects.filter(pk=creative.pk)
    refused("department_no_circle|department_not_its_own_parent", own.update, parent=creative)
    for below in (art, print_):
        refused("department_no_circle", own.update, parent=below)
    refused("department_no_circle", Department.objects.filter(pk=agency.pk).update, parent=print_)


def test_a_department_moves_with_all_that_is_below_it(agency, creative, media):
    art = make.department("Art", parent=media)
    Department.objects.filter(pk=media.pk).update(parent=creative)
    assert set(Department.objects.below([creative])) == {creative, media, art}


@pytest.mark.parametrize("fields", [{"slug": ""}, {"name": ""}])
def test_a_department_has_a_name(creative, fields):
    refused("department_is_named", Department.objects.filter(pk=creative.pk).update, **fields)


def test_a_department_closes_after_it_opens(creative):
    days = {"opened_on": date(2026, 5, 2), "closed_on": date(2026, 5, 1)}
    refused("department_closes_after_it_opens", Department.objects.filter(pk=creative.pk).update, **days)


def test_names_and_slugs_are_taken_once(creative, media):
    refused("slug", Department.objects.filter(pk=media.pk).update, slug="creative")
    refused("name", Department.objects.filter(pk=media.pk).update, name="Creative")


def test_a_department_with_something_below_it_stays(agency, creative, designer):
    for used in (agency, creative):
        with pytest.raises(ProtectedError):
            used.delete()


# --- Heads and deputies -------------------------------------------------------------------------

MARCH, APRIL = (date(2026, 3, 1), date(2026, 3, 31)), (date(2026, 4, 1), date(2026, 4, 30))


def lead(department, days, kind="head"):
    starts_on, ends_on = days
    person = make.user()
    return Headship.objects.create(department=department, user=person, kind=kind, starts_on=starts_on, ends_on=ends_on)


@pytest.mark.parametrize("kind", ["head", "deputy"])
@pytest.mark.parametrize(
    "days",
    [
        MARCH,
        (date(2026, 3, 31), date(2026, 4, 5)),
        (date(2026, 2, 1), date(2026, 3, 1)),
        (date(2026, 3, 10), date(2026, 3, 10)),
        (date(2026, 1, 1), None),
    ],
)
def test_a_department_has_one_head_and_one_deputy_a_day(creative, kind, days):
    lead(creative, MARCH, kind)
    refused("headship_once_a_day", lead, creative, days, kind)


def test_who_leads_until_further_notice_leaves_room_for_nobody_later(creative):
    lead(creative, (date(2026, 3, 1), None))
    refused("headship_once_a_day", lead, creative, APRIL)
    refused("headship_once_a_day", lead, creative, (date(2030, 1, 1), None))


def test_one_after_another_and_head_beside_deputy_are_fine(creative, media):
    for place in (creative, media):
        for kind in ("head", "deputy"):
            lead(place, MARCH, kind)
            lead(place, APRIL, kind)
    assert Headship.objects.on(date(2026, 4, 1)).count() == 4


def test_a_headship_cannot_be_moved_onto_another(creative, media):
    first, second, elsewhere = lead(creative, MARCH), lead(creative, APRIL), lead(media, MARCH)
    refused("headship_once_a_day", Headship.objects.filter(pk=second.pk).update, starts_on=MARCH[1])
    refused("headship_once_a_day", Headship.objects.filter(pk=first.pk).update, ends_on=None)
    refused("headship_once_a_day", Headship.objects.filter(pk=elsewhere.pk).update, department=creative)


def test_a_headship_ends_after_it_starts_and_is_of_a_known_kind(creative):
    refused("headship_ends_after_it_starts|range", lead, creative, (date(2026, 4, 2), date(2026, 4, 1)))
    refused("headship_kind_is_known", lead, creative, MARCH, "king")


# --- People and tokens --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("law", "fields"),
    [
        ("user_role_is_known", {"role": "boss"}),
        ("user_fte_between_0_and_1", {"fte": "1.01"}),
        ("user_fte_between_0_and_1", {"fte": "-0.01"}),
        ("user_leaves_after_starting", {"starts_on": date(2026, 5, 2), "leaves_on": date(2026, 5, 1)}),
        ("username", {"username": "coo"}),
    ],
)
def test_what_a_person_cannot_be(coo, designer, law, fields):
    refused(law, User.objects.filter(pk=designer.pk).update, **fields)


def test_an_address_belongs_to_one_person_however_it_is_spelled(coo, designer):
    User.objects.filter(pk=coo.pk).update(email="office@example.org")
    refused("user_email_once", User.objects.filter(pk=designer.pk).update, email="Office@Example.org")
    assert User.objects.filter(email="").count() == 1  # none is no address


def test_people_whose_department_is_gone_do_not_exist(creative, designer):
    def move_nowhere():
        User.objects.filter(pk=designer.pk).update(department=10**6)
        connection.check_constraints()

    refused("department", move_nowhere)


def test_a_tokens_scope_is_known_and_its_secret_once(designer):
    token, _ = ApiToken.objects.issue(user=designer, scope="read", at=NOW)
    refused("api_token_scope_is_known", ApiToken.objects.filter(pk=token.pk).update, scope="all")
    refused("digest", ApiToken.objects.create, user=designer, digest=token.digest, created_at=NOW)


# --- Who reaches what ---------------------------------------------------------------------------


def test_a_head_leads_on_the_days_of_the_headship_alone(creative):
    headship = lead(creative, MARCH)
    person = headship.user
    writable = {
        day: set(Department.objects.reachable_by(person, on=day, reach=Reach.WRITE))
        for day in (date(2026, 2, 28), *MARCH, date(2026, 4, 1))
    }
    assert list(writable.values()) == [set(), {creative}, {creative}, set()]


def test_there_is_one_business_calendar_with_a_working_day(db):
    calendar = make.calendar()
    refused("business_calendar_is_one", BusinessCalendar.objects.create, id=2)
    week = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), False)
    refused("business_calendar_has_a_working_day", BusinessCalendar.objects.filter(pk=calendar.pk).update, **week)


def test_a_day_off_and_a_pause_say_what_they_are_for(creative):
    refused("holiday_is_named", make.holiday, name="")
    refused("pause_has_a_reason", make.pause, creative, reason="")
    make.holiday()
    refused("day", make.holiday)


def test_a_delivery_goes_to_one_in_a_state_that_is_known(coo):
    chat = make.webhook()
    refused("delivery_goes_to_one", make.delivery, coo, webhook=chat)
    refused("delivery_goes_to_one", make.delivery, None)
    refused("delivery_state_is_known", make.delivery, coo, state="lost")
    refused("delivery_sent_with_sent_at", make.delivery, coo, state="sent", sent_at=None)
    refused("delivery_sent_with_sent_at", make.delivery, coo, sent_at=NOW)
    refused("webhook_is_complete", make.webhook, "", "")


def test_how_somebody_wants_their_mail_is_one_of_what_there_is(coo):
    refused("mailing_hour_of_a_day", Mailing.objects.create, user=coo, hour=24)
    refused("mailing_rhythm_is_known", Mailing.objects.create, user=coo, rhythm="never")
    muted = {"user": coo, "muted_at": NOW}
    refused("mute_kind_is_known", Mute.objects.create, kind="gossip", **muted)
    Mute.objects.create(kind="comment", **muted)
    refused("mute_once|UNIQUE", Mute.objects.create, kind="comment", **muted)
