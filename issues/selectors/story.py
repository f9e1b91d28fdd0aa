"""An issue as its page tells it: what happened, who waited for whom how long, and what is promised next."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from typing import NamedTuple

from django.utils import timezone

from departments.models import Department, User
from issues.clock import Clocks, Stretch, pieces
from issues.flow import CLOSED
from issues.models import Escalation, FileChange, Issue, Move
from issues.selectors.mediation import Course, Happened, courses
from issues.selectors.waiting import Running, Waiting, waiting
from issues.selectors.wording import Reworded, put_as, reworded, versions

WIDTH = 1000  # of the bar, in its own units


class Part(NamedTuple):
    """A piece of a stretch in the bar, to scale: `x` and `width` of WIDTH."""

    department: Department
    who: str  # raiser, owner or other
    is_paused: bool
    x: float
    width: float
    stretch: Stretch


class Filed(NamedTuple):
    """Something that was done with a file."""

    by: User
    did: str
    name: str


class Step(NamedTuple):
    """A move, an escalation, a step of a mediation, something done with a file, or other words; and how long the ball
    lay from then on (a move's alone)."""

    at: datetime
    move: Move | None
    escalation: Escalation | None
    lasted: timedelta | None
    mediated: Happened | None = None
    filed: Filed | None = None
    reworded: Reworded | None = None


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
    wordings = versions(issue, known_at=known_at)
    if known_at and wordings:
        put_as(issue, wordings[-1])
    found = waiting(issue, at=at, known_at=known_at)
    places = [issue.raiser, issue.owner, *(move.court for move in found.moves if move.court)]
    lasted = {each.start: each.worked for each in found.stretches}
    steps = [Step(move.at, move, None, lasted.get(move.at)) for move in found.moves]
    escalations = issue.escalations.known_at(known_at).select_related("department")
    steps += [Step(each.at, None, each, None) for each in escalations]
    mediations = courses(issue, is_open=found.now.state not in CLOSED, known_at=known_at)
    steps += [Step(each.at, None, None, None, each) for course in mediations for each in course.happened()]
    steps += [Step(at, None, None, None, filed=done) for at, done in filed(issue, known_at=known_at)]
    steps += [Step(each.at, None, None, None, reworded=each) for each in reworded(wordings)]
    steps.sort(key=lambda step: step.at)
    return Story(issue, found, steps, {place.pk: place for place in places}, mediations)


def filed(issue: Issue, *, known_at: datetime | None) -> list[tuple[datetime, Filed]]:
    """What was done with its files, and when. Two queries."""
    attached = [each for each in issue.attachments.select_related("by") if not known_at or each.at <= known_at]
    found = [(each.at, Filed(each.by, "attached", each.name)) for each in attached]
    changes = FileChange.objects.known_at(known_at).filter(attachment__issue=issue).select_related("by", "attachment")
    did = {True: "removed", False: "brought back"}
    return [*found, *((each.at, Filed(each.by, did[each.is_removal], each.attachment.name)) for each in changes)]
