"""A department's own values, period by period, as they stand: what the entry grid shows and edits."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from departments.models import Department
from kpis.models import Assignment, CalendarDay, Kpi, Observation
from kpis.periods import Calendar, Grain

PERIODS = 6


@dataclass
class GridCell:
    """One value to enter: `text` is what stands there, `expected` whether the department measures the KPI then."""

    kpi: Kpi
    period: date
    expected: bool
    text: str = ""
    observation: Observation | None = None

    @property
    def name(self) -> str:
        return f"v-{self.kpi.pk}-{self.period}"


@dataclass
class Grid:
    department: Department
    grain: Grain
    calendar: Calendar
    periods: list[date]
    rows: list[tuple[Kpi, list[GridCell]]]

    def cells(self) -> Iterator[GridCell]:
        return (cell for _, cells in self.rows for cell in cells if cell.expected)


def plain(number: Decimal) -> str:
    """As somebody would type it: no separators, no idle zeros."""
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def as_typed(observation: Observation) -> str:
    if observation.value is not None:
        return plain(observation.value)
    return f"{plain(observation.numerator)} / {plain(observation.denominator)}"


def grains_recorded(department: Department) -> list[Grain]:
    """How often this department's own KPIs are recorded: a grid each."""
    found = Kpi.objects.entered().measured_in([department]).values_list("recorded", flat=True)
    return sorted({Grain(g) for g in found}, key=lambda g: g.fineness)


def grid(department: Department, *, grain: Grain, on: date, upto: date, count: int = PERIODS) -> Grid:
    """The KPIs this department itself records per `grain`, over so many periods up to a day."""
    calendar = CalendarDay.objects.calendar()
    periods = calendar.last(calendar.start(upto, grain), grain, count)
    end = calendar.end(periods[-1], grain)
    spans = Assignment.objects.filter(department=department).during(periods[0], end)
    kpis = Kpi.objects.entered().live(on=periods[-1]).filter(recorded=grain, assignments__in=spans).distinct().by_name()
    held = {}
    for span in spans:
        held.setdefault(span.kpi_id, []).append(span)
    stands = Observation.objects.current().filter(
        department=department, kpi__in=kpis, reference="", date__range=(periods[0], end)
    )
    by_cell = {(o.kpi_id, o.date): o for o in stands.select_related("batch__recorded_by")}
    rows = []
    for kpi in kpis:
        cells = []
        for period in periods:
            last = calendar.end(period, grain)
            expected = period <= min(on, department.closed_on or on) and any(
                s.starts_on <= last and (s.ends_on is None or s.ends_on >= period) for s in held[kpi.pk]
            )
            found = by_cell.get((kpi.pk, period))
            cells.append(GridCell(kpi, period, expected, as_typed(found) if found else "", found))
        rows.append((kpi, cells))
    return Grid(department, grain, calendar, periods, rows)
