"""Who is told about statuses that are not there, and when: over a quarter, and where clocks change."""

import random
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from departments.models import Headship, Notification, User
from departments.models.calendar import WEEKDAYS
from departments.services.absences import record_absence
from departments.services.delivering import deliver
from meetings.models import Deadline, WeeklyStatus
from meetings.selectors.due import days_around, due_at
from meetings.services.chasing import chase, steps
from tests import make
from tests.console import save

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("begun")]
BERLIN = ZoneInfo("Europe/Berlin")
WEEK = date(2026, 11, 16)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), BERLIN)


def told() -> list[tuple[str, str]]:
    return list(Notification.objects.order_by("created_at", "pk").values_list("kind", "to__username"))


class TestSteps:
    THURSDAY, FRIDAY, MONDAY, TUESDAY = (date(2026, 11, day) for day in (19, 20, 23, 24))

    @pytest.fixture(autouse=True)
    def people(self, creative, creative_head, coo):
        self.head = creative_head
        self.creative = creative

    def deputy(self):
        deputy = make.user("deputy")
        Headship.objects.create(department=self.creative, user=deputy, kind="deputy", starts_on=date(2020, 1, 1))

    def test_the_head_is_reminded_once_and_told_once_that_it_is_late(self):
        for moment in (at(self.THURSDAY, 8, 59), at(self.THURSDAY, 9), at(self.THURSDAY, 15), at(self.FRIDAY, 16, 59)):
            chase(now=moment)
        assert told() == [("status_due", "creative-head")]

        chase(now=at(self.FRIDAY, 17))
        chase(now=at(self.FRIDAY, 18))
        assert told()[1:] == [("status_late", "creative-head")]

    def test_then_the_deputy_and_then_the_coo(self):
        self.deputy()
        for day in (self.FRIDAY, self.MONDAY, self.TUESDAY):
            chase(now=at(day, 17, 30))

        assert told() == [("status_late", "creative-head"), ("status_missing", "deputy"), ("status_missing", "coo")]

    def test_without_a_deputy_the_coo_is_next(self):
        chase(now=at(self.FRIDAY, 17))
        chase(now=at(self.MONDAY, 9))

        assert told() == [("status_late", "creative-head"), ("status_missing", "coo")]

    def test_a_head_who_comes_back_after_the_deadline_hears_of_it_in_the_morning_and_not_at_midnight(self):
        make.absence(self.head, self.THURSDAY, self.FRIDAY)
        for hour in (0, 8, 9):
            chase(now=at(self.MONDAY, hour))

        found = Notification.objects.get(to=self.head)
        assert (found.kind, found.created_at) == ("status_late", at(self.MONDAY, 9))

    def test_who_is_away_is_not_asked_but_the_deputy(self):
        self.deputy()
        make.absence(self.head)

        for moment in (at(self.THURSDAY, 9), at(self.FRIDAY, 17)):
            chase(now=moment)

        assert told() == [("status_due", "deputy"), ("status_late", "deputy")]

    def test_a_step_that_time_has_overtaken_is_left_out(self):
        chase(now=at(self.FRIDAY, 17, 5))

        assert told() == [("status_late", "creative-head")]

    def test_after_the_third_working_day_nobody_is_told_any_more(self):
        chase(now=at(date(2026, 11, 25), 9))

        assert told() == []

    def test_before_anybody_began_nobody_is_late(self):
        WeeklyStatus.objects.update(week=WEEK + timedelta(weeks=1))

        chase(now=at(self.FRIDAY, 17))

        assert told() == []

    def test_who_has_sent_it_is_left_alone(self):
        make.status(self.creative, week=WEEK)

        chase(now=at(self.FRIDAY, 17))

        assert told() == []

    def test_a_paused_department_and_the_agency_itself_owe_nothing(self):
        make.pause(self.creative)

        chase(now=at(self.FRIDAY, 17))

        assert told() == []

    def test_an_administrator_chooses_another_deadline_and_it_is_on_record_who_did(self, client, administrator):
        client.force_login(administrator)
        save(client, "/admin/meetings/deadline/add/", weekday=3)
        save(client, "/admin/meetings/deadline/1/change/", weekday=2, time="12:00")

        kept = Deadline.history.order_by("history_id").values_list("weekday", "history_user__username")
        assert list(kept) == [(3, "admin"), (2, "admin")]
        assert client.get("/admin/meetings/deadline/add/").status_code == 403  # there is one
        chase(now=at(date(2026, 11, 17), 9))
        chase(now=at(date(2026, 11, 18), 12))

        assert told() == [("status_due", "creative-head"), ("status_late", "creative-head")]

    def test_a_notification_says_why_and_where_to(self):
        chase(now=at(self.THURSDAY, 9))

        (found,) = Notification.objects.all()
        assert found.subject == "The status of Creative is due Fri 17:00"
        assert (found.why, found.url) == ("You are head of Creative.", "/status/creative/2026-W47/writing/")


@pytest.mark.parametrize(
    ("zone", "week", "offset"),
    [
        ("Europe/Berlin", date(2026, 3, 23), 1),
        ("Europe/Berlin", date(2026, 3, 30), 2),
        ("Europe/Berlin", date(2026, 10, 26), 1),
        ("America/New_York", date(2026, 3, 2), -5),
        ("America/New_York", date(2026, 3, 9), -4),
        ("America/New_York", date(2026, 11, 2), -5),
        ("Australia/Lord_Howe", date(2026, 3, 30), 11),
        ("Australia/Lord_Howe", date(2026, 4, 6), 10.5),
        ("Australia/Lord_Howe", date(2026, 10, 5), 11),
    ],
)
def test_five_in_the_afternoon_is_that_by_the_clocks_of_the_agency(settings, zone, week, offset):
    settings.TIME_ZONE = zone
    friday = week + timedelta(days=4)

    local = datetime.combine(friday, time(17), UTC) - timedelta(hours=offset)

    assert due_at(week) == local
    reminder = datetime.combine(friday - timedelta(days=1), time(9), UTC) - timedelta(hours=offset)
    assert steps(week).remind_at == reminder


def test_a_deadline_on_a_day_off_is_on_the_working_day_before_and_a_week_off_has_none():
    make.holiday(date(2026, 11, 20))
    assert due_at(WEEK) == at(date(2026, 11, 19), 17)
    for day in range(16, 20):
        make.holiday(date(2026, 11, day))
    assert due_at(WEEK) is None
    assert steps(WEEK) is None


ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "America/Sao_Paulo", "Asia/Tokyo"]


@pytest.mark.parametrize("seed", range(6))
def test_whatever_the_calendar_steps_follow_each_other_on_working_days(settings, seed):
    chance = random.Random(seed)
    settings.TIME_ZONE = ZONES[seed]
    zone = ZoneInfo(settings.TIME_ZONE)
    weekdays = dict.fromkeys(chance.sample(WEEKDAYS, 3), True) | {chance.choice(WEEKDAYS): False}
    make.calendar(country=chance.choice(["DE", "US", "SA", "JP"]), **weekdays)
    for day in chance.sample(range(500), 60):
        make.holiday(date(2026, 1, 1) + timedelta(days=day), is_worked=chance.random() < 0.2)
    make.deadline(weekday=chance.randrange(7), time=time(chance.randrange(24), 30))

    for week in (date(2026, 1, 5) + timedelta(weeks=number) for number in range(60)):
        if found := steps(week):
            days = days_around(week)
            moments = [found.remind_at, found.due_at, found.deputy_at, found.coo_at, found.over]
            on = [moment.astimezone(zone).date() for moment in moments]
            assert all(map(days.is_working, on))
            assert week <= on[0] <= on[1] <= week + timedelta(days=6)
            in_turn = [moment.astimezone(UTC) for moment in moments]
            assert in_turn == sorted(in_turn)
            assert len(set(in_turn[1:])) == 4


# --- A quarter: what each of six departments does, and what is told therefore ------------------------

FIRST, LAST = date(2026, 10, 5), date(2026, 12, 20)
OUTING = date(2026, 11, 20)  # a Friday on which nobody works
HOURS = (8, 9, 12, 17, 18)


def working(day: date) -> bool:
    return day.weekday() < 5 and day != OUTING


def next_working(day: date, by: int) -> date:
    day += timedelta(days=by)
    while not working(day):
        day += timedelta(days=by)
    return day


def expected() -> Counter:
    """(who, kind, when), reckoned by hand for each department."""
    found, week = Counter(), FIRST
    while week <= LAST:
        friday = week + timedelta(days=4)
        due = friday if working(friday) else next_working(friday, -1)
        before, first = next_working(due, -1), next_working(due, 1)
        second = next_working(first, 1)
        wednesday = week + timedelta(days=2)
        reminded = at(before, 9) < at(wednesday, 12)  # those who write on Wednesday at noon
        tell = lambda who, kind, when: found.update([(who, kind, when)])  # noqa: E731
        if reminded:
            tell("punctual-head", "status_due", at(before, 9))
        tell("late-head", "status_due", at(before, 9))
        tell("late-head", "status_late", at(due, 17))
        tell("silent-head", "status_due", at(before, 9))
        tell("silent-head", "status_late", at(due, 17))
        tell("silent-deputy", "status_missing", at(first, 9))
        tell("coo", "status_missing", at(second, 9))
        away = date(2026, 10, 12) <= week <= date(2026, 10, 19)  # two weeks, with a deputy who writes nothing
        if away:
            tell("away-deputy", "status_due", at(before, 9))
            tell("away-deputy", "status_late", at(due, 17))
            tell("coo", "status_missing", at(first, 9))
            if week == date(2026, 10, 19):  # on the Monday after it the head is back
                tell("away-head", "status_late", at(first, 9))
        elif reminded:
            tell("away-head", "status_due", at(before, 9))
        if date(2026, 11, 2) <= week <= date(2026, 11, 9):  # two weeks, and nobody stands in
            tell("coo", "status_missing", at(first, 9))
            if week == date(2026, 11, 9):
                tell("alone-head", "status_late", at(first, 9))
        elif reminded:
            tell("alone-head", "status_due", at(before, 9))
        if reminded and not date(2026, 11, 23) <= week <= date(2026, 11, 30):
            tell("paused-head", "status_due", at(before, 9))
        week += timedelta(weeks=1)
    return found


@pytest.mark.once
def test_a_quarter_in_which_every_mail_is_accounted_for(agency, post_office):
    names = ("punctual", "late", "silent", "away", "alone", "paused")
    places = {name: make.department(name.capitalize(), parent=agency, opened_on=FIRST) for name in names}
    heads = {name: make.head(places[name], f"{name}-head", email=f"{name}@example.org") for name in names}
    make.user("coo", role=User.Role.COO, email="coo@example.org")
    deputy = make.user("silent-deputy", email="deputy@example.org")
    Headship.objects.create(department=places["silent"], user=deputy, kind="deputy", starts_on=date(2020, 1, 1))
    stand_in = make.user("away-deputy", email="stand-in@example.org")
    two_weeks = {"starts_on": date(2026, 10, 12), "ends_on": date(2026, 10, 25)}
    record_absence(user=heads["away"], **two_weeks, deputy=stand_in, by=heads["away"])
    make.absence(heads["alone"], date(2026, 11, 2), date(2026, 11, 15))
    make.pause(places["paused"], date(2026, 11, 23), date(2026, 12, 6))
    make.holiday(OUTING)

    day = FIRST
    while day <= LAST + timedelta(days=3):
        for hour in HOURS:
            moment = at(day, hour)
            for name in writing(day, hour):
                make.status(places[name], week=day - timedelta(days=day.weekday()), by=heads[name], at=moment)
            chase(now=moment)
            chase(now=moment + timedelta(seconds=1))  # once more, as after a restart
            deliver(clock=lambda moment=moment: moment)
        day += timedelta(days=1)

    made = Notification.objects.values_list("to__username", "kind", "created_at")
    assert Counter((who, kind, when.astimezone(BERLIN)) for who, kind, when in made) == expected()
    told = Counter(Notification.objects.values_list("to__email", "subject"))
    assert Counter((mail["To"].addresses[0].addr_spec, mail["Subject"]) for mail in post_office.received) == told


def writing(day: date, hour: int):
    week = day - timedelta(days=day.weekday())
    if not FIRST <= week <= LAST:
        return
    if (day.weekday(), hour) == (2, 12):
        yield "punctual"
        if not date(2026, 10, 12) <= week <= date(2026, 10, 19):
            yield "away"
        if not date(2026, 11, 2) <= week <= date(2026, 11, 9):
            yield "alone"
        if not date(2026, 11, 23) <= week <= date(2026, 11, 30):
            yield "paused"
    if (day.weekday(), hour) == (4, 18):
        yield "late"
