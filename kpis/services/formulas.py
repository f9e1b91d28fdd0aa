"""Saying how a KPI is worked out from others: checked before it is kept, superseded afterwards, never updated."""

from collections.abc import Iterable
from datetime import date, datetime
from difflib import get_close_matches

from django.db import connection, transaction

from departments.models import User
from kpis.formulas import FormulaInvalid, Name, check_units, names, parse
from kpis.models import Formula, Kpi
from kpis.periods import Grain

FORMULAS = 0x0F0A  # the key of the lock below: any number that nobody else uses


class FormulaSuperseded(Exception):
    """Somebody else removed the formula in the meantime."""


def check_formula(
    expression: str, *, kpi: Kpi, among: Iterable[Kpi] | None = None, needs: dict[str, set[str]] | None = None
):
    """Raises FormulaInvalid where it cannot be read, speaks of no KPI or of one that is not there or that needs this
    one itself, or of one recorded less often; or where units do not go together.

    `among` and `needs`: all KPIs there are to be, and what they are worked out from, where some are not saved yet.
    """
    known = {each.code: each for each in (Kpi.objects.all() if among is None else among)} | {kpi.code: kpi}
    tree = parse(expression)
    found = names(tree)
    if not found:
        raise FormulaInvalid(1, "numbers alone", "a KPI's code among them")
    for name in found:
        if name.code not in known:
            raise FormulaInvalid(name.at, f"“{name.code}”", a_code(name.code, known))
    needs = needed() if needs is None else needs
    for name in found:
        check_circle(name, kpi, needs)
        check_grain(name, known[name.code], kpi)
    check_units(tree, lambda code: known[code].unit, unit=kpi.unit)


def a_code(text: str, known: Iterable[str]) -> str:
    around = " - ".join(part for part in text.split("-") if part)
    if "-" in text and {*around.split(" - ")} & set(known):
        return f"a KPI's code; a minus has spaces around it: {around}"
    spelt = {code.casefold(): code for code in known}
    near = [spelt[each] for each in get_close_matches(text.casefold(), list(spelt), n=3)]
    return f"a KPI's code, such as {', '.join(near)}" if near else "a KPI's code"


def one_at_a_time():
    """Until this transaction ends, nobody else checks a formula: two that are right alone may make a circle."""
    if connection.vendor == "postgresql":  # on SQLite, who writes is alone
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [FORMULAS])


def needed(*, ever: bool = False) -> dict[str, set[str]]:
    """{the code of a KPI: the codes that its formulas speak of}, or ever spoke of"""
    found: dict[str, set[str]] = {}
    rows = Formula.objects.all() if ever else Formula.objects.current()
    for code, expression in rows.values_list("kpi__code", "expression"):
        found.setdefault(code, set()).update(name.code for name in names(parse(expression)))
    return found


def check_circle(name: Name, kpi: Kpi, needs: dict[str, set[str]]):
    """Depth first, each code once; the way there is told."""
    ways, seen = [[name.code]], set()
    while ways:
        way = ways.pop()
        if way[-1] == kpi.code:
            circle = " → ".join([kpi.code, *way])
            raise FormulaInvalid(name.at, f"“{name.code}”", f"a KPI that is not worked out from this one: {circle}")
        if way[-1] not in seen:
            seen.add(way[-1])
            ways += [[*way, code] for code in sorted(needs.get(way[-1], ()))]


def check_grain(name: Name, made_of: Kpi, kpi: Kpi):
    if Grain(made_of.recorded).fineness > Grain(kpi.recorded).fineness:
        expected = f"a KPI recorded per {kpi.recorded} or more often ({made_of} is per {made_of.recorded})"
        raise FormulaInvalid(name.at, f"“{name.code}”", expected)


def formula_in_force(kpi: Kpi, *, on: date) -> Formula | None:
    return in_force(Formula.objects.current().filter(kpi=kpi), on=on)


def in_force(formulas: Iterable[Formula], *, on: date) -> Formula | None:
    begun = [each for each in formulas if each.starts_on is None or each.starts_on <= on]
    return max(begun, key=lambda each: each.starts_on or date.min, default=None)


@transaction.atomic
def record_formula(
    kpi: Kpi, *, expression: str, starts_on: date | None = None, reason: str = "", by: User | None, at: datetime
) -> Formula:
    """How the KPI is worked out from a day on (None: ever), instead of what was said for that day before.

    Said again, nothing changes. Raises FormulaInvalid.
    """
    one_at_a_time()
    check_formula(expression, kpi=kpi)
    stood = Formula.objects.current().filter(kpi=kpi, starts_on=starts_on).first()
    if stood and stood.expression == expression:
        return stood
    if stood:
        end_formula(stood, by=by, at=at)
    said = {"expression": expression, "starts_on": starts_on, "reason": reason}
    return Formula.objects.create(kpi=kpi, **said, recorded_at=at, recorded_by=by)


def end_formula(formula: Formula, *, by: User | None, at: datetime):
    """It holds no more and stays on record. The second time, and a second person, raise FormulaSuperseded."""
    if not Formula.objects.current().filter(pk=formula.pk).update(superseded_at=at, superseded_by=by):
        raise FormulaSuperseded("Somebody else removed this formula in the meantime.")
