"""What an event log says of the groups that handed cases to each other."""

from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from django.db.models import Count, Q, Sum

from issues.models import EventGroup, EventLog, Handover
from issues.selectors.medians import medians


class Passed(NamedTuple):
    """How often cases went from one group to another, and the median of how long the first one had had them."""

    left: EventGroup
    came_to: EventGroup
    count: int
    worked: timedelta
    elapsed: timedelta

    @property
    def ends(self) -> tuple[EventGroup, EventGroup]:
        return self.left, self.came_to


@dataclass
class Handovers:
    """`pairs`: the most frequent first. `groups`: all of the log, those with the most hand-overs first.

    `reopened` are reopenings, of `reopened_cases`; None is what the log does not say.
    """

    log: EventLog
    groups: list[EventGroup]
    pairs: list[Passed]
    cases: int
    handed_over: int  # cases with a hand-over
    reopened: int | None
    reopened_cases: int
    kept: int
    missed: int

    @property
    def count(self) -> int:
        return sum(pair.count for pair in self.pairs)

    @property
    def share_kept(self) -> float | None:
        told = self.kept + self.missed
        return 100 * self.kept / told if told else None


def handovers(log: EventLog) -> Handovers:
    passes = Handover.objects.filter(case__log=log)
    worked = medians(passes, "worked", by=("left", "came_to"))
    elapsed = medians(passes, "elapsed", by=("left", "came_to"))
    named = {group.pk: group for group in log.groups.select_related("department").order_by("name")}
    pairs = [
        Passed(named[left], named[came_to], many, length(median), length(elapsed[left, came_to][1]))
        for (left, came_to), (many, median) in worked.items()
    ]
    pairs.sort(key=lambda pair: (-pair.count, pair.left.name, pair.came_to.name))
    busy = dict.fromkeys(named, 0)
    for pair in pairs:
        busy[pair.left.pk] += pair.count
        busy[pair.came_to.pk] += pair.count
    sums = log.cases.aggregate(
        cases=Count("pk"),
        reopened_cases=Count("pk", filter=Q(reopened__gt=0)),
        reopened=Sum("reopened"),
        kept=Count("pk", filter=Q(is_kept=True)),
        missed=Count("pk", filter=Q(is_kept=False)),
    )
    handed_over = passes.aggregate(cases=Count("case", distinct=True))["cases"]
    groups = sorted(named.values(), key=lambda group: -busy[group.pk])
    return Handovers(log=log, groups=groups, pairs=pairs, handed_over=handed_over, **sums)


def length(seconds) -> timedelta:
    return timedelta(seconds=float(seconds))
