"""Working time is exact, and the clocks of an issue add up to all of it."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from departments.business import BusinessDays, BusinessHours
from issues.clock import Turn, clocks, pieces, stretches

ZONES = [ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe")]
MINUTE, A_DAY = timedelta(minutes=1), timedelta(days=1)
WEEK = BusinessDays(frozenset(range(5)), {date(2026, 3, 30): "Holiday"}, frozenset({date(2026, 3, 29)}))
MONDAY = datetime(2026, 11, 16, tzinfo=UTC)

SHIFTS = [(time(0), time(17)), (time(2, 30), time(3, 15)), (time(2, 30), time(17)), (time(9), time(17))]
hours = st.builds(
    lambda zone, shift: BusinessHours(WEEK, zone, *shift), st.sampled_from(ZONES), st.sampled_from(SHIFTS)
)
minutes = st.integers(0, 20 * 24 * 60)  # from a day before clocks change in all three zones
moments = minutes.map(lambda n: datetime(2026, 3, 26, tzinfo=UTC) + n * MINUTE)


def by_the_minute(kept: BusinessHours, start, end, off=()):
    """Each minute asked by itself whether somebody works in it, by the clock on the wall."""
    worked, moment, shifts = 0, start, {}
    while moment < end:
        day = moment.astimezone(kept.zone).date()
        if day not in shifts:
            shifts[day] = [kept.days.moment(day, at, kept.zone) for at in (kept.opens, kept.closes)]
        begins, ends = shifts[day]
        worked += (
            begins.astimezone(UTC) <= moment < ends.astimezone(UTC) and kept.days.is_working(day) and day not in off
        )
        moment += MINUTE
    return worked * MINUTE  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(hours, moments, st.integers(0, 4 * 24 * 60), st.sets(st.dates(date(2026, 3, 27), date(2026, 4, 5)), max_size=2))
def test_working_time_is_what_each_minute_by_itself_says(kept, start, length, off):
    end = start + length * MINUTE
    assert kept.between(start, end, off=off) == by_the_minute(kept, start, end, off)


@given(hours, st.lists(moments, min_size=3, max_size=3).map(sorted))
def test_parts_of_working_time_add_up_to_the_whole(kept, three):
    a, b, c = three
    assert kept.between(a, b) + kept.between(b, c) == kept.between(a, c)


@given(hours, moments, st.integers(1, 3000))
def test_the_moment_at_which_so_much_was_worked_is_the_first_one(kept, start, length):
    at = kept.after(start, length * MINUTE)
    assert kept.between(start, at) == length * MINUTE
    assert kept.between(start, at - timedelta(microseconds=1)) < length * MINUTE


@given(hours, moments, st.integers(0, 3000))
def test_the_moment_since_which_so_much_was_worked_is_the_last_one(kept, end, length):
    since = kept.before(end, length * MINUTE)
    assert kept.between(since, end) == length * MINUTE
    assert not length or kept.between(since + timedelta(microseconds=1), end) < length * MINUTE


@settings(deadline=None, max_examples=30)
@given(
    hours, moments, st.integers(32 * 24 * 60, 900 * 24 * 60), st.sets(st.dates(date(2026, 3, 27), date(2026, 6, 30)))
)
def test_a_long_time_is_worked_as_its_short_parts_are(kept, start, length, off):
    end, at, parts = start + length * MINUTE, start, timedelta()
    while at < end:
        parts += kept.between(at, min(at + 20 * A_DAY, end), off=off)
        at += 20 * A_DAY
    assert kept.between(start, end, off=off) == parts


def test_a_day_that_closes_before_it_opens_is_refused():
    with pytest.raises(ValueError, match="opens before it closes"):
        BusinessHours(WEEK, UTC, time(17), time(9))


@st.composite
def turns(draw):
    moments, court = sorted(draw(st.lists(minutes, min_size=1, max_size=12, unique=True))), 1
    found = []
    for n, each in enumerate(moments):
        court = draw(st.sampled_from([1, 2, 3, None])) if n else 1
        paused = draw(st.booleans()) and court is not None
        found.append(Turn(datetime(2026, 3, 26, tzinfo=UTC) + each * MINUTE, court, paused))
    return found


@given(
    hours,
    turns(),
    st.dictionaries(st.sampled_from([1, 2]), st.frozensets(st.dates(date(2026, 3, 27), date(2026, 4, 9)))),
)
def test_the_clocks_of_departments_and_what_was_paused_add_up_to_the_working_time_it_was_open(kept, taken, off):
    upto = taken[-1].at + 3 * A_DAY
    found = clocks(stretches(taken, upto=upto, hours=kept, off=off))
    assert sum(found.by_department.values(), timedelta()) + found.paused == found.elapsed
    closed = [
        kept.between(turn.at, after.at if after else upto)
        for turn, after in zip(taken, [*taken[1:], None], strict=True)
        if turn.court is None
    ]
    assert found.elapsed == kept.between(taken[0].at, upto) - sum(closed, timedelta())
    assert all(length >= timedelta() for length in [*found.by_department.values(), found.paused])  # fmt: skip


@given(
    hours,
    turns(),
    st.dictionaries(st.sampled_from([1, 2]), st.frozensets(st.dates(date(2026, 3, 27), date(2026, 4, 9)))),
)
def test_the_pieces_of_a_stretch_are_paused_in_whole_or_not_at_all_and_add_up(kept, taken, off):
    for whole in stretches(taken, upto=taken[-1].at + 3 * A_DAY, hours=kept, off=off):
        found = pieces(whole, hours=kept, off=off.get(whole.court, frozenset()))
        assert [each.start for each in found[1:]] == [each.end for each in found[:-1]]
        assert all(each.paused in (timedelta(), each.worked) for each in found)
        assert sum((each.worked for each in found), timedelta()) == whole.worked
        assert sum((each.paused for each in found), timedelta()) == whole.paused


def test_time_in_which_nobody_has_to_do_anything_counts_against_nobody():
    kept = BusinessHours(BusinessDays(frozenset(range(5))), UTC)
    taken = [Turn(MONDAY, 1), Turn(MONDAY + A_DAY, 1, True), Turn(MONDAY + 2 * A_DAY, 2)]
    found = clocks(stretches(taken, upto=MONDAY + 4 * A_DAY, hours=kept, off={2: frozenset({date(2026, 11, 19)})}))
    eight = timedelta(hours=8)
    assert (found.by_department, found.paused, found.elapsed) == ({1: eight, 2: eight}, 2 * eight, 4 * eight)
