"""Recording what KPIs should be. A target is superseded, never updated."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from departments.models import User
from kpis import goals
from kpis.goals import Goal, Stretch
from kpis.models import Kpi, Target

CHUNK = 5000


class Aim(NamedTuple):
    """A goal for a stretch of days: standing where `ends_on` is None, for all departments where there is none."""

    kpi_id: int
    department_id: int | None
    starts_on: date
    ends_on: date | None
    goal: Goal


class NeedsABand(Exception):
    """A KPI that is best inside a band was given a single number."""


def goal_for(target: Decimal | Goal, *, direction: str) -> Goal:
    """The least and the most that a target means: at least, where higher is better; at most, where lower is."""
    if isinstance(target, Goal):
        return target
    match direction:
        case Kpi.Direction.UP:
            return Goal(target, None)
        case Kpi.Direction.DOWN:
            return Goal(None, target)
        case Kpi.Direction.NEUTRAL:
            return Goal(target, target)
    raise NeedsABand


class TargetSuperseded(Exception):
    """Somebody else changed or ended the target in the meantime."""


@transaction.atomic
def record_targets(aims: Iterable[Aim], *, by: User | None, at: datetime, reason: str = "") -> int:
    """Write the targets that say something new; how many did.

    An exception that the target in force already says is not written. Of two for the same stretch the later one counts.
    Safe to run twice: the second time nothing is new.
    """
    aims, written = iter(aims), 0
    while chunk := {aim[:4]: aim for aim in islice(aims, CHUNK)}:
        written += record_some(list(chunk.values()), by=by, at=at, reason=reason)
    return written


def record_some(aims: list[Aim], *, by: User | None, at: datetime, reason: str) -> int:
    standing = Standing(aims)
    fresh = [aim for aim in aims if not standing.says(aim)]
    stale = [standing.rows[aim[:4]] for aim in fresh if aim[:4] in standing.rows]
    Target.objects.filter(pk__in=stale).update(superseded_at=at, superseded_by=by)
    Target.objects.bulk_create(
        [
            Target(
                kpi_id=aim.kpi_id,
                department_id=aim.department_id,
                starts_on=aim.starts_on,
                ends_on=aim.ends_on,
                **aim.goal._asdict(),
                reason=reason,
                recorded_at=at,
                recorded_by=by,
            )
            for aim in fresh
        ],
        batch_size=CHUNK,
    )
    return len(fresh)


@transaction.atomic
def change_target(target: Target, *, by: User | None, at: datetime) -> Target:
    """What `target` now says becomes a row of its own; the row it came from is superseded. Raises TargetSuperseded."""
    end_target(target, by=by, at=at)
    target.pk, target.recorded_by, target.recorded_at = None, by, at
    target.save(force_insert=True)
    return target


def end_target(target: Target, *, by: User | None, at: datetime):
    """The target holds no more and stays on record. The second time, and a second person, raise TargetSuperseded."""
    if not Target.objects.current().filter(pk=target.pk).update(superseded_at=at, superseded_by=by):
        raise TargetSuperseded("Somebody else changed this target in the meantime.")


class Standing:
    """The current targets of some aims' KPIs within these days: by exact stretch, and by KPI for what is in force."""

    def __init__(self, aims: list[Aim]):
        first, last = min(aim.starts_on for aim in aims), max(aim.ends_on or aim.starts_on for aim in aims)
        found = Target.objects.current().filter(kpi__in={aim.kpi_id for aim in aims}, starts_on__lte=last)
        found = found.filter(Q(ends_on=None) | Q(ends_on__gte=first))
        self.rows, self.goals, self.stretches = {}, {}, defaultdict(list)
        for pk, lower, upper, *stretch in found.values_list("pk", "lower", "upper", *Aim._fields[:4]):
            key, goal = tuple(stretch), Goal(lower, upper)
            self.rows[key], self.goals[key] = pk, goal
            self.stretches[key[:2]].append(Stretch(*key[1:], goal))

    def says(self, aim: Aim) -> bool:
        if aim[:4] in self.goals:
            return self.goals[aim[:4]] == aim.goal
        stretches = self.stretches[aim.kpi_id, aim.department_id]
        if aim.ends_on is None:  # standing targets are held against standing ones
            stretches = [each for each in stretches if each.ends_on is None]
        elif aim.department_id is not None:
            stretches = stretches + self.stretches[aim.kpi_id, None]
        on = aim.ends_on or aim.starts_on
        return goals.in_force(stretches, department=aim.department_id, on=on) == aim.goal
