"""Who is away, and who stands in meanwhile: the rows, and the page."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from departments.models import Absence, Headship, User
from departments.selectors import stands_in
from departments.services.absences import (
    AbsenceRefused,
    change_absence,
    end_absence,
    free,
    record_absence,
    remove_absence,
)  # fmt: skip
from tests import make
from tests.clock import TODAY
from tests.console import save

FIRST, LAST = date(2026, 12, 7), date(2026, 12, 18)


def deputies(department) -> list[tuple]:
    found = department.headships.filter(kind="deputy").order_by("starts_on")
    return [(each.user.username, each.starts_on, each.ends_on) for each in found]


def away(user, **fields):
    return record_absence(**{"user": user, "starts_on": FIRST, "ends_on": LAST, "by": None, **fields})


def test_whoever_is_chosen_stands_in_on_those_days_and_the_same_again_changes_nothing(
    creative, creative_head, designer, coo
):
    for _ in range(2):
        absence = away(creative_head, deputy=designer, by=coo)
    assert deputies(creative) == [("designer", FIRST, LAST)]
    assert Absence.objects.get() == absence
    assert [stands_in(creative, day) for day in (FIRST, LAST, date(2026, 12, 19))] == [
        designer, designer, creative_head,
    ]  # fmt: skip
    assert (absence.history.get().history_user, Headship.history.first().history_user) == (coo, coo)


def test_where_there_is_a_deputy_already_they_stay_and_only_the_gaps_are_filled(
    creative, creative_head, designer, media_head
):
    for first, last in [(date(2026, 11, 1), date(2026, 12, 8)), (date(2026, 12, 10), date(2026, 12, 10))]:
        Headship.objects.create(department=creative, user=media_head, kind="deputy", starts_on=first, ends_on=last)
    away(creative_head, deputy=designer)
    assert [each for each in deputies(creative) if each[0] == "designer"] == [
        ("designer", date(2026, 12, 9), date(2026, 12, 9)),
        ("designer", date(2026, 12, 11), LAST),
    ]


def test_only_for_the_days_of_heading_it(creative, creative_head, designer):
    Headship.objects.update(ends_on=date(2026, 12, 9))
    away(creative_head, deputy=designer, ends_on=None)
    assert deputies(creative) == [("designer", FIRST, date(2026, 12, 9))]


@pytest.mark.parametrize(
    ("taken", "left"),
    [
        ([], [(2, 6)]),
        ([(1, 3)], [(4, 6)]),
        ([(5, 9)], [(2, 4)]),
        ([(1, 9)], []),
        ([(4, 4), (2, 2)], [(3, 3), (5, 6)]),
    ],
)
def test_what_is_free_is_what_nobody_takes(taken, left):
    def days(pairs):
        return [(date(2026, 1, first), date(2026, 1, last)) for first, last in pairs]

    assert list(free(days([(2, 6)])[0], days(taken))) == days(left)


def test_who_comes_back_sooner_is_stood_in_for_no_longer(creative, creative_head, designer):
    absence = away(creative_head, deputy=designer)
    end_absence(absence, ends_on=date(2026, 12, 9), by=None)
    assert deputies(creative) == [("designer", FIRST, date(2026, 12, 9))]
    change_absence(absence, starts_on=date(2026, 12, 21), ends_on=None, by=None)
    assert deputies(creative) == []


def test_an_absence_that_is_none_after_all_leaves_nobody_standing_in(creative, creative_head, designer):
    remove_absence(away(creative_head, deputy=designer), by=None)
    end_absence(away(creative_head, deputy=designer), ends_on=date(2026, 12, 6), by=None)
    assert (deputies(creative), Absence.objects.count()) == ([], 0)


def test_a_deputy_who_cannot_is_refused_and_nothing_is_kept(creative, creative_head, designer, media_head):
    make.absence(media_head, LAST, None)
    leaver = make.user("leaver", leaves_on=date(2026, 12, 10))
    for deputy, why in [(creative_head, "themselves"), (media_head, "away, too"), (leaver, "does not work here")]:
        with pytest.raises(AbsenceRefused, match=why):
            away(creative_head, deputy=deputy)
    assert not Absence.objects.filter(user=creative_head).exists()


def test_days_that_overlap_are_refused_kindly_and_by_the_database(creative_head, creative):
    make.absence(creative_head, date(2026, 12, 1), FIRST)
    with pytest.raises(AbsenceRefused, match="Overlaps with “Absence of Creative-Head”, from 01 Dec 2026"):
        away(creative_head)
    with pytest.raises(IntegrityError, match="absence_once_a_day"), transaction.atomic():
        make.absence(creative_head, FIRST, None)
    make.pause(creative)
    with pytest.raises(IntegrityError, match="pause_once_a_day"), transaction.atomic():
        make.pause(creative, date(2026, 11, 20), None)


# --- The page -----------------------------------------------------------------------------------

SENT = {"starts_on": "2026-12-07", "ends_on": "2026-12-18", "deputy": ""}


def post(client, by, path="/absences/", **fields):
    client.force_login(by)
    return client.post(path, fields, follow=True)


def undo(client, page):
    url = page.text.split('<ul class="messages">')[1].split('action="')[1].split('"')[0]
    return client.post(url.replace("&amp;", "&"), follow=True)


def test_a_head_records_their_own_absence_with_a_deputy_and_takes_it_back(client, creative, creative_head, designer):
    page = post(client, creative_head, **SENT | {"deputy": "designer"})
    assert "Recorded: Creative-Head, 07 Dec 2026 to 18 Dec 2026." in page.text
    assert deputies(creative) == [("designer", FIRST, LAST)]
    assert "Removed" in undo(client, page).text
    assert (Absence.objects.count(), deputies(creative)) == (0, [])


def test_a_head_records_nobody_elses_whatever_they_send(client, creative_head, media_head):
    post(client, creative_head, **SENT | {"user": "media-head"})
    assert Absence.objects.get().user == creative_head
    client.force_login(media_head)
    theirs = Absence.objects.get().pk
    assert [client.post(f"/absences/{theirs}/{what}/").status_code for what in ("end", "removal")] == [404, 404]
    again = f"/absences/restoration/?user=creative-head&starts_on=2026-12-21&instead_of={theirs}"
    assert client.post(again).status_code == 404
    assert Absence.objects.get().starts_on == FIRST


def test_the_coo_records_anybodys(client, coo, designer):
    assert (
        "Recorded: Designer, from 07 Dec 2026."
        in post(client, coo, user="designer", starts_on="2026-12-07", ends_on="", deputy="").text
    )


def test_removing_can_be_undone_with_who_stood_in(client, coo, creative, creative_head, designer):
    absence = away(creative_head, deputy=designer)
    page = post(client, coo, f"/absences/{absence.pk}/removal/")
    assert (Absence.objects.count(), deputies(creative)) == (0, [])
    undo(client, page)
    assert deputies(creative) == [("designer", FIRST, LAST)]


def test_who_is_back_was_away_until_yesterday_and_the_end_can_be_undone(client, creative_head, creative, designer):
    absence = record_absence(user=creative_head, starts_on=date(2026, 11, 10), deputy=designer, by=None)
    page = post(client, creative_head, f"/absences/{absence.pk}/end/")
    assert (Absence.objects.get().ends_on, deputies(creative)[0][2]) == (date(2026, 11, 17), date(2026, 11, 17))
    undo(client, page)
    assert (Absence.objects.get().ends_on, deputies(creative)[0][2]) == (None, None)


def test_what_cannot_be_is_said_with_what_was_found_and_kept(client, creative_head):
    page = post(client, creative_head, starts_on="2026-12-18", ends_on="2026-12-07", deputy="nobody-known")
    for said in ("Found 2026-12-07, expected 2026-12-18 or later", "Found “nobody-known”", 'value="2026-12-18"'):
        assert said in page.text
    assert "expected a day from" in post(client, creative_head, starts_on="1999-01-01").text
    assert "Enter a valid date" in post(client, creative_head, starts_on="soon").text
    assert not Absence.objects.exists()


def test_who_only_reads_sees_who_is_away_and_no_form(client, ceo, creative_head):
    make.absence(creative_head)
    client.force_login(ceo)
    page = client.get("/absences/").text
    assert "Creative-Head" in page
    assert 'name="starts_on"' not in page
    assert "/removal/" not in page


def test_the_administration_fits_the_deputy_to_the_absence(client, administrator, creative, creative_head, designer):
    absence = away(creative_head, deputy=designer)
    client.force_login(administrator)
    save(client, f"/admin/departments/absence/{absence.pk}/change/", ends_on=date(2026, 12, 8))
    assert deputies(creative) == [("designer", FIRST, date(2026, 12, 8))]
    client.post(f"/admin/departments/absence/{absence.pk}/delete/", {"post": "yes"})
    assert (Absence.objects.count(), deputies(creative)) == (0, [])


def test_the_calendar_of_the_administration_knows_its_holidays_and_refuses_what_is_no_place(client, administrator):
    make.calendar(country="DE")
    client.force_login(administrator)
    url = "/admin/departments/businesscalendar/1/change/"
    assert "Christmas Day (25 Dec 2026)" in client.get(url).text
    refused = save(client, url, subdivision="XX").text
    assert "Found “XX”, expected BB, BE" in refused
    assert client.get("/admin/departments/businesscalendar/add/").status_code == 403


def test_the_absent_and_the_employed_are_told_apart(creative_head):
    make.absence(creative_head)
    assert not User.objects.employed(on=TODAY).exclude(pk__in=User.objects.absent(on=TODAY)).exists()
