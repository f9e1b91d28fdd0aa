"""Whether what is given fits its KPI: who measures it and when, and in which numbers."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from departments.models import Department
from kpis.mapping import NUMBERS
from kpis.models import Assignment, Kpi
from kpis.selectors.grid import plain


def a_kpi_of(department: Department) -> str:
    return f"a KPI that {department} measures"


def wrong_time(
    kpi: Kpi, department: Department, spans: Iterable[Assignment], *, period: date, end: date, on: date | None
) -> str | None:
    """What is expected instead of this period, which ends on `end`; `on` is today, None for what may lie ahead."""
    if not any(span.starts_on <= end and (span.ends_on is None or span.ends_on >= period) for span in spans):
        return f"a day on which {department} measures {kpi.code}"
    if kpi.retired_on and period >= kpi.retired_on:
        return f"a day before {kpi.retired_on}, when {kpi.code} was retired"
    if on and period > on:
        return f"a period that has begun by {on}"
    return None


def wrong_numbers(kpi: Kpi, given: dict[str, Decimal | None]) -> dict[str, str]:
    """What is expected of each number that should not be there, or else of each that should."""
    if kpi.is_formula:
        there = [name for name in NUMBERS if given[name] is not None] or ["value"]
        return dict.fromkeys(there, f"nothing: {kpi.code} is worked out by a formula")
    wanted = ("numerator", "denominator") if kpi.is_ratio else ("value",)
    if all((given[name] is not None) == (name in wanted) for name in NUMBERS):
        ratio = given["numerator"], given["denominator"]
        return (wrong_denominator(*ratio) or beyond_ratio(kpi, *ratio)) if kpi.is_ratio else beyond(kpi, given["value"])
    kind = f"{kpi.code} is recorded as {' and '.join(wanted)}"
    if surplus := [name for name in NUMBERS if given[name] is not None and name not in wanted]:
        return dict.fromkeys(surplus, f"nothing: {kind}")
    called = {"numerator": kpi.numerator_name, "denominator": kpi.denominator_name}
    lacking = [name for name in wanted if given[name] is None]
    return {name: f"a number{f' ({called[name]})' if called.get(name) else ''}: {kind}" for name in lacking}


def beyond(kpi: Kpi, value: Decimal) -> dict[str, str]:
    """A value that the KPI can never have."""
    if kpi.most is not None and value > kpi.most:
        return {"value": f"at most {plain(kpi.most)}, the most that {kpi.code} can be"}
    if kpi.least is not None and value < kpi.least:
        return {"value": f"at least {plain(kpi.least)}, the least that {kpi.code} can be"}
    return {}


def beyond_ratio(kpi: Kpi, numerator: Decimal, denominator: Decimal) -> dict[str, str]:
    """The same of a ratio; the bounds are in its own unit, such as per cent."""
    shown = numerator * kpi.per
    if kpi.most is not None and shown > kpi.most * denominator:
        bound, words = kpi.most, "most"
    elif kpi.least is not None and shown < kpi.least * denominator:
        bound, words = kpi.least, "least"
    else:
        return {}
    limit, comes_to = plain(round(bound * denominator / kpi.per, 6)), plain(round(shown / denominator, 1))
    why = f"{plain(numerator)} of {plain(denominator)} is {comes_to}, and the {words} that {kpi.code} can be is"
    return {"numerator": f"at {words} {limit}: {why} {plain(bound)}"}


def wrong_denominator(numerator: Decimal, denominator: Decimal) -> dict[str, str]:
    """0 of 0 is an answer (nothing was due), and a numerator may be negative (money) or the larger one (rounds)."""
    if denominator < 0:
        return {"denominator": "a number that is not below 0: it counts what the numerator is a part of"}
    if denominator == 0 and numerator != 0:
        return {"denominator": f"a number other than 0: {numerator.normalize():f} of nothing"}
    return {}
