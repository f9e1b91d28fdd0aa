"""Where a number comes from: the observations behind a KPI of a department in a period, and all they replaced."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from departments.models import Department
from kpis.models import Kpi, Observation
from kpis.periods import Grain
from kpis.selectors import knowledge
from kpis.selectors.book import Cell
from kpis.selectors.judged import Restated
from kpis.selectors.restatements import Figures, restated
from kpis.selectors.series import Series, series

SHOWN = 200


@dataclass
class Provenance:
    """`rows`: what was recorded for the period, newest first, replaced rows included; `more` were left out."""

    series: Series
    cell: Cell
    rows: list[Observation]
    more: int
    version: int  # of the definition: 1 is the first; 0 where none is on record
    defined_at: datetime | None
    restated: Restated | None


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
    """None where no period begins on that day, and where nothing was recorded for one that has not begun.

    `within`: the departments below it whose observations may be shown.
    """
    found = series(kpi, department, grain=grain, on=on, known_at=known_at, within=reach)
    rows = [
        as_known(row, known_at)
        for row in recorded_about(kpi, within, found.calendar.end(period, grain), period, known_at)
        if knowledge.period_of(row.date, found.kpi, grain, found.calendar) == period
    ]
    cell = next((cell for cell in found.cells if cell.period == period), None)
    if cell is None:
        if found.calendar.start(period, grain) != period or not (rows or period <= on):
            return None
        cell = found.cell_of(period)
    figures = Figures(found.kpi, department.pk, grain, [period], within, found.evaluation.workings)
    changed = restated([cell], figures, calendar=found.calendar, known_at=known_at)
    made = definitions(kpi, known_at)
    more = {"version": len(made), "defined_at": made[-1] if made else None, "restated": changed.get(period)}
    return Provenance(found, cell, rows[:SHOWN], max(0, len(rows) - SHOWN), **more)


def definitions(kpi: Kpi, known_at: datetime | None) -> list[datetime]:
    """When each version of the KPI's definition was made; saving it as it was makes none."""
    fields = [field.attname for field in Kpi._meta.concrete_fields]
    rows = kpi.history.order_by("history_date", "history_id").values_list("history_date", *fields)
    rows = rows.filter(history_date__lte=known_at) if known_at else rows
    made = []
    for at, *fields in rows:
        if not made or made[-1][1] != fields:
            made.append((at, fields))
    return [at for at, _ in made]


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
