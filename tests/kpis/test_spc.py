"""The published checks of the process behaviour chart, and what holds for any series."""

import random
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.goals import Goal
from kpis.spc import (
    FALSE_ALARMS,
    Assurance,
    Kind,
    Limits,
    Phase,
    Rule,
    assurance,
    broken,
    false_alarm_rate,
    judge,
    kept_ranges,
    kind_of,
    mean_range,
    moving_ranges,
    natural_limits,
)

NIST = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
AROUND_ZERO = Limits(-3.0, 0.0, 3.0, 50)


def flags(values, rule, limits=AROUND_ZERO):
    """{index: when it was known}, of one rule."""
    found = broken(values, limits)
    return {i: flag.known for i, flags in sorted(found.items()) for flag in flags if flag.rule == rule}


def test_limits_are_those_of_the_nist_handbook():
    limits = natural_limits(NIST)
    assert limits.centre == pytest.approx(50.81)
    assert mean_range(NIST, kept_ranges(NIST)) == pytest.approx(1.8778, abs=5e-5)
    assert (limits.lower, limits.upper) == pytest.approx((45.815, 55.805), abs=5e-4)


def test_ranges_that_reach_the_limit_are_left_out_once():
    steady = [10.0, 11.0] * 10
    wild = [*steady, 30.0, *steady]
    assert mean_range(wild, kept_ranges(wild)) == pytest.approx(1.0)
    assert natural_limits(wild).centre == pytest.approx((30 + 210 * 2) / 41)  # the value itself stays in the mean
    assert natural_limits(wild).upper - natural_limits(wild).centre == pytest.approx(2.66)


def test_moving_ranges_have_the_published_mean_and_3_267_times_it_for_a_limit():
    ranges = moving_ranges(judge(NIST))
    assert [r.value for r in ranges][1:] == pytest.approx([2.0, 2.3, 1.4, 3.5, 3.4, 1.4, 0.2, 1.2, 1.5])
    assert {(round(r.mean, 4), round(r.upper, 4)) for r in ranges} == {(1.8778, 6.1347)}
    assert not any(r.is_left_out or r.is_beyond for r in ranges)


def test_a_range_that_is_left_out_is_marked_and_one_beyond_the_limit_that_counts_is_not():
    steady = [10.0, 11.0] * 10
    ranges = moving_ranges(judge([*steady, 30.0, *steady, 15.0]))  # the last is known, but within 3.267 times the first
    assert [i for i, r in enumerate(ranges) if r.is_left_out] == [20, 21]
    assert [i for i, r in enumerate(ranges) if r.is_beyond] == [20, 21, 41]
    assert ranges[0].mean == pytest.approx((38 + 4) / 39)


def test_ranges_pass_over_a_gap_and_end_with_their_phase():
    values = [10.0, None, 12.0, *[11.0, 10.0] * 4, 50.0, 53.0, None]
    ranges = moving_ranges(judge(values, [Phase(), Phase(11)]))
    assert [r.value for r in ranges[:4]] == [None, None, 2.0, 1.0]
    assert [r.value for r in ranges[11:]] == [None, 3.0, None]
    assert [(r.mean, r.upper) for r in ranges[11:]] == [(None, None)] * 3  # too few for limits
    assert moving_ranges([]) == []


def test_a_phase_whose_limits_are_fixed_has_the_mean_range_of_these_values():
    ranges = moving_ranges(judge([10.0, 11.0] * 4 + [10.0, 30.0, 10.0], [Phase(0, 8)]))
    assert {r.mean for r in ranges} == {1.0}
    assert [i for i, r in enumerate(ranges) if r.is_beyond] == [9, 10]
    assert not any(r.is_left_out for r in ranges)


@given(st.lists(st.none() | st.floats(-1e6, 1e6), max_size=40), st.integers(0, 40))
def test_mean_and_limit_of_ranges_are_those_of_the_natural_limits(values, start):
    points = judge(values, [Phase(), Phase(start)] if 0 < start < len(values) else [Phase()])
    for point, each in zip(points, moving_ranges(points), strict=True):
        assert (each.mean is None) == (point.limits is None)
        assert each.value is None or each.value >= 0
        if point.limits:
            assert 2.66 * each.mean == pytest.approx(point.limits.upper - point.limits.centre, abs=1e-6)


@pytest.mark.parametrize("error", [60.0, 600.0, 1e11])
def test_one_error_makes_no_other_value_a_signal_however_large_it_is(error):
    steady = [10.0, 11.0] * 10
    for wild, place in (([*steady, error, *steady], 20), ([*steady, error], 20), ([error, *steady], 0)):
        assert [index for index, point in enumerate(judge(wild)) if point.flags] == [place]


def test_beside_an_error_without_measure_the_rules_hold_for_all_others():
    steady = [10.0, 11.0] * 10
    assert [i for i, p in enumerate(judge([*steady, 1e11, *steady, 25.0])) if p.flags] == [20, 41]


def test_at_the_end_of_a_series_too():
    steady = [10.0, 11.0] * 10
    assert [i for i, point in enumerate(judge([600.0, *steady, 600.0])) if point.flags] == [0, 21]


def test_a_run_of_eight_on_one_side_is_known_with_the_seventh_and_flagged_from_the_first():
    assert flags([1, 1, 1, 1, 1, 1, 1, 1, -1], Rule.ONE_SIDE) == {**dict.fromkeys(range(7), 6), 7: 7}


def test_a_value_on_the_centre_ends_a_run():
    assert flags([1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1], Rule.ONE_SIDE) == {}


def test_seven_rising_values_are_a_trend_and_a_tie_breaks_it():
    assert flags([1, 2, 3, 4, 5, 6, 7], Rule.TREND) == dict.fromkeys(range(7), 6)
    assert flags([1, 2, 3, 3, 4, 5, 6], Rule.TREND) == {}
    assert flags([1, 2, 3, 4, 5, 6], Rule.TREND) == {}
    assert flags([7, 6, 5, 4, 3, 2, 1, 0], Rule.TREND) == {**dict.fromkeys(range(7), 6), 7: 7}


def test_two_of_three_close_to_the_limit_on_one_side():
    near, off = 2.5, 0.5
    assert flags([off, off, near, off, near, off, off], Rule.TWO_OF_THREE) == {2: 4, 4: 4}
    assert flags([near, off, -near], Rule.TWO_OF_THREE) == {}  # alternating sides
    assert flags([near, -off, near], Rule.TWO_OF_THREE) == {}
    assert flags([near, near, near], Rule.TWO_OF_THREE) == {0: 2, 1: 2, 2: 2}
    assert flags([near, near, 3.5], Rule.TWO_OF_THREE) == {0: 2, 1: 2}  # beyond the limit is another rule


def test_beyond_a_limit_is_strictly_beyond():
    assert flags([3, -3, 3.01, -3.01], Rule.BEYOND_LIMIT) == {2: 2, 3: 3}


def test_a_value_is_flagged_with_every_rule_and_its_kind_is_that_of_the_first():
    values = [10.0, 11.0] * 8 + [9.9, 9.8, 9.7, 9.6, 9.5, 9.4, 9.3, 3.0]
    last = judge(values, [Phase(0, fixed_from=16)])[-1]
    assert [flag.rule for flag in last.flags] == [Rule.BEYOND_LIMIT, Rule.TREND, Rule.ONE_SIDE]
    assert (last.kind("up"), last.kind("down"), last.kind("in")) == (Kind.CONCERN, Kind.IMPROVEMENT, Kind.LOW)


def test_for_a_trend_the_slope_decides_and_not_the_side():
    values = [10.0, 12.0] * 8 + [5.0, 5.5, 6.0, 6.5, 7.0, 7.5, 8.6]
    rising = judge(values, [Phase(0, fixed_from=16)])[-1]
    assert rising.first.rule == Rule.TREND
    assert rising.value < rising.limits.centre
    assert rising.kind("up") == Kind.IMPROVEMENT


def test_neither_direction_is_better_inside_a_band():
    assert [kind_of(up, "neutral") for up in (True, False)] == [Kind.HIGH, Kind.LOW]


def test_fewer_than_eight_values_have_no_limits_and_fewer_than_twelve_provisional_ones():
    assert natural_limits([1.0] * 7) is None
    assert natural_limits([1.0] * 8).are_provisional
    assert natural_limits([1.0] * 11).are_provisional
    assert not natural_limits([1.0] * 12).are_provisional
    assert not any(point.flags for point in judge([1.0, 2, 3, 4, 5, 6, 7]))


def test_a_constant_series_has_no_signal():
    assert not any(point.flags for point in judge([0.1] * 30))


def test_a_missing_period_is_no_value_and_breaks_no_run():
    values = [11.0, 10.0] * 6 + [12.0, None, 12.0, 12.0, None, 12.0, 12.0, 12.0, 12.0]
    points = judge(values, [Phase(0, fixed_from=12)])
    flagged = [i for i, point in enumerate(points) if Rule.ONE_SIDE in [flag.rule for flag in point.flags]]
    assert flagged == [12, 14, 15, 17, 18, 19, 20]
    assert points[13].value is None


def test_each_phase_has_limits_of_its_own_and_ends_the_runs_before_it():
    low, high = [10.0, 11.0] * 6, [30.0, 31.0] * 6
    assert any(point.flags for point in judge(low + high))
    apart = judge(low + high, [Phase(0), Phase(12)])
    assert not any(point.flags for point in apart)
    assert [(p.phase, p.limits.centre) for p in apart[11:13]] == [(0, 10.5), (1, 30.5)]


@pytest.mark.parametrize(
    ("direction", "goal", "expected"),
    [
        ("up", Goal(Decimal(-4), None), Assurance.HITS),
        ("up", Goal(Decimal(4), None), Assurance.MISSES),
        ("up", Goal(Decimal(3), None), Assurance.HIT_AND_MISS),
        ("up", Goal(Decimal(-3), None), Assurance.HIT_AND_MISS),
        ("down", Goal(None, Decimal(4)), Assurance.HITS),
        ("down", Goal(None, Decimal(-4)), Assurance.MISSES),
        ("in", Goal(Decimal(-4), Decimal(4)), Assurance.HITS),
        ("in", Goal(Decimal(-4), Decimal(1)), Assurance.HIT_AND_MISS),
        ("in", Goal(Decimal(4), Decimal(5)), Assurance.MISSES),
        ("in", Goal(Decimal(-5), Decimal(-4)), Assurance.MISSES),
        ("neutral", Goal(Decimal(0), Decimal(0)), Assurance.NONE),
        ("up", None, Assurance.NONE),
    ],
)
def test_assurance(direction, goal, expected):
    assert assurance(goal, AROUND_ZERO, direction) == expected


def test_without_limits_there_is_no_assurance():
    assert assurance(Goal(Decimal(1), None), None, "up") == Assurance.NONE


def newly_flagged(chance, limits_from, periods, series):
    """The share of periods whose value was flagged as soon as it was there; white noise, limits from values before."""
    found = 0
    for _ in range(series):
        noise = [chance.gauss(0, 1) for _ in range(limits_from + periods)]
        points = judge(noise, [Phase(0, fixed_from=limits_from)])
        found += sum(any(f.known == i for f in points[i].flags) for i in range(limits_from, len(noise)))
    return found / (series * periods)


@pytest.mark.parametrize(("values", "share"), FALSE_ALARMS)
def test_white_noise_is_flagged_as_often_as_the_footer_says(values, share):
    assert newly_flagged(random.Random(values), values, 13, 1500) == pytest.approx(share, rel=0.15)


def test_the_rate_lies_between_those_that_were_simulated():
    assert false_alarm_rate(7) == 0
    assert false_alarm_rate(8) == false_alarm_rate(13) == 0.047
    assert 0.026 < false_alarm_rate(40) < 0.032
    assert false_alarm_rate(500) == 0.026


@pytest.mark.parametrize(("rules", "length"), [({Rule.BEYOND_LIMIT}, 370.4), (set(Rule), 87)])
def test_average_run_lengths_on_white_noise(rules, length):
    chance, found = random.Random(3), []
    for _ in range(500):
        known, values = [], []
        while not known:
            values += [chance.gauss(0, 1) for _ in range(400)]
            known = [f.known for flags in broken(values, AROUND_ZERO).values() for f in flags if f.rule in rules]
        found.append(min(known) + 1)
    assert sum(found) / len(found) == pytest.approx(length, rel=0.12)


series = st.lists(st.none() | st.integers(-50, 50).map(float), max_size=60)


@given(series)
def test_turned_upside_down_everything_is_the_same_but_its_side(values):
    upright, turned = judge(values), judge([None if v is None else -v for v in values])
    for one, other in zip(upright, turned, strict=True):
        assert {(f.rule, f.up, f.known) for f in one.flags} == {(f.rule, not f.up, f.known) for f in other.flags}


@given(series)
def test_gaps_change_nothing_but_where_things_are(values):
    with_gaps, without = judge(values), judge([v for v in values if v is not None])
    told = [point for point in with_gaps if point.value is not None]
    assert [[f.rule for f in p.flags] for p in told] == [[f.rule for f in p.flags] for p in without]
    assert [p.limits for p in told] == [p.limits for p in without]


@given(series, st.integers(8, 20))
def test_what_was_known_stays_flagged_as_long_as_its_limits_do(values, first):
    fixed = [Phase(0, fixed_from=first)]
    whole, count = judge(values, fixed), sum(v is not None for v in values)
    for end in range(len(values)):
        if sum(v is not None for v in values[:end]) < min(first, count):
            continue
        for index, point in enumerate(judge(values[:end], fixed)):
            expected = {f for f in whole[index].flags if f.known < end}
            assert {(f.rule, f.known) for f in point.flags} == {(f.rule, f.known) for f in expected}
