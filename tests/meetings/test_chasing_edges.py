"""Who is told, where the year, the people and the departments are not as usual."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from departments.models import Headship, Notification, User
from meetings.models import Deadline
from meetings.services.chasing import chase
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("begun")]
BERLIN = ZoneInfo("Europe/Berlin")
WEEK = date(2026, 11, 16)
FRIDAY, MONDAY, TUESDAY = date(2026, 11, 20), date(2026, 11, 23), date(2026, 11, 24)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), BERLIN)


def told() -> list[tuple[str, str]]:
    return list(Notification.objects.order_by("created_at", "pk").values_list("kind", "to__username"))


def deputise(department, **fields):
    deputy = make.user("deputy", **fields)
    Headship.objects.create(department=department, user=deputy, kind="deputy", starts_on=date(2020, 1, 1))
    return deputy


@pytest.mark.parametrize(
    "gone", [{"leaves_on": FRIDAY}, {"is_active": False}, {"starts_on": date(2026, 12, 1)}], ids=str
)
def test_a_deputy_who_does_not_work_here_holds_up_nobody(creative, creative_head, coo, gone):
    deputise(creative, **gone)

    chase(now=at(MONDAY, 9))

    assert told() == [("status_late", "creative-head"), ("status_missing", "coo")]


def test_two_weeks_off_after_the_deadline_do_not_end_it(creative, creative_head, coo):
    deputise(creative)
    for day in range(14):
        make.holiday(date(2026, 12, 21) + timedelta(days=day))

    for day in (date(2026, 12, 18), date(2027, 1, 4), date(2027, 1, 5)):
        chase(now=at(day, 17, 30))

    week = [n for n in Notification.objects.order_by("created_at") if "2026-W51" in n.url]
    assert [n.to.username for n in week] == ["creative-head", "deputy", "coo"]


def test_a_deadline_on_monday_is_not_told_at_midnight(creative, creative_head):
    Deadline.objects.create(weekday=0, time=time(17))

    chase(now=at(MONDAY, 0))
    assert not Notification.objects.filter(url__contains="W48").exists()
    chase(now=at(MONDAY, 9))

    assert Notification.objects.get(url__contains="W48").kind == "status_due"


def test_a_deadline_early_on_monday_is_told_once_it_has_passed(creative, creative_head):
    Deadline.objects.create(weekday=0, time=time(8))

    chase(now=at(MONDAY, 8))

    assert Notification.objects.get(url__contains="W48").kind == "status_late"


def test_a_department_that_was_named_anew_is_not_told_again(creative, creative_head):
    chase(now=at(FRIDAY, 17))
    creative.slug = creative.name = "studio"
    creative.save()

    chase(now=at(FRIDAY, 18))

    assert told() == [("status_late", "creative-head")]


def test_on_days_on_which_a_department_is_paused_nobody_is_told(creative, creative_head, coo):
    make.pause(creative, MONDAY, date(2026, 12, 4))

    chase(now=at(MONDAY, 10))
    chase(now=at(TUESDAY, 10))

    assert told() == []


def test_several_coos_are_told_once_each(creative, coo):
    make.user("coo-2", role=User.Role.COO)

    chase(now=at(MONDAY, 9))
    chase(now=at(TUESDAY, 9))

    assert sorted(told()) == [("status_missing", "coo"), ("status_missing", "coo-2")]


def test_a_department_that_closed_meanwhile_owes_nothing_any_more(creative, creative_head, coo):
    creative.closed_on = date(2026, 11, 17)
    creative.save()

    chase(now=at(FRIDAY, 17))
    chase(now=at(TUESDAY, 9))

    assert told() == []


def test_a_deputy_who_heads_another_department_is_told_of_each(creative, media, creative_head, media_head):
    make.absence(creative_head)
    Headship.objects.create(department=creative, user=media_head, kind="deputy", starts_on=date(2020, 1, 1))

    chase(now=at(FRIDAY, 17))

    assert told() == [("status_late", "media-head")] * 2
    assert {n.why for n in Notification.objects.all()} == {"You are deputy of Creative.", "You are head of Media."}
