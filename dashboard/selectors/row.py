"""A department of the overview."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from dashboard.selectors.between import added, longest_stuck
from departments.models import Department, User
from kpis.selectors.book import Book
from kpis.selectors.judged import Line
from meetings.models import WeeklyStatus
from meetings.selectors.machine import DataSay

KINDS = {"on": ["on"], "missed": ["risk", "off"], "off": ["off"]}


@dataclass
class Row:
    """A department directly under the agency, with all below it; or what the agency itself measures.

    `status` is the newest of this week and the one before, as far as it was sent; `is_in` whether that of the
    week before was. `balls` lie in their court, of which so many are `late`; of what was `promised` in the last 13
    weeks so much was `kept`, and so much is `overdue`; so many `risks` are above what is accepted; `stuck` is the issue
    that has been with the COO longest.
    """

    department: Department
    head: User | None
    lines: list[Line]
    fte: Decimal | None  # None where nobody is entered
    status: WeeklyStatus | None = None
    is_in: bool = False
    balls: int = 0
    late: int = 0
    kept: int = 0
    promised: int = 0
    overdue: int = 0
    risks: int = 0
    stuck: tuple[Department, dict] | None = None

    @property
    def has_dealings(self) -> bool:
        """Whether there is something between it and others."""
        return bool(self.balls or self.promised or self.overdue or self.risks)

    @cached_property
    def data(self) -> DataSay:
        """What the data say beside what the head reports."""
        limited = [line for line in self.lines if line.behaviour and line.behaviour.limits]
        misses = [line.kpi for line in limited if line.behaviour.assurance == "misses"]
        return DataSay(len(limited), [line.kpi for line in self.concerns], misses, self.overdue)

    @property
    def differs(self) -> bool:
        return bool(self.status) and self.status.health == "on" and self.data.kind == "concern"

    def of_kind(self, *kinds: str) -> list[Line]:
        return [line for line in self.lines if line.kind in kinds]

    @cached_property
    def due(self) -> list[Line]:
        return [line for line in self.lines if line.latest and line.kpi.is_handed_in]

    @cached_property
    def missing(self) -> list[Line]:
        return [line for line in self.due if line.latest.is_missing]

    @property
    def reported(self) -> int:
        return len(self.due) - len(self.missing)

    @cached_property
    def judged(self) -> list[Line]:
        """Those with a target, and an answer to hold against it."""
        return self.of_kind("on", "risk", "off")

    @property
    def on_target(self) -> int:
        return len(self.of_kind("on"))

    @cached_property
    def keeps_missing(self) -> list[Line]:
        return self.of_kind("off")

    @cached_property
    def concerns(self) -> list[Line]:
        return [line for line in self.lines if line.sign and line.sign.kind == "concern"]

    def counted(self, what: str) -> list[Line]:
        if what in ("due", "missing", "judged", "concerns"):
            return getattr(self, what)
        if what == "reported":
            return [line for line in self.due if not line.latest.is_missing]
        return self.of_kind(*KINDS[what])

    @property
    def kind(self) -> str:
        """The row in a word, worst first, by the newest answers there are."""
        if not self.judged:
            return "none" if self.missing else "untargeted"
        return "off" if self.keeps_missing else "risk" if self.of_kind("risk") else "on"


def is_open(department: Department, upto: date) -> bool:
    return department.closed_on is None or department.closed_on >= upto


def row(book: Book, nodes: list[Department], department: Department, by_department) -> Row:
    below = [d for d in nodes if d.pk in book.tree.below(department.pk)]
    entered = [d.fte for d in below if d.fte is not None]
    found = [line for d in [department, *(d for d in below if d != department)] for line in by_department[d.pk]]
    fte = sum(entered) if entered else None
    return Row(department, book.heads.get(department.pk), found, fte, stuck=longest_stuck(below), **added(below))
