"""The verdict on a measure: what it rests on, how often it errs, and the table of how long it takes."""

from bisect import bisect_right
from itertools import accumulate
from math import sqrt
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis import effect, spc
from kpis.effect import NEEDED, SIZES, Effect, Why, judge, least_size, shifted, sigma, values_needed
from tests.effort import LONG

DOCS = Path(__file__).parents[2] / "docs" / "algorithms" / "effect.md"
STEADY = [50, 52, 49, 51, 50, 48, 51, 50, 52, 49, 50, 51]  # mean 50.25, mean moving range 1.909
NUMBERS = st.lists(st.integers(-50, 50).map(float), min_size=1, max_size=30)


def told(after, *, before=STEADY, up=True, size=6, looked=None, ahead=None):
    return judge(before, after, up=up, size=size, looked=len(after) if looked is None else looked, ahead=ahead)


class TestVerdicts:
    def test_the_old_limits_judge_and_not_those_of_all_values(self):
        found = told([56, 57, 55, 56, 58, 57, 56])
        assert found.limits == spc.natural_limits(STEADY)
        assert (found.effect, round(found.limits.centre, 2), round(found.after, 2)) == (Effect.WORKED, 50.25, 56.43)
        assert round(found.moved, 2) == 6.18

    def test_a_move_to_the_other_side_got_worse(self):
        assert told([44, 45, 43, 44, 45, 44, 45]).effect == Effect.WORSE
        assert told([44, 45, 43, 44, 45, 44, 45], up=False).effect == Effect.WORKED

    def test_nothing_found_among_enough_values_is_no_detectable_change(self):
        found = told([50, 51, 49, 50, 51, 50, 49])
        assert (found.effect, found.needed, found.window) == (Effect.NONE, 4, 7)

    def test_one_value_far_out_is_an_accident(self):
        assert told([50, 51, 90, 50, 49, 51, 50]).effect == Effect.NONE
        assert told([50, 51, 90, 90, 49, 51, 50]).effect == Effect.WORKED

    def test_seven_barely_above_the_centre_are_no_move_of_the_mean(self):
        assert len(spc.broken([50.4] * 7, spc.natural_limits(STEADY))) == 7
        assert told([50.4] * 7).effect == Effect.NONE

    def test_it_is_too_early_until_there_are_enough_values_however_far_they_lie(self):
        found = told([60, 60, 60])
        assert (found.effect, found.more, found.after) == (Effect.EARLY, 1, 60)
        assert told([60, 60, 60, 60]).effect == Effect.WORKED

    def test_it_is_too_early_until_the_day_to_look_again(self):
        assert told([60] * 8, ahead=5).more == 5
        assert told([60] * 8, ahead=0)[0:6:5] == (Effect.EARLY, 0)
        assert told([60] * 8, size=2.2, ahead=3).more == 5  # thirteen are needed for so little

    def test_values_after_the_window_change_nothing(self):
        first = [50, 51, 49, 50, 51, 50, 49]
        assert told([*first, *[70] * 30], looked=7) == told(first)

    def test_fewer_than_eight_values_before_say_nothing(self):
        found = told([60] * 9, before=STEADY[:7])
        assert (found.effect, found.why, found.limits) == (Effect.UNKNOWN, Why.FEW, None)

    def test_only_the_newest_values_before_count(self):
        old = [0.0] * 30
        assert told([56] * 7, before=[*old, *STEADY, *STEADY, 50, 51]).limits == spc.natural_limits(
            [*STEADY, *STEADY, 50, 51]
        )

    def test_what_was_too_little_to_be_found_is_not_called_no_change(self):
        after = [50, 51, 49, 50] * 13
        assert told(after, size=0.4, looked=4)[0::6] == (Effect.UNKNOWN, Why.SMALL)
        assert told(after[:51], size=0.4, looked=4).more == 1
        assert told([*after[:-10], *[60] * 10], size=0.4, looked=4).effect == Effect.WORKED

    def test_where_nothing_varied_each_move_is_one(self):
        assert told([7.0] * 6, before=[7.0] * 20, size=1).effect == Effect.NONE
        assert told([7.0, 7.0, 8.0, 8.0, 8.0], before=[7.0] * 20, size=1).effect == Effect.WORKED

    @given(NUMBERS, st.booleans())
    def test_upside_down_is_the_same_the_other_way(self, after, up):
        mirrored = judge([-x for x in STEADY], [-x for x in after], up=not up, size=3, looked=9)
        assert mirrored.effect == judge(STEADY, after, up=up, size=3, looked=9).effect

    @given(NUMBERS, st.sampled_from([0.001, 7.0, 1e6]), st.sampled_from([-3e4, 0.0, 12.0]))
    def test_the_unit_does_not_matter(self, after, scale, by):
        moved = judge(
            [x * scale + by for x in STEADY], [x * scale + by for x in after], up=True, size=3 * scale, looked=9
        )
        assert moved.effect == judge(STEADY, after, up=True, size=3, looked=9).effect

    @given(NUMBERS, NUMBERS)
    def test_a_verdict_once_given_stays(self, after, later):
        first = judge(STEADY, after, up=True, size=3, looked=5)
        if first.effect != Effect.EARLY:
            assert judge(STEADY, [*after, *later], up=True, size=3, looked=5) == first


class TestPowerTable:
    def test_more_before_and_a_larger_size_never_take_longer(self):
        def never(row):
            return [needed or 99 for needed in row]

        rows = [never(row) for row in NEEDED.values()]
        assert all(row == sorted(row, reverse=True) for row in rows)
        assert all(list(column) == sorted(column, reverse=True) for column in zip(*rows, strict=True))

    def test_the_one_that_is_written_down_is_the_one_that_is_read(self):
        lines = (line.strip("| \n").split(" | ") for line in DOCS.read_text().splitlines() if line.startswith("| "))
        written = {line[0]: line[1:] for line in lines if len(line) == len(SIZES) + 1}
        said = {str(before): [str(needed or "–") for needed in row] for before, row in NEEDED.items()}
        assert written.pop("before") == [f"{size:g}" for size in SIZES]
        assert {before: row for before, row in written.items() if before != "---"} == said

    def test_it_is_read_at_the_next_smaller_size_and_number_of_values(self):
        limits = spc.Limits(50 - 3.0006, 50, 50 + 3.0006, 19)  # a standard deviation of one
        assert sigma(limits) == pytest.approx(1, abs=1e-4)
        assert [values_needed(limits, size) for size in (0.74, 0.76, 1.0001, 1.24, 1.26, 40)] == [
            None,
            49,
            20,
            20,
            13,
            3,
        ]
        assert least_size(limits) == pytest.approx(0.75, abs=1e-3)
        assert least_size(limits, 13) == pytest.approx(1.25, abs=1e-3)

    @pytest.mark.long
    @pytest.mark.parametrize("before", NEEDED)
    def test_the_table_is_what_the_simulation_says(self, before):
        series = 20_000 if LONG else 400
        room = 3 * sqrt(0.8 * 0.2 / series) + 0.002
        power = found_by(before, series)
        for size, needed in zip(SIZES, NEEDED[before], strict=True):
            if needed is None:
                assert power[size][effect.LONGEST] < effect.POWER + room
                continue
            assert power[size][needed] > effect.POWER - room
            assert needed <= 3 or power[size][needed - 1] < effect.POWER + room

    @pytest.mark.long
    @pytest.mark.parametrize(
        ("before", "stated"), [(8, [0.056, 0.069, 0.072]), (12, [0.044, 0.059, 0.068]), (26, [0.026, 0.039, 0.053])]
    )
    def test_of_what_did_not_change_at_most_so_much_is_said_to_have_worked(self, before, stated):
        series = 20_000 if LONG else 600
        found = found_by(before, series, sizes=[0.0])[0.0]
        for window, share in zip((13, 26, 52), stated, strict=True):
            assert found[window] == pytest.approx(share, abs=3 * sqrt(share / series) + 0.001)


def found_by(before: int, series: int, sizes=SIZES) -> dict[float, list[float]]:
    """By size of a planted shift, in standard deviations: the share of series said to have moved up, by how many values
    after it are looked at."""
    chance, hits = Random(f"effect {before}"), {size: [0] * (effect.LONGEST + 1) for size in sizes}
    for _ in range(series):
        limits = spc.natural_limits([chance.gauss(0, 1) for _ in range(before)])
        noise = [chance.gauss(0, 1) for _ in range(effect.LONGEST)]
        for size in sizes:
            for window in windows_found([x + size for x in noise], limits):
                hits[size][window] += 1
    return {size: [hit / series for hit in found] for size, found in hits.items()}


def windows_found(after: list[float], limits: spc.Limits):
    """The lengths of the windows in which these values lie higher: as `shifted`, of all windows at once."""
    known = (min((f.known for f in flags if f.up), default=None) for flags in spc.broken(after, limits).values())
    known = sorted(at for at in known if at is not None)
    for window, total in enumerate(accumulate(after), start=1):
        clear = effect.CLEAR * sigma(limits) * sqrt(1 / window + 1 / limits.values)
        if bisect_right(known, window - 1) >= effect.FLAGGED and total / window - limits.centre > clear:
            yield window


def test_all_windows_at_once_say_what_each_alone_says():
    chance = Random(3)
    for _ in range(60):
        limits = spc.natural_limits([chance.gauss(0, 1) for _ in range(12)])
        after = [chance.gauss(0.8, 1) for _ in range(30)]
        alone = [n for n in range(1, 31) if shifted(after[:n], limits) == 1]
        assert list(windows_found(after, limits)) == alone


class TestPlanted:
    """Half a year before and half a year after: shifts of known size in the series of an agency."""

    SERIES, WEEKS = 8000 if LONG else 400, 26

    def half_year(self, chance, shift):
        level, spread = chance.uniform(5, 95), chance.uniform(0.2, 8)
        before = [chance.gauss(level, spread) for _ in range(self.WEEKS)]
        after = [chance.gauss(level + shift * spread, spread) for _ in range(self.WEEKS)]
        return before, after, spread

    def shares(self, shift, *, expected, series=SERIES):
        chance, found = Random(f"planted {shift}"), dict.fromkeys(Effect, 0)
        for _ in range(series):
            before, after, spread = self.half_year(chance, shift)
            verdict = judge(before, after, up=True, size=expected * spread, looked=self.WEEKS)
            found[verdict.effect] += 1 / series
        return found

    @pytest.mark.parametrize("shift", [1.25, 1.5, 2, 3])
    def test_what_worked_is_found_with_the_stated_power(self, shift):
        found = self.shares(shift, expected=shift)
        assert found[Effect.WORKED] >= effect.POWER
        assert found[Effect.WORSE] < 0.01

    def test_what_got_worse_is_found_as_well(self):
        found = self.shares(-1.5, expected=1.5)
        assert found[Effect.WORSE] >= effect.POWER
        assert found[Effect.WORKED] < 0.01

    def test_what_did_not_change_is_seldom_said_to_have(self):
        found = self.shares(0, expected=1.5, series=5 * self.SERIES)
        assert found[Effect.WORKED] < 0.055
        assert found[Effect.WORSE] < 0.055
        assert found[Effect.NONE] > 0.89
