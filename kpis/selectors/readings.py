"""Values of KPIs, period by period: from rollups, and for single days from the observations."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import CharField, Count, Max, Min, Q, QuerySet, Sum
from django.db.models.functions import Cast

from kpis import rules
from kpis.models import Kpi, Observation, Rollup
from kpis.models.fields import from_micro
from kpis.periods import Grain


class Sums(NamedTuple):
    """What a KPI's observations add up to in a period, as the database keeps it: whole millionths."""

    n: int
    sum: int | None
    min: int | None
    max: int | None
    numerator: int | None
    denominator: int | None
    last: int | None
    amount: int | None
    reporting: int


class Worked(NamedTuple):
    """What a formula came to in a period; `reporting`: how many departments its inputs are of, at least."""

    value: Decimal | None
    reporting: int


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


def reading(kpi: Kpi, period: date, sums: tuple) -> Reading:
    """`sums` has the fields of Sums, in that order; of a formula it is Worked."""
    if kpi.is_formula:
        value, reporting = sums
        return Reading(period, value, 0, *[None] * 6, reporting)
    n, *made_of, amount, reporting = sums
    total, low, high, numerator, denominator, last = map(from_micro, made_of)
    parts = rules.Parts(n, total, numerator, denominator, from_micro(amount), reporting)
    value = rules.answer(parts, over_time=kpi.over_time, over_departments=kpi.over_departments, per=kpi.per)
    return Reading(period, value, n, total, low, high, numerator, denominator, last, reporting)


def readings(kpis: Iterable[int], departments: Iterable[int], windows: Iterable[Window]):
    """{(kpi, department, grain): {period: a tuple in the order of Sums}} of whole KPIs, in one query."""
    spans = reduce(or_, (Q(grain=w.grain, period__gte=w.first, period__lte=w.last) for w in windows), Q(pk__in=[]))
    rows = Rollup.objects.filter(spans, kpi__in=list(kpis), department__in=list(departments))
    rows = rows.annotate(day=Cast("period", CharField()))  # of the same few days each is made once
    found, dates = defaultdict(dict), {}
    for row in unconverted(rows.values_list("kpi_id", "department_id", "grain", "day", *Sums._fields)):
        day = row[3]
        found[row[:3]][dates.get(day) or dates.setdefault(day, date.fromisoformat(day))] = row[4:]
    return found


def unconverted(rows: QuerySet) -> Iterator[tuple]:
    """The rows as the database gives them, one by one: converting every number would cost more than reading it, and
    keeping them all costs more than both."""
    try:
        statement = rows.query.sql_with_params()
    except EmptyResultSet:
        return
    with connection.cursor() as cursor:
        cursor.execute(*statement)
        yield from cursor


def as_date(day: date | str) -> date:
    """SQLite keeps days as text."""
    return date.fromisoformat(day) if isinstance(day, str) else day


def days(kpi: Kpi, departments: Iterable[int], first: date, last: date) -> dict[date, Sums]:
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
    for day, *sums in unconverted(own.values_list("date", "n", "total", "low", "high", "num", "den")):
        found[as_date(day)].append([None if number is None else int(number) for number in sums])
    return {day: combine(kpi, rows) for day, rows in sorted(found.items())}


def combine(kpi: Kpi, rows: list[list]) -> Sums:
    """Several departments' day into one, as the drain does it for longer periods."""
    n, total, low, high, num, den = zip(*rows, strict=True)
    how = {"min": min, "max": max}.get(kpi.over_departments, sum)
    basis = {"sum": total, "min": low}.get(kpi.over_time, high)
    return Sums(
        sum(n), known(total, sum), known(low, min), known(high, max), known(num, sum), known(den, sum),
        known(high, how), known(basis, how), len(rows),
    )  # fmt: skip


def known(numbers, how):
    found = [number for number in numbers if number is not None]
    return how(found) if found else None
