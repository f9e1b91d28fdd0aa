"""An agenda as somebody may read it: they see that there is an item that they do not reach, not what it says."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property

from departments.models import Department, User
from issues.models import Commitment, Issue, Risk
from kpis.models import Signal
from meetings.models import AgendaItem, AgendaLine, Meeting, WeeklyStatus
from meetings.models.agenda import About
from meetings.parts import Part

MODELS = {
    "signal": Signal,
    "issue": Issue,
    "risk": Risk,
    "commitment": Commitment,
    "status": WeeklyStatus,
    "department": Department,
}
OUT_OF_REACH = "An item that you do not reach"


@dataclass
class Entry:
    """An item with the sentences of it that its reader reaches, and how many more there are."""

    item: AgendaItem
    is_read: bool
    lines: list[AgendaLine] = field(default_factory=list)
    hidden: int = 0
    begins_at: datetime | None = None  # as planned; None where it is not scheduled

    @property
    def title(self) -> str:
        return self.item.title if self.is_read else OUT_OF_REACH

    @property
    def words(self) -> str:
        return self.item.words if self.is_read else ""

    @property
    def part(self) -> str:
        return Part(self.item.part).words


@dataclass
class Agenda:
    meeting: Meeting
    entries: list[Entry]

    @cached_property
    def scheduled(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.item.is_scheduled]

    @cached_property
    def unscheduled(self) -> list[Entry]:
        return [entry for entry in self.entries if not entry.item.is_scheduled]

    @property
    def minutes(self) -> int:
        """What is scheduled, together."""
        return sum(entry.item.minutes for entry in self.scheduled)

    @property
    def left(self) -> int:
        """The minutes of the meeting that nothing is scheduled for; less than 0 where it is too much."""
        return self.meeting.minutes - self.minutes


def agenda(meeting: Meeting, *, reader: User, on: date) -> Agenda:
    """The items of a meeting that stand, in order; none where it has no row yet. A constant number of queries."""
    if meeting.pk is None:
        return Agenda(meeting, [])
    items = meeting.items.standing().in_order().select_related("added_by", "issue__court", "carries__meeting")
    items = list(items.prefetch_related("lines__asks"))
    is_read = reader_of([*items, *(line for item in items for line in item.lines.all())], reader=reader, on=on)
    found = Agenda(meeting, [entry(item, is_read) for item in items])
    begins_at = meeting.starts_at
    for each in found.scheduled:
        each.begins_at = begins_at
        begins_at += timedelta(minutes=each.item.minutes)
    return found


def entry(item: AgendaItem, is_read) -> Entry:
    if not is_read(item):
        return Entry(item, False)
    lines = list(item.lines.all())
    read = [line for line in lines if is_read(line)]
    return Entry(item, True, read, len(lines) - len(read))


def reader_of(rows: Iterable[About], *, reader: User, on: date):
    """Whether somebody reads a row, one of the given: whoever reaches all that it speaks of does."""
    rows, reached = list(rows), {}
    for name, model in MODELS.items():
        keys = {key for row in rows if (key := getattr(row, f"{name}_id"))}
        if keys:
            within = model.objects.reachable_by(reader, on=on)
            reached[name] = set(within.filter(pk__in=keys).values_list("pk", flat=True))

    def is_read(row: About) -> bool:
        named = ((name, getattr(row, f"{name}_id")) for name in MODELS)
        return all(key in reached.get(name, ()) for name, key in named if key)

    return is_read


def items_about(*, reader: User, on: date, **about) -> list[AgendaItem]:
    """Where something is, or was, on an agenda that somebody reaches; the last meeting first."""
    found = AgendaItem.objects.standing().filter(meeting__in=Meeting.objects.reachable_by(reader, on=on), **about)
    return list(found.select_related("meeting__series").order_by("-meeting__starts_at", "pk"))
