"""An issue as its page tells it: what happened, who waited for whom how long, and what is promised next."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from typing import NamedTuple

from django.utils import timezone

from departments.models import Department
from issues.clock import Clocks, Stretch, pieces
from issues.flow import CLOSED
from issues.models import Escalation, Issue, Move
from issues.selectors.mediation import Course, Happened, courses
from issues.selectors.waiting import Running, Waiting, waiting

WIDTH = 1000  # of the bar, in its own units


class Part(NamedTuple):
    """A piece of a stretch in the bar, to scale: `x` and `width` of WIDTH."""

    department: Department
    who: str  # raiser, owner or other
    is_paused: bool
    x: float
    width: float
    stretch: Stretch


class Step(NamedTuple):
    """A move, an escalation or a step of a mediation, and how long the ball lay from then on (a move's alone)."""

    at: datetime
    move: Move | None
    escalation: Escalation | None
    lasted: timedelta | None
    mediated: Happened | None = None


@dataclass
class Story:
    issue: Issue
    waiting: Waiting
    steps: list[Step]
    departments: dict[int, Department]
    mediations: list[Course]

    @property
    def mediation(self) -> Course | None:
        """The newest."""
        return self.mediations[0] if self.mediations else None

    @property
    def now(self) -> Move:
        """The newest move: where it stands."""
        return self.waiting.now

    @property
    def on(self) -> date:
        """The day as of which it is told."""
        return timezone.localdate(self.waiting.at)

    @property
    def clocks(self) -> Clocks:
        return self.waiting.clocks

    @property
    def turns(self) -> list[tuple[Department, timedelta]]:
        """How long each department had the ball, the longest first."""
        found = sorted(self.clocks.by_department.items(), key=lambda pair: -pair[1])
        return [(self.departments[key], length) for key, length in found]

    @property
    def running(self) -> list[tuple[Department, Running]]:
        return [(self.departments[each.department_id], each) for each in self.waiting.running()]

    @property
    def bar(self) -> list[Part]:
        whole, x, parts = self.clocks.elapsed, 0.0, []
        time = self.waiting.time
        found = [pieces(each, hours=time.hours, off=time.off[each.court]) for each in self.waiting.stretches]
        for each in chain(*found):
            width = WIDTH * (each.worked / whole) if whole else 0.0
            is_paused = bool(each.paused)
            parts.append(Part(self.departments[each.court], self.who(each.court), is_paused, x, width, each))
            x += width
        return [part for part in parts if part.width]

    def who(self, department: int) -> str:
        return {self.issue.raiser_id: "raiser", self.issue.owner_id: "owner"}.get(department, "other")


def story(issue: Issue, *, at: datetime, known_at: datetime | None = None) -> Story:
    found = waiting(issue, at=at, known_at=known_at)
    places = [issue.raiser, issue.owner, *(move.court for move in found.moves if move.court)]
    lasted = {each.start: each.worked for each in found.stretches}
    steps = [Step(move.at, move, None, lasted.get(move.at)) for move in found.moves]
    escalations = issue.escalations.known_at(known_at).select_related("department")
    steps += [Step(each.at, None, each, None) for each in escalations]
    mediations = courses(issue, is_open=found.now.state not in CLOSED, known_at=known_at)
    steps += [Step(each.at, None, None, None, each) for course in mediations for each in course.happened()]
    steps.sort(key=lambda step: step.at)
    return Story(issue, found, steps, {place.pk: place for place in places}, mediations)
