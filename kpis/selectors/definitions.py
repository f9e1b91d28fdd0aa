"""KPI definitions as the texts of a file of them: what an export says, an import understands."""

from datetime import date
from decimal import Decimal

from django.db.models import F, Prefetch, Q

from kpis.goals import Goal
from kpis.mapping import DEFINITION
from kpis.models import Assignment, Formula, Kpi, Target
from kpis.selectors.grid import plain

FIELDS = ("code", *(name for name in DEFINITION if name != "owner"))
COLUMNS = ("department", *FIELDS, "formula", "target", "measured_by", "starts_on")


def definitions(kpis, *, on: date) -> dict[str, dict[str, str]]:
    """The cells of these KPIs by code and column, as they stand on a day, each a text as somebody would type it.

    `formula` is the one in force, `target` the standing one for all departments, `measured_by` are those that do or
    will, and `starts_on` is the day from which the target stands, or else the first on which somebody measures it:
    imported again, nothing changes.
    """
    standing = Target.objects.current().filter(department=None, ends_on=None, starts_on__lte=on).order_by("starts_on")
    measuring = Assignment.objects.filter(Q(ends_on=None) | Q(ends_on__gte=on)).select_related("department")
    formulas = Formula.objects.current().filter(Q(starts_on=None) | Q(starts_on__lte=on))
    rows = kpis.select_related("owner").prefetch_related(
        Prefetch("formulas", formulas.order_by(F("starts_on").asc(nulls_first=True)), to_attr="said"),
        Prefetch("targets", standing, to_attr="standing"),
        Prefetch("assignments", measuring.order_by("starts_on", "department__slug"), to_attr="measuring"),
    )
    return {kpi.code: dict(zip(COLUMNS, cells(kpi), strict=True)) for kpi in rows}


def cells(kpi: Kpi) -> list[str]:
    target = kpi.standing[-1] if kpi.standing else None
    since = [each.starts_on for each in ([target] if target else kpi.measuring)]
    measured_by = dict.fromkeys(each.department.slug for each in kpi.measuring)
    return [
        kpi.owner.slug,
        *(text(getattr(kpi, name)) for name in FIELDS),
        kpi.said[-1].expression if kpi.said else "",
        aim(Goal(target.lower, target.upper), kpi.direction) if target else "",
        "; ".join(measured_by),
        str(min(since, default="")),
    ]


def text(value) -> str:
    if value is None or isinstance(value, Decimal):
        return "" if value is None else plain(value)
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def aim(goal: Goal, direction: str) -> str:
    """A single number where the direction says what it means, else a band, which may be open."""
    lower, upper = ("" if end is None else plain(end) for end in goal)
    meant = {Kpi.Direction.UP: (lower, ""), Kpi.Direction.DOWN: ("", upper), Kpi.Direction.NEUTRAL: (lower, lower)}
    return lower or upper if (lower, upper) == meant.get(direction) else f"{lower}..{upper}"
