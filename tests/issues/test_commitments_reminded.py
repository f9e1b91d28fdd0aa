"""Nobody has to chase what was promised, and what a leaver promised passes on."""

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from departments.models import Headship, Notification
from issues.ledger import Act
from issues.models import Commitment
from issues.services import reminding
from issues.services.committing import do
from issues.services.reminding import remind
from tests import make
from tests.clock import NOW, TODAY

FRIDAY, A_DAY = date(2026, 11, 20), timedelta(days=1)


def moment(day, hour, minute=0):
    return timezone.make_aware(datetime(2026, 11, day, hour, minute))


@pytest.fixture
def promise(designer, creative_head, media, media_head):
    """The designer promised it on Wednesday, for Friday."""
    return make.commitment(designer, media)


def told(user):
    due = Notification.objects.filter(to=user, kind="commitment_due").order_by("pk")
    return [subject.split(":")[0] for subject in due.values_list("subject", flat=True)]


def test_the_working_day_before_and_the_one_after_each_once(promise, designer):
    assert remind(now=moment(19, 8, 59)) == 0
    assert remind(now=moment(19, 9)) == 1
    assert told(designer) == ["Due Fri 20 Nov 2026"]
    for now in (moment(19, 9, 1), moment(20, 10), moment(21, 10), moment(22, 10), moment(23, 8, 59)):
        assert remind(now=now) == 0
    assert remind(now=moment(23, 9)) == 1
    assert told(designer) == ["Due Fri 20 Nov 2026", "Overdue since Fri 20 Nov 2026"]
    assert remind(now=moment(24, 9)) == 0


def test_for_a_monday_it_is_friday(designer, media):
    make.commitment(designer, media, due_on=date(2026, 11, 23))
    assert remind(now=moment(19, 12)) == 0
    assert remind(now=moment(20, 9)) == 1


def test_what_is_done_or_moved_is_not_reminded_of_but_by_its_new_date(promise, designer, media):
    other = make.commitment(designer, media)
    do(other, Act.DONE, edition=1, by=designer, at=NOW)
    do(promise, Act.MOVE, edition=1, due_on=FRIDAY + 4 * A_DAY, reason="client", by=designer, at=moment(18, 12))
    assert remind(now=moment(19, 10)) == 0
    assert remind(now=moment(23, 10)) == 1
    assert told(designer) == ["Due Tue 24 Nov 2026"]


def test_who_promised_it_when_it_was_time_already_needs_no_word(designer, media):
    make.commitment(designer, media, due_on=TODAY + A_DAY, at=moment(18, 11))
    make.commitment(designer, media, due_on=TODAY, at=moment(18, 8))
    for now in (moment(18, 12), moment(19, 8)):
        assert remind(now=now) == 0
    assert remind(now=moment(19, 9)) == 1
    assert told(designer) == ["Overdue since Wed 18 Nov 2026"]


def test_for_who_is_away_the_stand_in_is_asked_once(promise, designer, creative_head):
    make.absence(designer, FRIDAY - A_DAY, FRIDAY - A_DAY)
    assert remind(now=moment(19, 9)) == 1
    assert told(creative_head) == ["Due Fri 20 Nov 2026"]
    assert remind(now=moment(20, 9)) == 0
    assert told(designer) == []


def test_where_nobody_stands_in_it_is_told_above(promise, designer, creative_head, coo):
    make.absence(designer)
    make.absence(creative_head)
    assert remind(now=moment(19, 9)) == 1
    assert told(coo) == ["Due Fri 20 Nov 2026"]


def test_a_paused_department_is_not_chased(promise, creative, designer):
    make.pause(creative, TODAY, date(2026, 11, 23))
    assert [remind(now=moment(day, 10)) for day in (19, 20, 23)] == [0, 0, 0]
    assert remind(now=moment(24, 10)) == 1
    assert told(designer) == ["Overdue since Fri 20 Nov 2026"]


def test_what_is_wrong_with_one_keeps_no_other_from_being_reminded(promise, designer, media, monkeypatch):
    other, notify = make.commitment(designer, media), reminding.notify

    def broken(*, key, **said):
        if f":{promise.pk}:" in key:
            raise ValueError
        return notify(key=key, **said)

    monkeypatch.setattr(reminding, "notify", broken)
    assert remind(now=moment(19, 9)) == 1
    assert Notification.objects.get(kind="commitment_due").url == f"/commitments/{other.pk}/"


class TestLeavers:
    def leave(self, user, on=TODAY - A_DAY):
        user.leaves_on = on
        user.save()

    def test_what_they_promised_passes_on_to_who_stands_in_once(self, promise, designer, creative_head, creative):
        self.leave(designer)
        assert remind(now=NOW) == 1
        promise.refresh_from_db()
        last = promise.entries.get(number=2)
        assert (promise.who, promise.department) == (creative_head, creative)
        assert (last.act, last.by, last.words) == ("hand_over", None, "Designer has left.")
        assert Notification.objects.get(to=creative_head).subject == "It passed on to you: Send the brief"
        assert remind(now=NOW) == 0
        assert promise.entries.count() == 2

    def test_also_of_who_may_not_sign_in_any_more_but_not_on_the_last_day(self, promise, designer, media):
        self.leave(designer, on=TODAY)
        assert remind(now=NOW) == 0
        designer.is_active = False
        designer.save()
        assert remind(now=NOW) == 1

    def test_what_is_done_stays_theirs(self, promise, designer):
        do(promise, Act.DONE, edition=1, by=designer, at=NOW)
        self.leave(designer)
        assert remind(now=NOW) == 0
        assert Commitment.objects.get().who == designer

    def test_where_nobody_leads_the_department_it_goes_up_to_the_coo(self, promise, designer, creative, coo):
        Headship.objects.filter(department=creative).delete()
        self.leave(designer)
        assert remind(now=NOW) == 1
        assert Commitment.objects.get().who == coo

    def test_nobody_inherits_what_was_promised_to_them(self, designer, creative_head, coo):
        made = make.commitment(designer, creative_head)
        self.leave(designer)
        assert remind(now=NOW) == 1
        made.refresh_from_db()
        assert (made.who, made.to_user) == (coo, creative_head)

    def test_where_there_is_nobody_at_all_it_waits(self, promise, designer, creative):
        Headship.objects.filter(department=creative).delete()
        self.leave(designer)
        assert remind(now=NOW) == 0
        assert Commitment.objects.get().who == designer
