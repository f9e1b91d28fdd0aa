"""What was known at a moment: observations, targets, phases, definitions and the tree as they stood on record then.

Rollups say what is known now; of an earlier moment they are reckoned anew, from the observations that stood then.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime

from django.db.models import BigIntegerField, ExpressionWrapper, F

from departments.models import Department
from departments.tree import Tree
from kpis import recomputation
from kpis.models import Kpi, Observation
from kpis.periods import Calendar, Grain
from kpis.selectors.readings import Sums

STORED = [  # numbers in millionths
    ExpressionWrapper(F(name), output_field=BigIntegerField()) for name in ("value", "numerator", "denominator")
]


def definition(kpi: Kpi, *, at: datetime) -> Kpi:
    """The KPI as it was defined then; before it was put on record, as it was first."""
    return definitions(kpi, [at])[0]


def definitions(kpi: Kpi, moments: Sequence[datetime]) -> list[Kpi]:
    """The same for several moments, in one query."""
    versions = list(kpi.history.filter(history_date__lte=max(moments)).order_by("history_date", "history_id"))
    versions = versions or list(kpi.history.order_by("history_date", "history_id")[:1])
    if not versions:
        return [kpi for _ in moments]
    then = (bisect_right(versions, at, key=lambda version: version.history_date) for at in moments)
    return [versions[max(0, number - 1)].instance for number in then]


def parents(*, at: datetime) -> dict[int, int | None]:
    """{department: the one above it} of then; what has no record of that time stands where it stands now."""
    return trees([at])[0]


def trees(moments: Sequence[datetime]) -> list[dict[int, int | None]]:
    """The same for several moments, in two queries."""
    now = dict(Department.objects.values_list("pk", "parent_id"))
    history = Department.history.filter(history_date__lte=max(moments)).order_by("history_date", "history_id")
    moves = [move for move in history.values_list("history_date", "id", "parent_id") if move[1] in now]
    found = []
    for at in moments:
        then = {pk: above for moved_at, pk, above in moves if moved_at <= at}
        found.append(now | {pk: above for pk, above in then.items() if above is None or above in now})
    return found


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
    rows = rows.values_list("department", "date", *STORED).order_by().iterator(5000)
    return added_up(rows, kpi, department, grain, calendar=calendar, parents=parents(at=at))


def added_up(
    rows: Iterable[tuple], kpi: Kpi, department: int, grain: Grain, *, calendar: Calendar, parents: dict
) -> dict[date, Sums]:
    """{period: what these observations come to}, each (department, date, value, numerator, denominator) as stored."""
    own = own_days(rows) if grain is Grain.DAY else recomputation.own(rows, recorded=kpi.recorded, calendar=calendar)
    totals = recomputation.tree(own, over_time=kpi.over_time, over_departments=kpi.over_departments, parents=parents)
    return {
        period: Sums(*total[:7], total.amount, total.reporting)
        for (place, at_grain, period), total in totals.items()
        if place == department and at_grain == grain
    }


def own_days(rows: Iterable[tuple]) -> dict:
    found = {}
    for department, day, value, numerator, denominator in rows:
        key = (department, str(Grain.DAY), day)
        one = recomputation.Sums(1, value, value, value, numerator, denominator, value, day)
        found[key] = recomputation.joined(found[key], one) if key in found else one
    return found


def period_of(day: date, kpi: Kpi, grain: Grain, calendar: Calendar) -> date | None:
    """The period that a value recorded for a day counts towards; None where the KPI has none of this grain."""
    return (
        day
        if grain is Grain.DAY
        else dict(recomputation.periods(day, recorded=kpi.recorded, calendar=calendar)).get(grain)
    )
