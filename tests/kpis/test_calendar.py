from datetime import date

import pytest
from django.core.management import CommandError, call_command

from kpis.models import CalendarDay, Rollup
from kpis.periods import Calendar, Grain
from kpis.services.rollups import drain
from tests import make
from tests.clock import NOW
from tests.kpis.oracle import differences


@pytest.fixture
def jobs(creative):
    kpi = make.kpi(creative, cadence="month")
    make.observations(kpi, creative, {date(2026, month, 1): month for month in range(1, 12)})
    drain(now=NOW)
    return kpi


def years():
    return dict(Rollup.objects.filter(grain="year", department__parent=None).values_list("period", "amount"))


def test_another_fiscal_year_moves_quarters_and_years(jobs, capsys):
    assert years() == {date(2026, 1, 1): 66}
    call_command("fiscal_year", "4")
    assert years() == {date(2025, 4, 1): 6, date(2026, 4, 1): 60}
    assert differences(year_starts_in=4) == []
    assert "starts in Apr now; 1 KPI brought" in capsys.readouterr().out
    assert CalendarDay.objects.calendar().label(date(2026, 4, 1), Grain.YEAR) == "FY2027"


def test_the_same_again_changes_nothing(jobs, capsys):
    call_command("fiscal_year", "1")
    assert "already" in capsys.readouterr().out


def test_quarters_with_values_of_their_own_do_not_move_under_them(creative):
    kpi = make.kpi(creative, cadence="quarter")
    make.observations(kpi, creative, {date(2026, 7, 1): 5})
    with pytest.raises(CommandError, match="per quarter"):
        call_command("fiscal_year", "2")
    call_command("fiscal_year", "4")
    assert differences(year_starts_in=4) == []


@pytest.mark.parametrize("starts_in", [1, 2, 4, 7, 10])
def test_every_day_lies_within_its_periods(starts_in):
    calendar = Calendar(starts_in)
    for found in calendar.days(date(2023, 12, 20), date(2026, 1, 10)):
        for grain in ("week", "month", "quarter", "year"):
            first = getattr(found, grain)
            assert first <= found.day <= calendar.end(first, Grain(grain))
            assert calendar.start(first, Grain(grain)) == first
        assert found.year.month == starts_in


def test_iso_weeks_of_the_standard():
    """ISO 8601: week 1 holds the year's first Thursday; 2020 and 2026 have 53 weeks."""
    calendar = Calendar()
    assert calendar.label(date(2026, 12, 28), Grain.WEEK) == "W53 2026"
    assert calendar.label(date(2020, 12, 28), Grain.WEEK) == "W53 2020"
    assert calendar.label(date(2024, 12, 30), Grain.WEEK) == "W1 2025"
    assert calendar.day(date(2027, 1, 3)).week_month == date(2026, 12, 1)


def test_weeks_within_a_month_are_those_whose_thursday_lies_in_it():
    weeks = Calendar().within(date(2026, 10, 1), Grain.MONTH, Grain.WEEK)
    assert weeks == [date(2026, 9, 28), date(2026, 10, 5), date(2026, 10, 12), date(2026, 10, 19), date(2026, 10, 26)]
    assert Calendar().within(date(2026, 11, 1), Grain.MONTH, Grain.WEEK)[0] == date(2026, 11, 2)
