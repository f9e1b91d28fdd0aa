"""A mediation as its rows tell it: what happened, where it stands, whom it waits for, and what of it a reader sees."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from django.db.models import Prefetch

from departments.models import Department, User
from departments.models.department import Reach
from issues.flow import CLOSED
from issues.models import Answer, FollowUp, Issue, Mediation, Position, Proposal, Settlement

DAY = "%a %-d %b %Y"
COMES_BACK = "On a day that is set with it, all three are asked whether it is held"
WAY = ["Both write how they see it", "The COO proposes terms", "Both agree, or the COO decides", COMES_BACK]


class Stage(StrEnum):
    VIEWS = "views"  # one of the two has not written yet, and the COO did not go on without
    TERMS = "terms"  # the COO has to propose
    ANSWERS = "answers"  # one of the two has not answered what is proposed
    REFUSED = "refused"  # one of the two does not agree: the COO proposes anew, or decides
    SETTLED = "settled"  # until the day of its follow-up
    DUE = "due"  # was it held?
    HELD = "held"
    BROKEN = "broken"
    RESTS = "rests"  # the issue was closed meanwhile


class Reader(NamedTuple):
    """Somebody as a mediation sees them: for which of the two they speak (the key, None for neither), and what they
    may read: what both sides write is for the COO and those who lead one of the two."""

    user: int | None = None
    side: int | None = None
    is_coo: bool = False
    is_inside: bool = False


ANYBODY = Reader()


def reader_of(user: User, issue: Issue, *, on: date) -> Reader:
    """The COO is for neither side. Who leads both, speaks for the one whose head or deputy they are themselves."""
    if user.role == User.Role.COO:
        return Reader(user.pk, None, True, True)
    mine = Department.objects.reachable_by(user, on=on, reach=Reach.WRITE)
    leads = set(mine.filter(pk__in=[issue.raiser_id, issue.owner_id]).values_list("pk", flat=True))
    themselves = [each.department_id for each in user.led(on=on) if each.department_id in leads]
    side = themselves[0] if themselves else next(iter(leads)) if len(leads) == 1 else None
    return Reader(user.pk, side, False, bool(leads))


def may_call(issue: Issue, newest: "Course | None", reader: Reader) -> bool:
    """Not where the COO is a side, nor before the last mediation is over."""
    is_coos = None in (issue.raiser.parent_id, issue.owner.parent_id)
    return bool(reader.side) and issue.is_open and not is_coos and (newest is None or newest.is_over)


class Happened(NamedTuple):
    """Something that happened in a mediation: `by` whom (None: by itself) and what; `words` as far as one may read."""

    at: datetime
    by: User | None
    did: str
    words: str = ""
    hides: bool = False  # there are words that this reader does not see


@dataclass
class Course:
    """A mediation with all its rows, as they are known."""

    mediation: Mediation
    issue: Issue
    is_open: bool  # the issue
    positions: list[Position] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)
    answers: dict[int, list[Answer]] = field(default_factory=dict)  # by the key of their proposal
    settlement: Settlement | None = None
    came_back_at: datetime | None = None
    follow_up: FollowUp | None = None

    @property
    def sides(self) -> list[Department]:
        return [self.issue.raiser, self.issue.owner]

    @property
    def missing(self) -> list[Department]:
        """Who has not written their view."""
        written = {each.department_id for each in self.positions}
        return [side for side in self.sides if side.pk not in written]

    @property
    def newest(self) -> Proposal | None:
        return self.proposals[-1] if self.proposals else None

    @property
    def number(self) -> int:
        """Of the newest proposal; 0 where there is none."""
        return len(self.proposals)

    @property
    def given(self) -> list[Answer]:
        """The answers to the newest proposal."""
        return self.answers.get(self.newest.pk, []) if self.newest else []

    @property
    def silent(self) -> list[Department]:
        """Who has not answered the newest proposal."""
        answered = {each.department_id for each in self.given}
        return [side for side in self.sides if self.newest and side.pk not in answered]

    @property
    def is_sealed(self) -> bool:
        """Whether neither side reads the other yet."""
        return bool(self.missing) and not self.proposals

    def is_overdue(self, on: date) -> bool:
        """Whether a view is missing whose day is over: the COO may go on without."""
        return self.stage == Stage.VIEWS and self.mediation.views_due_on < on

    @property
    def stage(self) -> Stage:
        if self.follow_up:
            return Stage.HELD if self.follow_up.held else Stage.BROKEN
        if self.settlement:
            return Stage.DUE if self.came_back_at else Stage.SETTLED
        if not self.is_open:
            return Stage.RESTS
        if self.is_sealed:
            return Stage.VIEWS
        if not self.proposals:
            return Stage.TERMS
        return Stage.ANSWERS if all(answer.agrees for answer in self.given) else Stage.REFUSED

    @property
    def is_over(self) -> bool:
        return self.follow_up is not None

    def waits_for(self, reader: Reader, *, on: date) -> bool:
        """Whether it is somebody's turn."""
        sides = {Stage.VIEWS: self.missing, Stage.ANSWERS: self.silent, Stage.REFUSED: self.silent}
        if reader.side:
            return self.stage == Stage.DUE or reader.side in {side.pk for side in sides.get(self.stage, [])}
        return reader.is_coo and (self.is_overdue(on) or self.stage in (Stage.TERMS, Stage.REFUSED, Stage.DUE))

    @property
    def way(self) -> list[tuple[str, str]]:
        """What comes after what, each with whether it is done, it is its turn, or it is to come."""
        done = sum([not self.is_sealed, bool(self.proposals), bool(self.settlement), bool(self.follow_up)])
        turn = "" if self.stage == Stage.RESTS else "now"
        return [(what, "done" if n < done else turn if n == done else "") for n, what in enumerate(WAY)]

    @property
    def says(self) -> str:
        """Where it stands, in a sentence or two."""
        day = f"{self.settlement.follow_up_on:{DAY}}" if self.settlement else ""
        how = f"{self.settlement.get_how_display()}." if self.settlement else ""
        return {
            Stage.VIEWS: f"{yet(self.missing)} written how they see it yet. They may until "
            f"{self.mediation.views_due_on:{DAY}}; later the COO may go on without.",
            Stage.TERMS: "Both views are in. The COO proposes terms.",
            Stage.ANSWERS: f"Terms {self.number} are proposed. {yet(self.silent)} answered yet.",
            Stage.REFUSED: f"Terms {self.number} are not agreed. The COO proposes others, or decides.",
            Stage.SETTLED: f"{how} It comes back on {day}.",
            Stage.DUE: f"{how} It came back on {day}: was it held?",
            Stage.HELD: f"{how} It was held.",
            Stage.BROKEN: f"{how} It was not held.",
            Stage.RESTS: "The issue was closed before it was settled.",
        }[self.stage]

    def reads(self, reader: Reader, written: Position) -> bool:
        """Whether somebody sees a view: of one's own side at once, of the other when it is unsealed."""
        if self.is_sealed:
            return written.by_id == reader.user or written.department_id == reader.side
        return reader.is_inside or written.by_id == reader.user

    def views(self, reader: Reader) -> list[Position]:
        """Those that somebody sees."""
        return [each for each in self.positions if self.reads(reader, each)]

    def happened(self, reader: Reader = ANYBODY) -> Iterator[Happened]:
        """In order, without the views. Why it was called and what came of it, whoever sees the issue may read."""
        called = self.mediation
        yield Happened(called.called_at, called.called_by, f"called mediation for {called.department}", called.why)
        for each in self.positions:
            yield Happened(each.at, each.by, f"wrote the view of {each.department}", hides=not self.reads(reader, each))
        for each in self.proposals:
            yield self.proposed(each, reader)
            for answer in self.answers.get(each.pk, []):
                yield self.answered(each, answer, reader)
        yield from self.settled()

    def proposed(self, each: Proposal, reader: Reader) -> Happened:
        words = each.terms if reader.is_inside else ""
        did = f"proposed terms {each.number}, with a follow-up on {each.follow_up_on:{DAY}}"
        return Happened(each.at, each.by, did, words, not reader.is_inside)

    def answered(self, proposal: Proposal, answer: Answer, reader: Reader) -> Happened:
        did = f"{'agreed' if answer.agrees else 'did not agree'} to terms {proposal.number} for {answer.department}"
        hides = bool(answer.words) and not reader.is_inside
        return Happened(answer.at, answer.by, did, answer.words if reader.is_inside else "", hides)

    def settled(self) -> Iterator[Happened]:
        if not (found := self.settlement):
            return
        follow_up = f"follow-up on {found.follow_up_on:{DAY}}"
        did = f"decided, {follow_up}" if found.by else f"Both agreed to terms {found.proposal.number}: {follow_up}"
        yield Happened(found.at, found.by, did, found.terms)
        if self.came_back_at:
            yield Happened(self.came_back_at, None, "The follow-up came back: was it held?")
        if said := self.follow_up:
            yield Happened(said.at, said.by, f"said that it was {'held' if said.held else 'not held'}", said.words)


def yet(departments: list[Department]) -> str:
    names = " and ".join(str(each) for each in departments)
    return f"{names} {'have' if len(departments) > 1 else 'has'} not"


def courses(issue: Issue, *, is_open: bool | None = None, known_at: datetime | None = None) -> list[Course]:
    """The mediations of an issue, the newest first: as they are, or as they were known. Five queries at most."""
    if is_open is None:
        is_open = issue.is_open if known_at is None else was_open(issue, known_at)
    people = Prefetch("answers", Answer.objects.select_related("by", "department"))
    found = issue.mediations.known_at(known_at).select_related("department", "called_by").order_by("-pk")
    found = found.prefetch_related(
        Prefetch("positions", Position.objects.select_related("by", "department")),
        Prefetch("proposals", Proposal.objects.select_related("by").prefetch_related(people)),
        Prefetch("settlement", Settlement.objects.select_related("by", "proposal", "follow_up__by")),
    )
    return [course(each, issue, is_open=is_open, known_at=known_at) for each in found]


def was_open(issue: Issue, at: datetime) -> bool:
    states = issue.moves.known_at(at).order_by("-number").values_list("state", flat=True)
    return next(iter(states[:1]), "") not in CLOSED


def course(mediation: Mediation, issue: Issue, *, is_open: bool, known_at: datetime | None = None) -> Course:
    def known(rows):
        return [row for row in rows if known_at is None or row.at <= known_at]

    proposals = known(mediation.proposals.all())
    settlement = next(iter(known([each for each in [getattr(mediation, "settlement", None)] if each])), None)
    followed = [each for each in [getattr(settlement, "follow_up", None)] if each]
    came_back_at = settlement.came_back_at if settlement else None
    return Course(
        mediation,
        issue,
        is_open,
        known(mediation.positions.all()),
        proposals,
        {each.pk: known(each.answers.all()) for each in proposals},
        settlement,
        came_back_at if came_back_at and (known_at is None or came_back_at <= known_at) else None,
        next(iter(known(followed)), None),
    )
