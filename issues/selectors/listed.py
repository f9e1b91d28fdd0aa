"""Issues in a list: each with how long its ball has lain where it lies, in working time."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import NamedTuple

from django.db.models import Exists, F, OuterRef, Q, prefetch_related_objects

from issues.models import Escalation, Issue, Move
from issues.selectors.waiting import Time, Waiting

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
    lain, steps = held(open_ones, at), furthest(open_ones)
    return [Listed(issue, lain.get(issue.pk), steps.get(issue.pk, "")) for issue in found]


def held(issues: list[Issue], at: datetime) -> dict[int, timedelta]:
    """How long the ball of each of these open ones has lain where it lies, as its page says it."""
    since = min((issue.since for issue in issues), default=at)
    time = Time.around(sorted({issue.court_id for issue in issues}), since, at)
    moves: dict[int, list[Move]] = {issue.pk: [] for issue in issues}
    for move in Move.objects.filter(issue__in=issues, at__gte=F("issue__since")).oldest_first():
        moves[move.issue_id].append(move)
    return {issue.pk: Waiting(issue, moves[issue.pk], at, time).held for issue in issues}


def furthest(issues: list[Issue]) -> dict[int, str]:
    """The furthest step that each of these took of what is waited for."""
    taken = Escalation.objects.filter(issue__in=issues).standing().values_list("issue", "step")
    return dict(sorted(taken, key=lambda pair: FURTHER.index(pair[1])))


def speaking_of(issues, words: str, *, known_at: datetime | None = None):
    """Those with all of these words; “12” and “#12” also find the one of that number. With a moment: issues that are
    `put_at` it, and of what was said with moves what was known."""
    texts = [f"{'put_' if known_at else ''}{name}__icontains" for name in ("title", "needed", "matters")]
    number = words.removeprefix("#")
    by_number = Q(pk=int(number)) if number.isdecimal() and len(number) < 19 else Q(pk=None)
    every = Q()
    for word in words.split():
        moved = Q(Exists(Move.objects.known_at(known_at).filter(issue=OuterRef("pk"), words__icontains=word)))
        every &= reduce(or_, (Q(**{text: word}) for text in texts), moved)
    return issues.filter(every | by_number)
