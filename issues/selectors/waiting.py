"""Who has an issue's ball since when, what that department promised, and how much of its time is used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from django.utils import timezone

from departments.business import BusinessHours
from departments.selectors import business_hours, days_off
from issues.clock import NOTHING, Clocks, Stretch, clocks, stretches
from issues.flow import ASKS_TO_ACCEPT, ASKS_TO_RESOLVE, TO_RESOLVE, Act, State
from issues.models import Issue, Move
from issues.models.promise import Kind

SOON = 0.75  # of what is allowed
AN_HOUR = timedelta(hours=1)
AHEAD = timedelta(days=400)  # so far an unbroken wait is looked ahead


@dataclass(frozen=True)
class Time:
    """Working time, and the days on which departments are paused: right for moments between two days."""

    hours: BusinessHours
    off: dict[int, frozenset[date]]

    @classmethod
    def around(cls, departments: Sequence[int], first: datetime, last: datetime) -> "Time":
        first, last = timezone.localdate(first), timezone.localdate(last) + AHEAD
        return cls(business_hours(first, last), days_off(departments, first, last))


class Running(NamedTuple):
    """Something that a department has to do, since a move: `used` of what is `allowed`, in working time.

    `due_at` is when that is used up, None while its clock stands. Its steps are counted from when it was last `asked`
    for, of which `waited` is over: the same move, but where what was resolved is disputed.
    """

    kind: Kind
    department_id: int
    move: Move
    allowed: timedelta
    used: timedelta
    due_at: datetime | None
    is_promised: bool
    asked: Move
    waited: timedelta

    @property
    def is_missed(self) -> bool:
        return self.used >= self.allowed


@dataclass
class Waiting:
    """An issue's moves, oldest first, and what they mean at a moment."""

    issue: Issue
    moves: list[Move]
    at: datetime
    time: Time

    def __post_init__(self):
        turns = [move.turn for move in self.moves]
        self.stretches: list[Stretch] = stretches(turns, upto=self.at, hours=self.time.hours, off=self.time.off)

    @property
    def clocks(self) -> Clocks:
        return clocks(self.stretches)

    @property
    def owners(self) -> timedelta:
        """How long the owner had the ball."""
        return self.clocks.by_department.get(self.issue.owner_id, NOTHING)

    @property
    def held(self) -> timedelta:
        """How long the ball has lain where it lies."""
        return self.used(self.now.court_id, self.given().at)

    @property
    def now(self) -> Move:
        return self.moves[-1]

    def began(self, *acts: Act) -> Move:
        return next(move for move in reversed(self.moves) if move.act in acts)

    def used(self, department: int, since: datetime, state: str | None = None) -> timedelta:
        """How long a department had the ball since a moment; in one state alone, where that is given."""
        found = (s for s in self.stretches if s.court == department and s.start >= since and state in (None, s.state))
        return sum((each.waited for each in found), NOTHING)

    def running(self) -> list[Running]:
        """What is to be done by now and is not; nothing where the issue is closed."""
        return [*self.accepting(), *self.resolving(), *self.answering()]

    def accepting(self):
        if self.now.state == State.OPEN:
            began = self.began(*ASKS_TO_ACCEPT)
            used = self.used(self.issue.owner_id, began.at, State.OPEN)
            yield self.run(Kind.ACCEPT, self.issue.owner_id, began, timedelta(hours=self.issue.terms.accept), used)

    def resolving(self):
        if self.now.state in TO_RESOLVE:
            yield self.resolution()

    def resolution(self) -> Running:
        asked = self.began(*ASKS_TO_RESOLVE)
        used, waited = (self.used(self.issue.owner_id, each.at) for each in (self.came(), asked))
        found = self.run(Kind.RESOLVE, self.issue.owner_id, self.came(), self.to_resolve(), used)
        return found._replace(asked=asked, waited=waited)

    def came(self) -> Move:
        """The move with which it began, or began again."""
        return self.began(Act.RAISE, Act.REOPEN)

    def to_resolve(self) -> timedelta:
        issue = self.issue
        if issue.agreement is None and issue.needed_by:
            return max(self.until(issue.needed_by), AN_HOUR)  # also where that day is over
        return issue.terms.resolve_within(issue.severity)

    def until(self, day: date) -> timedelta:
        """The working time from when it began to the end of a day."""
        end = timezone.make_aware(datetime.combine(day, time.max))
        return self.time.hours.between(self.came().at, end)

    def answering(self):
        court = self.now.court_id
        if court not in (None, self.issue.owner_id) or self.now.state == State.RESOLVED:
            began = self.given()
            used = self.used(court, began.at)
            yield self.run(Kind.ANSWER, court, began, timedelta(hours=self.issue.terms.answer), used)

    def given(self) -> Move:
        """The move with which the ball came to where it lies."""
        began = self.now
        for move in reversed(self.moves):
            if move.court_id != self.now.court_id:
                break
            began = move
        return began

    def run(self, kind: Kind, department: int, began: Move, allowed: timedelta, used: timedelta) -> Running:
        issue = self.issue
        promised = issue.agreement is not None and department in (issue.raiser_id, issue.owner_id)
        due_at = self.when(department, allowed - used)
        return Running(kind, department, began, allowed, used, due_at, promised, began, used)

    def when(self, department: int, left: timedelta) -> datetime | None:
        """The moment when a department has used so much more; None while its clock stands, or where that is past."""
        if self.now.court_id != department or self.now.is_paused or left < NOTHING:
            return None
        return self.time.hours.after(self.at, left, off=self.time.off.get(department, frozenset()))


def waiting(issue: Issue, *, at: datetime, known_at: datetime | None = None) -> Waiting:
    """As it stands at a moment: `at`, or as it was known at an earlier one."""
    moves = list(issue.moves.known_at(known_at).select_related("by", "court").order_by("number"))
    return Waiting(issue, moves, known_at or at, Time.around(courts(moves), issue.raised_at, at))


def courts(moves: Sequence[Move]) -> list[int]:
    return sorted({move.court_id for move in moves if move.court_id})
