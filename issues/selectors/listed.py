"""Issues in a list: each with how long its ball has lain where it lies, in working time."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, prefetch_related_objects

from issues.models import Escalation, Issue, Move
from issues.selectors.waiting import Time

FURTHER = Escalation.Step.values  # each of them goes further than those before


class Listed(NamedTuple):
    issue: Issue
    held: timedelta | None  # None where it is closed
    escalated: str  # the furthest step of what is waited for; "" for none


def listed(issues: Iterable[Issue], *, at: datetime) -> list[Listed]:
    """The given issues, in their order. Their departments are looked up once they are chosen: to join those to all
    issues first takes longer than all the rest."""
    found = list(issues)
    prefetch_related_objects(found, "raiser", "owner", "court")
    open_ones = [issue for issue in found if issue.is_open]
    since = min((issue.moved_at for issue in open_ones), default=at)
    time = Time.around(sorted({issue.court_id for issue in open_ones}), since, at)
    steps = furthest(open_ones)
    return [Listed(issue, held(issue, time, at), steps.get(issue.pk, "")) for issue in found]


def held(issue: Issue, time: Time, at: datetime) -> timedelta | None:
    if not issue.is_open:
        return None
    since, off = timedelta(seconds=issue.held), time.off.get(issue.court_id, frozenset())
    return since if issue.is_paused else since + time.hours.between(issue.moved_at, at, off=off)


def furthest(issues: list[Issue]) -> dict[int, str]:
    """The furthest step that each of these took of what is waited for."""
    taken = Escalation.objects.filter(issue__in=issues).standing().values_list("issue", "step")
    return dict(sorted(taken, key=lambda pair: FURTHER.index(pair[1])))


def speaking_of(issues, words: str, *, known_at: datetime | None = None):
    """Those with all of these words; “12” and “#12” also find the one of that number. Of what was said with moves, what
    was known."""
    number = words.removeprefix("#")
    by_number = Q(pk=int(number)) if number.isdecimal() and len(number) < 19 else Q(pk=None)
    every = Q()
    for word in words.split():
        moved = Q(Exists(Move.objects.known_at(known_at).filter(issue=OuterRef("pk"), words__icontains=word)))
        every &= Q(title__icontains=word) | Q(needed__icontains=word) | Q(matters__icontains=word) | moved
    return issues.filter(every | by_number)
