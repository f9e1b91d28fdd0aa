"""Lists of issues as known at a moment."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import prefetch_related_objects

from issues.flow import State
from issues.models import Escalation, Issue, Move
from issues.models.issue import STATES
from issues.selectors.board import SHOWN, Column
from issues.selectors.listed import FURTHER, Listed
from issues.selectors.standing import Stood
from issues.selectors.waiting import Time, Waiting, courts
from issues.selectors.wording import put_as_known


def listed_then(keys: Sequence[int], *, at: datetime) -> list[Listed]:
    """As `listed`, of what was known at a moment. A constant number of queries."""
    issues = Issue.objects.select_related("agreement").in_bulk(keys)
    prefetch_related_objects(list(issues.values()), "raiser", "owner")
    put_as_known(issues, at=at)
    moves: dict[int, list[Move]] = {key: [] for key in keys}
    for move in Move.objects.known_at(at).filter(issue__in=keys).oldest_first().select_related("court"):
        moves[move.issue_id].append(move)
    steps = steps_then(keys, at=at)
    every = [move for found in moves.values() for move in found]
    time = Time.around(courts(every), min((move.at for move in every), default=at), at)
    return [row_then(Waiting(issues[key], moves[key], at, time), steps) for key in keys]


def row_then(found: Waiting, steps: dict[tuple[int, str], list[str]]) -> Listed:
    issue, now = found.issue, found.now
    issue.state, issue.court, issue.is_paused, issue.moved_at = now.state, now.court, now.is_paused, now.at
    issue.since = found.given().at
    if not issue.is_open:
        return Listed(issue, None, "")
    here = (run for run in found.running() if run.department_id == now.court_id)
    taken = [step for run in here for step in steps.get((run.asked.pk, run.kind), [])]
    return Listed(issue, found.held, max(taken, key=FURTHER.index, default=""))


def steps_then(keys: Iterable[int], *, at: datetime) -> dict[tuple[int, str], list[str]]:
    """By the move since which something is waited for, and what that is: the steps taken by then."""
    found: dict[tuple[int, str], list[str]] = {}
    taken = Escalation.objects.known_at(at).filter(issue__in=keys).values_list("move", "kind", "step")
    for move, kind, step in taken:
        found.setdefault((move, kind), []).append(step)
    return found


def columns_then(keys: Iterable[int], then: dict[int, Stood], *, at: datetime, states: Iterable[State]) -> list[Column]:
    """As `columns`, of these issues, the most urgent first."""
    by_state: dict[str, list[int]] = {str(state): [] for state in states}
    for key in keys:
        by_state[then[key].state].append(key)
    shown = [key for some in by_state.values() for key in some[:SHOWN]]
    rows = listed_then(shown, at=at)
    return [
        Column(State(state), STATES[State(state)], len(some), [row for row in rows if row.issue.state == state])
        for state, some in by_state.items()
    ]
