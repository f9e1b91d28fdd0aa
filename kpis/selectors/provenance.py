"""Where a number comes from: the observations behind a KPI of a department in a period, and all they replaced."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from departments.models import Department
from kpis.models import CalendarDay, Kpi, Observation
from kpis.periods import Grain
from kpis.recomputation import periods
from kpis.selectors.book import Cell
from kpis.selectors.series import Series, series

SHOWN = 200


@dataclass
class Provenance:
    """`rows`: what was recorded for the period, newest first, replaced rows included; `more` were left out."""

    series: Series
    cell: Cell
    rows: list[Observation]
    more: int
    defined_at: datetime | None


def provenance(
    kpi: Kpi,
    department: Department,
    *,
    grain: Grain,
    period: date,
    within: Collection[int],
    on: date,
    known_at: datetime | None = None,
    reach: Collection[int] | None = None,
) -> Provenance | None:
    """None where the series has no such period. `within`: the departments below it whose observations may be shown."""
    found = series(kpi, department, grain=grain, on=on, known_at=known_at, within=reach)
    cell = next((cell for cell in found.cells if cell.period == period), None)
    if cell is None:
        return None
    rows = [
        as_known(row, known_at)
        for row in recorded_about(kpi, within, found.calendar.end(period, grain), period, known_at)
        if belongs(row.date, found, period)
    ]
    versions = kpi.history.order_by("-history_date").values_list("history_date", flat=True)
    versions = versions.filter(history_date__lte=known_at) if known_at else versions
    return Provenance(found, cell, rows[:SHOWN], max(0, len(rows) - SHOWN), versions.first())


def recorded_about(kpi: Kpi, within: Collection[int], end: date, period: date, known_at: datetime | None):
    """Rows of a period and a week on either side: a week may count towards a period that began or ends beside it."""
    rows = Observation.objects.filter(recorded_at__lte=known_at) if known_at else Observation.objects.all()
    rows = rows.filter(kpi=kpi, department__in=within, date__range=(period - timedelta(7), end + timedelta(7)))
    rows = rows.select_related("department", "batch__recorded_by", "superseded_in__recorded_by")
    return rows.order_by("-date", "department__name", "-recorded_at", "-id")


def as_known(row: Observation, known_at: datetime | None) -> Observation:
    """The row without what became of it later."""
    if known_at and row.superseded_at and row.superseded_at > known_at:
        row.superseded_at = row.superseded_in = None
    return row


def belongs(day: date, found: Series, period: date) -> bool:
    if found.grain is Grain.DAY:
        return day == period
    return (str(found.grain), period) in periods(day, recorded=found.kpi.recorded, calendar=found.calendar)


def restated(kpi: Kpi, within: Collection[int], grain: Grain) -> set[date]:
    """The periods of which something that was recorded has been replaced or taken back."""
    calendar = CalendarDay.objects.calendar()
    gone = Observation.objects.filter(kpi=kpi, department__in=within, superseded_at__isnull=False)
    days = gone.order_by().values_list("date", flat=True).distinct()
    if grain is Grain.DAY:
        return set(days)
    found = (each for day in days for each in periods(day, recorded=kpi.recorded, calendar=calendar))
    return {start for at, start in found if at == grain}
