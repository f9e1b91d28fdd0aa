"""What a department has to do with others: balls in its court, what it waits for, what it promised, what it risks."""

from datetime import date, datetime
from typing import NamedTuple

from departments.models import Department
from issues.models import Commitment, Issue, Risk
from issues.selectors import commitments
from issues.selectors.listed import Listed, listed

SHOWN = 5


class Part(NamedTuple):
    """The most urgent of something, and how many there are."""

    rows: list
    count: int


class Dealings(NamedTuple):
    """`waiting` for the department, `waited_for` by it; `promised` for this week or before; `risks` that are above what
    is accepted or have to be looked at."""

    waiting: Part
    waited_for: Part
    promised: Part
    risks: Part

    @property
    def balls(self) -> list[tuple[Part, str, str]]:
        """Each with what it is called, and how a list of issues asks for all of it."""
        return [(self.waiting, "In its court", "ball"), (self.waited_for, "It waits for", "ball=away&raiser")]

    @property
    def are_any(self) -> bool:
        return any(part.count for part in self)


def dealings(department: Department, *, on: date, at: datetime) -> Dealings:
    """Balls and risks with those of all below it; what it waits for and promised, of the department itself.

    A constant number of queries.
    """
    below = Department.objects.below([department])
    waiting = Issue.objects.in_court_of(department)
    waited_for = Issue.objects.waited_for_by([department])
    promised = Commitment.objects.filter(department=department).due_by(commitments.sunday(on))
    rated = Risk.objects.filter(department__in=below).open().rated()
    risks = rated.to_look_at(on=on).gravest_first()
    return Dealings(
        balls(waiting, at),
        balls(waited_for, at),
        Part(commitments.listed(promised.soonest_first()[:SHOWN], on=on), promised.count()),
        Part(list(risks[:SHOWN]), risks.count()),
    )


def balls(issues, at: datetime) -> Part:
    rows: list[Listed] = listed(issues.most_urgent_first()[:SHOWN], at=at)
    return Part(rows, issues.count())
