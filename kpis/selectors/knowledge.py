"""What was known at a moment: observations, targets, phases, definitions and the tree as they stood on record then.

Rollups say what is known now; of an earlier moment they are reckoned anew, from the observations that stood then.
"""

from collections.abc import Collection
from datetime import date, datetime

from django.db.models import BigIntegerField, ExpressionWrapper, F

from departments.models import Department
from departments.tree import Tree
from kpis import recomputation
from kpis.models import Kpi, Observation
from kpis.periods import Calendar, Grain
from kpis.selectors.readings import Sums

NUMBERS = ("value", "numerator", "denominator")


def definition(kpi: Kpi, *, at: datetime) -> Kpi:
    """The KPI as it was defined then; before it was put on record, as it was first."""
    versions = kpi.history.order_by("history_date", "history_id")
    then = versions.filter(history_date__lte=at).last() or versions.first()
    return then.instance if then else kpi


def parents(*, at: datetime) -> dict[int, int | None]:
    """{department: the one above it} of then; what has no record of that time stands where it stands now."""
    found = dict(Department.objects.values_list("pk", "parent_id"))
    then = Department.history.filter(history_date__lte=at).order_by("history_date", "history_id")
    moved = {pk: above for pk, above in then.values_list("id", "parent_id") if pk in found}
    return found | {pk: above for pk, above in moved.items() if above is None or above in found}


def below(department: Department, *, at: datetime) -> set[int]:
    """The department and what was below it then."""
    return set(Tree(parents(at=at).items()).below(department.pk))


def sums(
    kpi: Kpi, department: int, grain: Grain, *, at: datetime, calendar: Calendar, within: Collection[int] | None = None
) -> dict[date, Sums]:
    """{period: what was on record then adds up to}, for a department and everything below it.

    `within`: of which departments, where not of all; who may see less now sees no more of then.
    """
    rows = Observation.objects.known_at(at).filter(kpi=kpi)
    if within is not None:
        rows = rows.filter(department__in=within)
    numbers = [ExpressionWrapper(F(name), output_field=BigIntegerField()) for name in NUMBERS]  # as they are stored
    rows = rows.values_list("department", "date", *numbers).order_by()
    if grain is Grain.DAY:
        alone = own_days(rows)
    else:
        alone = recomputation.own(rows.iterator(5000), recorded=kpi.recorded, calendar=calendar)
    rules = {"over_time": kpi.over_time, "over_departments": kpi.over_departments}
    totals = recomputation.tree(alone, **rules, parents=parents(at=at))
    return {
        period: Sums(*total[:7], total.amount, total.reporting)
        for (place, at_grain, period), total in totals.items()
        if place == department and at_grain == grain
    }


def own_days(rows) -> dict:
    found = {}
    for department, day, value, numerator, denominator in rows.iterator(5000):
        key = (department, str(Grain.DAY), day)
        one = recomputation.Sums(1, value, value, value, numerator, denominator, value, day)
        found[key] = recomputation.joined(found[key], one) if key in found else one
    return found
