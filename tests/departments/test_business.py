"""Which days are worked on, what time it is on them, and who is there."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from departments.business import BusinessDays, countries, public_holidays, subdivisions
from departments.models import Department, Headship, User
from departments.selectors import answer_for, answers_for, business_days, stand_in, stands_in
from tests import make
from tests.clock import TODAY

WEEK = BusinessDays(frozenset(range(5)))
BERLIN, NEW_YORK, LORD_HOWE = map(ZoneInfo, ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe"))
FRIDAY, SATURDAY, MONDAY = date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 23)


def test_weekends_and_holidays_are_passed_over_in_both_directions():
    days = BusinessDays(frozenset(range(5)), {FRIDAY: "Outing"}, frozenset([SATURDAY]))
    assert [days.is_working(day) for day in (FRIDAY, SATURDAY, MONDAY)] == [False, True, True]
    assert (days.before(MONDAY), days.before(SATURDAY)) == (SATURDAY, date(2026, 11, 19))
    assert (days.after(date(2026, 11, 19)), WEEK.after(FRIDAY)) == (SATURDAY, MONDAY)


def test_without_a_weekday_there_is_no_next_one():
    with pytest.raises(ValueError, match="at least"):
        BusinessDays(frozenset())


@pytest.mark.parametrize(
    ("zone", "day", "at", "utc"),
    [
        (BERLIN, date(2026, 3, 29), time(2, 30), datetime(2026, 3, 29, 1, 0)),
        (BERLIN, date(2026, 3, 29), time(8), datetime(2026, 3, 29, 6, 0)),
        (BERLIN, date(2026, 3, 28), time(8), datetime(2026, 3, 28, 7, 0)),
        (BERLIN, date(2026, 10, 25), time(2, 30), datetime(2026, 10, 25, 0, 30)),
        (NEW_YORK, date(2026, 3, 8), time(2, 0), datetime(2026, 3, 8, 7, 0)),
        (NEW_YORK, date(2026, 11, 1), time(1, 59), datetime(2026, 11, 1, 5, 59)),
        (LORD_HOWE, date(2026, 10, 4), time(2, 15), datetime(2026, 10, 3, 15, 30)),
        (LORD_HOWE, date(2026, 4, 5), time(1, 45), datetime(2026, 4, 4, 14, 45)),
    ],
)
def test_a_time_that_is_leapt_over_is_the_first_after_it_and_a_doubled_one_the_first(zone, day, at, utc):
    assert BusinessDays.moment(day, at, zone).astimezone(UTC) == utc.replace(tzinfo=UTC)


def test_the_next_moment_is_today_until_it_is_over_and_then_the_next_working_day():
    friday = datetime(2026, 11, 20, 8, 0, tzinfo=BERLIN)
    assert WEEK.next_moment(friday, time(8), BERLIN) == friday
    later = friday.replace(minute=1)
    assert WEEK.next_moment(later, time(8), BERLIN) == datetime(2026, 11, 23, 8, tzinfo=BERLIN)


def test_the_next_moment_after_the_first_of_a_doubled_hour_is_tomorrow():
    second = datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=BERLIN)
    every_day = BusinessDays(frozenset(range(7)))
    assert every_day.next_moment(second, time(2, 30), BERLIN) == datetime(2026, 10, 26, 2, 30, tzinfo=BERLIN)


def test_the_day_counts_where_the_agency_is():
    late = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)  # Saturday in Berlin, Friday evening in New York
    assert WEEK.next_moment(late, time(23, 45), NEW_YORK).astimezone(NEW_YORK).date() == FRIDAY
    assert WEEK.next_moment(late, time(23, 45), BERLIN).date() == MONDAY


@pytest.mark.django_db
def test_public_holidays_are_those_of_the_place_and_own_days_come_first():
    make.calendar(country="DE", subdivision="BE")
    make.holiday(date(2026, 3, 9), "Moving house")
    make.holiday(date(2026, 5, 1), "Big launch", is_worked=True)
    days = business_days(TODAY, TODAY)
    assert days.holidays[date(2026, 3, 8)] == "Women's Day"  # in Berlin
    assert [days.is_working(date(2026, *day)) for day in [(3, 9), (5, 1), (12, 25), (12, 28)]] == [
        False, True, False, True,
    ]  # fmt: skip
    assert date(2027, 1, 1) in days.holidays
    assert date(2025, 12, 25) in days.holidays


@pytest.mark.django_db
def test_before_anybody_says_otherwise_every_weekday_is_worked_on():
    assert business_days(date(2026, 12, 25), date(2026, 12, 25)).is_working(date(2026, 12, 25))


@pytest.mark.django_db
def test_weekdays_are_the_agencys_own():
    make.calendar(friday=False, sunday=True)
    days = business_days(FRIDAY, FRIDAY)
    assert [days.is_working(day) for day in (FRIDAY, date(2026, 11, 22))] == [False, True]


def test_public_holidays_are_worked_out_once():
    asked = {"first": date(2026, 1, 1), "last": date(2027, 12, 31)}
    assert public_holidays("DE", "BE", **asked) is public_holidays("DE", "BE", **asked)


def test_countries_are_told_by_name_and_have_their_parts():
    assert countries()["US"] == "United States"
    assert "BE" in subdivisions("DE")
    assert subdivisions("XX") == ()


@pytest.fixture
def deputy(creative):
    person = make.user("deputy", department=creative)
    Headship.objects.create(department=creative, user=person, kind="deputy", starts_on=date(2026, 1, 1))
    return person


def test_the_head_is_asked_and_while_away_the_deputy_and_then_nobody(creative, creative_head, deputy):
    assert stands_in(creative, TODAY) == creative_head
    away = make.absence(creative_head)
    assert stands_in(creative, TODAY) == deputy
    assert stands_in(creative, MONDAY) == creative_head
    make.absence(deputy)
    assert stands_in(creative, TODAY) is None
    away.delete()
    assert stands_in(creative, TODAY) == creative_head


def test_a_head_who_left_is_stood_in_for(creative, creative_head, deputy):
    User.objects.filter(pk=creative_head.pk).update(leaves_on=date(2026, 11, 17))
    assert stands_in(creative, TODAY) == deputy
    User.objects.filter(pk=deputy.pk).update(is_active=False)
    assert stands_in(creative, TODAY) is None


def test_many_departments_are_asked_about_at_once(creative, media, creative_head, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert stand_in([creative, media], TODAY) == {creative.pk: creative_head, media.pk: None}


def test_where_nobody_is_there_it_is_told_above_and_at_last_the_coo(agency, creative, creative_head, coo):
    team = make.department("Print", parent=creative)
    assert answers_for(team, TODAY) == creative_head
    make.absence(creative_head)
    assert answers_for(team, TODAY) == answers_for(agency, TODAY) == coo
    make.absence(coo)
    assert answers_for(creative, TODAY) == coo  # somebody has to be told
    second = make.user("second", role=User.Role.COO)
    assert answers_for(creative, TODAY) == second


def test_without_a_coo_the_head_answers_though_away_and_without_one_nobody(creative, media, creative_head):
    make.absence(creative_head)
    assert answer_for([creative, media], TODAY) == {creative.pk: creative_head, media.pk: None}


def test_who_answers_for_many_is_known_at_once(creative, media, creative_head, coo, django_assert_num_queries):
    with django_assert_num_queries(3):
        assert answer_for([creative, media], TODAY) == {creative.pk: creative_head, media.pk: coo}


def test_who_is_absent_and_what_is_paused_is_known_for_each_day(creative, media, creative_head):
    make.absence(creative_head, date(2026, 11, 18), None)
    make.pause(media, date(2026, 11, 1), date(2026, 11, 18))
    assert [list(User.objects.absent(on=day)) for day in (date(2026, 11, 17), TODAY)] == [[], [creative_head]]
    paused = [list(Department.objects.paused(on=day)) for day in (TODAY, date(2026, 11, 19))]
    assert paused == [[media], []]
