"""What may be done with an issue, by whom, and where its ball lies afterwards. No Django, no clock.

An issue is raised by one department and owned by another. Its ball lies in one department's court at a time; what
takes the ball forward is done by who holds it.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    WORKING = "working"
    RESOLVED = "resolved"
    DISPUTED = "disputed"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


CLOSED = frozenset({State.CONFIRMED, State.WITHDRAWN})
LIVE = frozenset(State) - CLOSED
SETTLED = CLOSED | {State.RESOLVED}  # the owner has had the ball as long as it took
OWNERS_TURN = frozenset({State.OPEN, State.ACCEPTED, State.WORKING, State.DISPUTED})  # the owner has something to do
TO_RESOLVE = OWNERS_TURN | {State.RETURNED}  # somebody waits for it to be resolved


class Party(StrEnum):
    """A department as an issue sees it."""

    OWNER = "owner"
    RAISER = "raiser"
    CHOSEN = "chosen"  # one that is named with the act
    NOBODY = "nobody"
    SAME = "same"  # whose court it was
    EITHER = "either"  # raiser or owner
    HOLDER = "holder"  # whoever's court the ball is in


class Act(StrEnum):
    RAISE = "raise"
    ACCEPT = "accept"
    RETURN = "return"
    COMPLETE = "complete"
    START = "start"
    PASS = "pass"  # noqa: S105
    PAUSE = "pause"
    RESUME = "resume"
    RESOLVE = "resolve"
    CONFIRM = "confirm"
    DISPUTE = "dispute"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"


ASKS_TO_ACCEPT = (Act.RAISE, Act.COMPLETE, Act.REOPEN)
ASKS_TO_RESOLVE = (Act.RAISE, Act.REOPEN, Act.DISPUTE)


class Rule(NamedTuple):
    """`by` may do it, holding the ball where it `needs_ball`; `to` is the state afterwards, None where it stays."""

    by: Party
    when: frozenset[State]
    to: State | None
    court: Party
    needs_words: bool = False
    needs_ball: bool = True


RULES = {
    Act.ACCEPT: Rule(Party.OWNER, frozenset({State.OPEN}), State.ACCEPTED, Party.SAME),
    Act.START: Rule(Party.OWNER, frozenset({State.OPEN, State.ACCEPTED, State.DISPUTED}), State.WORKING, Party.SAME),
    Act.RETURN: Rule(
        Party.OWNER, frozenset({State.OPEN, State.ACCEPTED, State.WORKING}), State.RETURNED, Party.RAISER, True
    ),
    Act.COMPLETE: Rule(Party.RAISER, frozenset({State.RETURNED}), State.OPEN, Party.OWNER, True),
    Act.RESOLVE: Rule(Party.OWNER, OWNERS_TURN, State.RESOLVED, Party.RAISER, True),
    Act.CONFIRM: Rule(Party.RAISER, frozenset({State.RESOLVED}), State.CONFIRMED, Party.NOBODY),
    Act.DISPUTE: Rule(Party.RAISER, frozenset({State.RESOLVED}), State.DISPUTED, Party.OWNER, True),
    Act.PASS: Rule(Party.HOLDER, LIVE, None, Party.CHOSEN, True),
    Act.PAUSE: Rule(Party.HOLDER, LIVE, None, Party.SAME, True),
    Act.RESUME: Rule(Party.HOLDER, LIVE, None, Party.SAME),
    Act.WITHDRAW: Rule(Party.RAISER, LIVE, State.WITHDRAWN, Party.NOBODY, True, needs_ball=False),
    Act.REOPEN: Rule(Party.EITHER, CLOSED, State.OPEN, Party.OWNER, True, needs_ball=False),
}


class Standing(NamedTuple):
    """Where an issue stands: departments by their keys; `court` is None where it is closed."""

    raiser: int
    owner: int
    state: State
    court: int | None
    is_paused: bool = False

    def parties(self, party: Party) -> set[int]:
        found = {
            Party.OWNER: {self.owner},
            Party.RAISER: {self.raiser},
            Party.EITHER: {self.owner, self.raiser},
            Party.HOLDER: {self.court} - {None},
            Party.SAME: {self.court} - {None},
        }
        return found.get(party, set())

    def acting(self, act: Act) -> set[int]:
        """The departments that may do this now; none where nobody may."""
        rule = RULES[act]
        if self.state not in rule.when or (act == Act.RESUME) != self.is_paused and act in (Act.PAUSE, Act.RESUME):
            return set()
        found = self.parties(rule.by)
        return found & {self.court} if rule.needs_ball else found

    def possible(self, departments: set[int]) -> Iterator[Act]:
        """What these departments may do now, in the order of the rules."""
        for act in RULES:
            if self.acting(act) & departments:
                yield act

    def after(self, act: Act, to: int | None = None) -> "Standing":
        """`to`: the department that the ball is passed to. Whatever is done but pausing ends a pause."""
        rule = RULES[act]
        courts = {Party.CHOSEN: to, Party.NOBODY: None, Party.SAME: self.court}
        court = courts[rule.court] if rule.court in courts else next(iter(self.parties(rule.court)))
        return self._replace(state=rule.to or self.state, court=court, is_paused=act == Act.PAUSE)
