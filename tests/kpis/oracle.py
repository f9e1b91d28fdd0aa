"""What every rollup must be, by plain recomputation: slow, obvious, and sharing nothing with the engine."""

from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction

from departments.models import Department
from kpis.models import Kpi, Observation, OwnRollup, Rollup


def periods_of(day: date, recorded: str, year_starts_in: int = 1):
    """The (grain, first day) pairs that a date counts towards."""
    monday = day - timedelta(days=day.weekday())
    if recorded in ("day", "week"):
        yield "week", monday
    anchor = monday + timedelta(days=3) if recorded == "week" else day
    if recorded != "quarter":
        yield "month", anchor.replace(day=1)
    first = anchor.replace(day=1)
    while (first.month - year_starts_in) % 3:
        first = (first - timedelta(days=1)).replace(day=1)
    yield "quarter", first
    while first.month != year_starts_in:
        first = (first - timedelta(days=1)).replace(day=1)
    yield "year", first


def micro(number):
    return None if number is None else int(number.scaleb(6))


def total(numbers, how=sum):
    found = [n for n in numbers if n is not None]
    return how(found) if found else None


def sums(rows):
    """(n, sum, min, max, numerator, denominator, last, last_on) of some observations, in millionths."""
    values = [micro(o.value) for o in rows]
    last_on = max(o.date for o in rows)
    return (
        len(rows),
        total(values),
        total(values, min),
        total(values, max),
        total(micro(o.numerator) for o in rows),
        total(micro(o.denominator) for o in rows),
        total([micro(o.value) for o in rows if o.date == last_on], max),
        last_on,
    )


def expected_own(year_starts_in=1):
    kpis = Kpi.objects.in_bulk()
    found = defaultdict(list)
    for o in Observation.objects.filter(superseded_at=None):
        for grain, period in periods_of(o.date, kpis[o.kpi_id].recorded, year_starts_in):
            found[o.kpi_id, o.department_id, grain, period].append(o)
    return {key: sums(rows) for key, rows in found.items()}


def above(department, parents):
    while department is not None:
        yield department
        department = parents[department]


def expected_tree(own):
    kpis, parents = Kpi.objects.in_bulk(), dict(Department.objects.values_list("pk", "parent_id"))
    found = defaultdict(list)
    for (kpi, department, grain, period), row in own.items():
        line = above(department, parents) if kpis[kpi].over_departments != "none" else [department]
        for ancestor in line:
            found[kpi, ancestor, grain, period].append(row)
    return {key: combined(rows, kpis[key[0]]) for key, rows in found.items()}


def combined(rows, kpi):
    n, sum_, min_, max_, numerator, denominator, last, last_on = zip(*rows, strict=True)
    how = {"min": min, "max": max}.get(kpi.over_departments, sum)
    basis = {"sum": sum_, "last": last, "min": min_, "max": max_}.get(kpi.over_time, [None])
    return (
        sum(n), total(sum_), total(min_, min), total(max_, max), total(numerator), total(denominator),
        total(last, how), max(last_on), total(basis, how), len(rows),
    )  # fmt: skip


def value(row, kpi):
    """The answer, as an exact fraction of the KPI's unit."""
    n, sum_, _, _, numerator, denominator, _, _, amount, reporting = row
    if kpi.over_time == "ratio":
        return Fraction(numerator * kpi.per, denominator) if denominator else None
    if kpi.over_time == "mean":
        return Fraction(sum_, n * 10**6)
    if amount is None:
        return None
    return Fraction(amount, 10**6 * (reporting if kpi.over_departments == "mean" else 1))


FIELDS = ("n", "sum", "min", "max", "numerator", "denominator", "last", "last_on")


def actual(model, *more):
    rows = model.objects.values_list("kpi_id", "department_id", "grain", "period", *FIELDS, *more)
    whole = {"n", "last_on", "reporting"}
    names = (*FIELDS, *more)
    return {
        tuple(row[:4]): tuple(v if name in whole else micro(v) for name, v in zip(names, row[4:], strict=True))
        for row in rows
    }


def differences(year_starts_in=1) -> list[str]:
    """Every rollup that is missing, stale or wrong, both ways; [] when all are exact."""
    own = expected_own(year_starts_in)
    pairs = [("own", own, actual(OwnRollup)), ("tree", expected_tree(own), actual(Rollup, "amount", "reporting"))]
    return [
        f"{name} {key}: expected {want.get(key)}, found {got.get(key)}"
        for name, want, got in pairs
        for key in sorted(want.keys() | got.keys())
        if want.get(key) != got.get(key)
    ]
