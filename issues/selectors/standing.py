"""Where issues stand: asked of their rows, or of their moves where it is asked how it was at a moment."""

from datetime import datetime
from typing import NamedTuple

from django.db.models import QuerySet

from issues.flow import CLOSED, SETTLED
from issues.models import Move

OPEN, CLOSED_ONES, ALL = "open", "closed", "all"


class Stood(NamedTuple):
    """Where an issue stood: `court` (a key, None where it was closed) since when."""

    raiser: int
    state: str
    court: int | None
    since: datetime


class Wanted(NamedTuple):
    """Where issues are to stand. `state`: one of theirs, or open, closed, all; `ball`: mine, theirs, away, in, or
    anywhere (""); `courts`: the keys of the departments that is about; `settled`: those settled since then."""

    state: str = OPEN
    ball: str = ""
    courts: frozenset[int] = frozenset()
    settled: datetime | None = None
    is_late: bool = False

    def of(self, issues: QuerySet) -> QuerySet:
        """Those of these issues that stand so."""
        if self.state == OPEN or self.is_late:
            issues = issues.open()
        if self.state == CLOSED_ONES:
            issues = issues.closed()
        elif self.state not in (OPEN, ALL):
            issues = issues.filter(state=self.state)
        if self.settled:
            issues = issues.settled().filter(since__gte=self.settled)
        if self.ball in ("mine", "in"):
            return issues.waiting_for(self.courts)
        if self.ball == "theirs":
            return issues.waited_for_by(self.courts)
        return issues.away() if self.ball == "away" else issues

    def fits(self, each: Stood) -> bool:
        """The same of one that stood somewhere."""
        is_open = each.state not in CLOSED
        stands = {OPEN: is_open, CLOSED_ONES: not is_open, ALL: True}.get(self.state, each.state == self.state)
        was_settled = self.settled is None or (each.state in SETTLED and each.since >= self.settled)
        lies = {
            "": True,
            "mine": each.court in self.courts,
            "in": each.court in self.courts,
            "theirs": is_open and each.raiser in self.courts and each.court not in self.courts,
            "away": is_open and each.court != each.raiser,
        }[self.ball]
        return stands and was_settled and lies and (is_open or not self.is_late)


def stood(issues: QuerySet, *, at: datetime) -> dict[int, Stood]:
    """By key, of these issues those that were known at a moment. One query, of all their moves."""
    moves = Move.objects.known_at(at).filter(issue__in=issues.order_by()).oldest_first()
    found: dict[int, Stood] = {}
    for key, raiser, state, court, moved_at in moves.values_list("issue", "issue__raiser", "state", "court", "at"):
        before = found.get(key)
        since = before.since if before and before.court == court else moved_at
        found[key] = Stood(raiser, state, court, since)
    return found
