"""Values of KPIs, period by period: from rollups, and for single days from the observations."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import NamedTuple

from django.db.models import Count, Max, Min, Q, Sum

from kpis import rules
from kpis.models import Kpi, Observation, Rollup
from kpis.periods import Grain

FIELDS = ("n", "sum", "min", "max", "numerator", "denominator", "last", "amount", "reporting")


class Reading(NamedTuple):
    """What a KPI came to in a period; `value` is the answer, the rest is what it was made from."""

    period: date
    value: Decimal | None
    n: int
    sum: Decimal | None
    min: Decimal | None
    max: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    last: Decimal | None
    reporting: int


class Window(NamedTuple):
    """Periods of a grain, first and last included."""

    grain: Grain
    first: date
    last: date


def reading(kpi: Kpi, period: date, n, sum, min, max, numerator, denominator, last, amount, reporting) -> Reading:
    parts = rules.Parts(n, sum, numerator, denominator, amount, reporting)
    value = rules.answer(parts, over_time=kpi.over_time, over_departments=kpi.over_departments, per=kpi.per)
    return Reading(period, value, n, sum, min, max, numerator, denominator, last, reporting)


def readings(kpis: dict[int, Kpi], departments: Iterable[int], windows: Iterable[Window]):
    """{(kpi, department, grain): {period: Reading}} of whole KPIs, in one query."""
    spans = reduce(or_, (Q(grain=w.grain, period__gte=w.first, period__lte=w.last) for w in windows), Q(pk__in=[]))
    rows = Rollup.objects.filter(spans, kpi__in=list(kpis), department__in=list(departments))
    found = defaultdict(dict)
    for kpi, department, grain, period, *sums in rows.values_list(
        "kpi_id", "department_id", "grain", "period", *FIELDS
    ):
        found[kpi, department, grain][period] = reading(kpis[kpi], period, *sums)
    return found


def days(kpi: Kpi, departments: Iterable[int], first: date, last: date) -> dict[date, Reading]:
    """A KPI that is recorded daily, day by day, over these departments (one department and all below it)."""
    rows = Observation.objects.current().filter(kpi=kpi, department__in=list(departments), date__range=(first, last))
    own = rows.values("date", "department").annotate(
        n=Count("*"),
        total=Sum("value"),
        low=Min("value"),
        high=Max("value"),
        num=Sum("numerator"),
        den=Sum("denominator"),
    )
    found = defaultdict(list)
    for row in own.values_list("date", "n", "total", "low", "high", "num", "den"):
        found[row[0]].append(row[1:])
    return {day: reading(kpi, day, *combine(kpi, rows)) for day, rows in sorted(found.items())}


def combine(kpi: Kpi, rows: list[tuple]) -> tuple:
    """Several departments' day into one, as the drain does it for longer periods."""
    n, total, low, high, num, den = zip(*rows, strict=True)
    how = {"min": min, "max": max}.get(kpi.over_departments, sum)
    basis = {"sum": total, "min": low}.get(kpi.over_time, high)
    return (
        sum(n), known(total, sum), known(low, min), known(high, max), known(num, sum), known(den, sum),
        known(high, how), known(basis, how), len(rows),
    )  # fmt: skip


def known(numbers, how):
    found = [number for number in numbers if number is not None]
    return how(found) if found else None
