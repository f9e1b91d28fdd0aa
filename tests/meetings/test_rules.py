"""Recurrence rules: which are taken, what they say, and on which days they come true."""

from datetime import date, datetime, time, timedelta
from time import perf_counter

import pytest
from dateutil.rrule import rrulestr
from dateutil.tz import gettz
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from meetings.recurrence import Plan, leap_in_words, moment, slots
from meetings.rule_words import in_words
from meetings.rules import RuleRefused, checked, days, read
from tests.effort import LONG

START = date(2026, 11, 23)  # a Monday
TRIES = settings(
    max_examples=2000 if LONG else 200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.filter_too_much],
)
FAR = timedelta(days=1500)


# --- Random rules, against dateutil, and against walking over every day -----------------------------


def some(values, most=3):
    return st.lists(values, min_size=1, max_size=most, unique=True).map(lambda found: ",".join(map(str, sorted(found))))


WEEKDAY = st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"])
NUMBERED = st.builds("{}{}".format, st.sampled_from([1, 2, 4, 5, -1, -2]), WEEKDAY)
MONTHDAY = st.one_of(st.integers(1, 31), st.integers(-31, -1))


@st.composite
def rules(draw):
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    said = [f"FREQ={frequency}"]
    if draw(st.booleans()):
        said.append(f"INTERVAL={draw(st.integers(2, 9))}")
    if draw(st.integers(0, 2)) == 0:
        said.append(f"BYMONTH={draw(some(st.integers(1, 12), 4))}")
    if frequency == "YEARLY" and draw(st.integers(0, 4)) == 0:
        said.append(f"BYYEARDAY={draw(some(st.one_of(st.integers(1, 366), st.integers(-366, -1))))}")
    if frequency != "WEEKLY" and draw(st.integers(0, 2)) == 0:
        said.append(f"BYMONTHDAY={draw(some(MONTHDAY))}")
    if draw(st.booleans()):
        named = WEEKDAY
        if frequency in ("MONTHLY", "YEARLY") and draw(st.booleans()):
            named = NUMBERED  # all of them or none: dateutil takes “1MO,TU” for “1MO that is TU”
        said.append(f"BYDAY={draw(some(named))}")
    if said[-1].startswith("BY") and frequency in ("MONTHLY", "YEARLY") and draw(st.integers(0, 3)) == 0:
        said.append(f"BYSETPOS={draw(some(st.sampled_from([1, 2, 3, -1, -2]), 2))}")
    ends = draw(st.integers(0, 3))
    if ends == 1:
        said.append(f"COUNT={draw(st.integers(1, 30))}")
    if ends == 2:
        said.append(f"UNTIL={draw(st.dates(date(2026, 11, 1), date(2029, 1, 1))):%Y%m%d}")
    if draw(st.integers(0, 3)) == 0:
        said.append(f"WKST={draw(WEEKDAY)}")
    return ";".join(said)


STARTS = st.dates(date(2026, 1, 1), date(2028, 12, 31))


@TRIES
@given(rules(), STARTS)
def test_a_rule_means_the_days_that_dateutil_finds(rule, start):
    found = list(days(read(rule), start, start + FAR))
    soon = days(read(rule)._replace(count=None, until=None), start, start + 3 * FAR)
    assume(any(day > start + FAR for day in soon))  # or else dateutil looks for the next until the year 9999
    reference = rrulestr(rule, dtstart=datetime.combine(start, time()))
    expected = []
    for each in reference.xafter(datetime.combine(start, time()), inc=True):
        if each.date() > start + FAR:
            break
        expected.append(each.date())
    assert found == expected


@TRIES
@given(rules(), STARTS, st.integers(0, 700))
def test_any_window_of_a_rule_is_a_piece_of_the_whole(rule, start, after):
    plan = Plan(start, time(9), 60, "UTC", rule)
    whole = slots([plan], start, start + FAR)
    first, last = start + timedelta(days=after), start + timedelta(days=after + 90)
    assert slots([plan], first, last) == [slot for slot in whole if first <= slot.day <= last]


@TRIES
@given(st.sampled_from(["DAILY", "WEEKLY"]), st.integers(1, 9), st.sets(st.integers(0, 6)), st.integers(0, 40), STARTS)
def test_days_and_weeks_are_those_that_somebody_finds_who_looks_at_every_day(frequency, every, weekdays, count, start):
    names = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
    rule = f"FREQ={frequency};INTERVAL={every}"
    rule += f";BYDAY={','.join(names[day] for day in weekdays)}" if weekdays else ""
    rule += f";COUNT={count}" if count else ""
    expected, monday = [], start - timedelta(days=start.weekday())
    for day in (start + timedelta(days=number) for number in range(FAR.days + 1)):
        if frequency == "DAILY":
            is_one = (day - start).days % every == 0 and (not weekdays or day.weekday() in weekdays)
        else:
            is_one = (day - monday).days // 7 % every == 0 and day.weekday() in (weekdays or {start.weekday()})
        if is_one and (not count or len(expected) < count):
            expected.append(day)
    assert list(days(read(rule), start, start + FAR)) == expected


@TRIES
@given(rules(), STARTS)
def test_a_rule_as_it_is_kept_is_read_as_the_same_and_can_be_said(rule, start):
    assert read(str(read(rule))) == read(rule)
    assert len(str(read(rule))) <= len(rule) + len(";INTERVAL=1")
    words = in_words(rule, start)
    assert words
    assert "  " not in words


@TRIES
@given(rules(), STARTS)
def test_a_rule_is_taken_if_it_has_a_day_within_ten_years(rule, start):
    has_one = next(days(read(rule), start, start + timedelta(days=3653)), None) is not None
    if has_one:
        assert read(checked(rule, starts_on=start)) == read(rule)
    else:
        with pytest.raises(RuleRefused):
            checked(rule, starts_on=start)


# --- What is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("", "Found “”, expected parts such as FREQ=WEEKLY"),
        ("weekly", "Found “WEEKLY”, expected parts"),
        ("FREQ=HOURLY", "Found FREQ=HOURLY, expected FREQ=DAILY, WEEKLY, MONTHLY or YEARLY"),
        ("INTERVAL=2", "Found no FREQ"),
        ("FREQ=WEEKLY;FREQ=DAILY", "Found FREQ twice"),
        ("FREQ=DAILY;BYHOUR=9,17", "Found BYHOUR, expected none of it: there is one meeting a day"),
        ("FREQ=YEARLY;BYWEEKNO=20", "Found BYWEEKNO, expected FREQ, INTERVAL"),
        ("FREQ=WEEKLY;INTERVAL=0", "Found INTERVAL=0, expected a whole number from 1 to 999"),
        ("FREQ=YEARLY;INTERVAL=1000000000", "Found INTERVAL=1000000000, expected"),
        ("FREQ=WEEKLY;INTERVAL=٣", "Found INTERVAL=٣, expected"),
        ("FREQ=DAILY;COUNT=0", "Found COUNT=0"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20271231", "Found COUNT and UNTIL"),
        ("FREQ=DAILY;UNTIL=20271331", "Found UNTIL=20271331, expected a day"),
        ("FREQ=DAILY;UNTIL=99991231T235959Z0", "expected a day"),
        ("FREQ=WEEKLY;BYDAY=XX", "Found BYDAY=XX"),
        ("FREQ=WEEKLY;BYDAY=2MO", "expected days without a number"),
        ("FREQ=MONTHLY;BYDAY=6MO", "at most the fifth"),
        ("FREQ=WEEKLY;BYMONTHDAY=3", "Found BYMONTHDAY with FREQ=WEEKLY"),
        ("FREQ=MONTHLY;BYYEARDAY=3", "Found BYYEARDAY with FREQ=MONTHLY"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "Found BYMONTHDAY=0, expected a whole number from 1 to 31, or -1 to -31"),
        ("FREQ=MONTHLY;BYMONTH=13", "Found BYMONTH=13, expected a whole number from 1 to 12"),
        ("FREQ=MONTHLY;BYSETPOS=1", "Found BYSETPOS alone"),
        ("FREQ=WEEKLY;UNTIL=20261122", "It ends on 22 Nov 2026, before it begins on 23 Nov 2026"),
    ],
)  # fmt: skip
def test_what_is_no_rule_for_meetings_is_refused_in_words(rule, words):
    with pytest.raises(RuleRefused) as refused:
        checked(rule, starts_on=START)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;INTERVAL=7;BYDAY=TU",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTH=3",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6",
        "FREQ=DAILY;INTERVAL=999;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO",
        "FREQ=YEARLY;INTERVAL=999;BYMONTH=1;BYMONTHDAY=1",
    ],
)
def test_a_rule_that_never_comes_true_is_refused_at_once(rule):
    began = perf_counter()
    with pytest.raises(RuleRefused, match="It never takes place: from 23 Nov 2026 on"):
        checked(rule, starts_on=START)
    assert list(days(read(rule), date(9990, 1, 1), date.max)) is not None
    assert perf_counter() - began < 1


def test_no_rule_goes_beyond_the_last_day_there_is():
    last = date(9998, 12, 27)
    for rule in ("FREQ=DAILY", "FREQ=WEEKLY", "FREQ=MONTHLY", "FREQ=YEARLY", "FREQ=YEARLY;INTERVAL=999"):
        assert next(days(read(rule), last, date.max)) == last
        assert all(day.year == 9998 for day in days(read(rule), last, date.max))
        assert list(days(read(rule + ";COUNT=2"), last, date.max))[0] == last


def test_a_day_far_away_is_found_at_once():
    began, far = perf_counter(), date(9990, 6, 3)
    for rule in (
        "FREQ=DAILY",
        "FREQ=WEEKLY;BYDAY=MO,TH",
        "FREQ=MONTHLY;BYDAY=1MO",
        "FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=3",
    ):
        assert len(list(days(read(rule), START, far + timedelta(days=40), since=far))) > 0
    assert list(days(read("FREQ=DAILY;COUNT=9999;BYMONTH=2;BYMONTHDAY=29"), START, far))[-1] == date(2124, 2, 29)
    assert perf_counter() - began < 1


@pytest.mark.parametrize(
    ("until", "last"),
    [
        ("20261207", date(2026, 12, 7)),
        ("20261207T090000", date(2026, 12, 7)),
        ("20261207T085959", date(2026, 11, 30)),
        ("20261207T080000Z", date(2026, 12, 7)),  # nine in Berlin
        ("20261207T075959Z", date(2026, 11, 30)),
        ("20261206T230000Z", date(2026, 11, 30)),  # the seventh has begun in Berlin
    ],
)
def test_until_takes_the_meeting_with_it_that_begins_at_that_moment(until, last):
    rule = checked(f"FREQ=WEEKLY;UNTIL={until}", starts_on=START, at=time(9), zone="Europe/Berlin")
    assert list(days(read(rule), START, START + FAR))[-1] == last


# --- In words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("", "once, on 23 Nov 2026"),
        ("FREQ=WEEKLY", "every Monday"),
        ("FREQ=WEEKLY;INTERVAL=2", "every second Monday"),
        ("FREQ=WEEKLY;BYDAY=MO,TH", "every Monday and Thursday"),
        ("FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,TH", "Monday and Thursday of every third week"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "every working day (Monday to Friday)"),
        ("FREQ=WEEKLY;COUNT=10", "every Monday, 10 times"),
        ("FREQ=WEEKLY;UNTIL=20271231", "every Monday, until 31 Dec 2027"),
        ("FREQ=DAILY;INTERVAL=10", "every 10th day"),
        ("FREQ=MONTHLY", "the 23rd of every month"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "the last day of every month"),
        ("FREQ=MONTHLY;INTERVAL=3;BYDAY=1MO", "the first Monday of every third month"),
        ("FREQ=MONTHLY;BYDAY=-1FR;BYMONTH=1,4,7,10", "the last Friday of each quarter's first month"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "the last working day (Monday to Friday) of every month"),
        ("FREQ=YEARLY", "the 23rd of November every year"),
        ("FREQ=YEARLY;INTERVAL=2;BYMONTH=3;BYDAY=-1FR", "the last Friday of March of every second year"),
        ("FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR", "every Friday that is the 13th of every month"),
    ],
)
def test_a_rule_is_said_as_people_say_it(rule, words):
    assert in_words(rule, START) == words


# --- Clocks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "at", "zone", "words"),
    [
        (date(2027, 3, 28), time(2, 30), "Europe/Berlin", "from 02:00 to 03:00 on 28 Mar 2027: there is no 02:30."),
        (date(2027, 3, 28), time(2), "Europe/Berlin", "from 02:00 to 03:00 on 28 Mar 2027: there is no 02:00."),
        (
            date(2027, 10, 3),
            time(2, 9),
            "Australia/Lord_Howe",
            "from 02:00 to 02:30 on 3 Oct 2027: there is no 02:09.",
        ),
        (date(2011, 12, 30), time(12), "Pacific/Apia", "there is no 30 Dec 2011: the clocks leap over the day."),
    ],
)
def test_an_hour_that_the_clocks_leap_over_is_told(day, at, zone, words):
    assert leap_in_words(day, at, zone) == f"In {zone} {'' if 'leap over' in words else 'the clocks go '}{words}"


def test_an_hour_that_there_is_needs_no_words():
    assert leap_in_words(date(2027, 3, 28), time(3), "Europe/Berlin") == ""
    assert leap_in_words(date(2027, 10, 31), time(2, 30), "Europe/Berlin") == ""  # there are two: the first


@TRIES
@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), st.sampled_from(["Europe/Berlin", "America/New_York"]))
def test_a_moment_shows_the_time_that_was_meant_unless_it_was_leapt_over(shown, zone):
    shown = shown.replace(second=0, microsecond=0)
    assume(not leap_in_words(shown.date(), shown.time(), zone))
    back = moment(shown.date(), shown.time(), zone)
    assert read_clock(back, zone) == shown


def read_clock(at, zone):
    """By another library than ours."""
    return at.astimezone(gettz(zone)).replace(tzinfo=None)
