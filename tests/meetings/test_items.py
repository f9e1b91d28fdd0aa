from datetime import date

import pytest

from meetings import weeks
from meetings.calibration import brier, reliability
from meetings.items import items, wrong_items


def test_marks_of_lists_are_no_part_of_the_items():
    text = "- Launch film\n\n  * Retoucher hired \n3. Templates\n4) Colours\n24. December\n–  Dash\n2026 budget\n-5 %"

    assert items(text) == [
        "Launch film", "Retoucher hired", "Templates", "Colours", "24. December", "Dash", "2026 budget", "-5 %",
    ]  # fmt: skip


def test_what_is_wrong_with_a_list_is_told_with_what_was_found():
    assert wrong_items(["a"] * 5) == []
    assert wrong_items(["a"] * 6) == ["Found 6 items, expected at most 5, one a line."]
    assert wrong_items(["a", "b" * 301]) == ["Item 2 has 301 characters, expected at most 300."]


def test_the_published_brier_score():
    assert brier([(0.1, False), (0.9, True), (0.8, True), (0.3, False)]) == pytest.approx(0.0375)
    assert brier([]) is None


def test_forecasts_are_sorted_into_ranges_and_none_is_lost():
    found = reliability([(0.0, False), (0.85, True), (0.8, False), (1.0, True)])

    assert [(each.said, each.came, each.count) for each in found] == [
        (0.0, 0.0, 1),
        (pytest.approx(0.8833, abs=1e-4), pytest.approx(2 / 3), 3),
    ]


def test_weeks_are_written_and_read_as_iso_has_it():
    assert weeks.written(date(2021, 1, 1) - (date(2021, 1, 1) - date(2020, 12, 28))) == "2020-W53"
    assert weeks.read("2020-W53") == date(2020, 12, 28)
    for text in ("2021-W53", "2020-53", "2020-W00", "w"):
        with pytest.raises(ValueError, match=r"week|Found"):
            weeks.read(text)
