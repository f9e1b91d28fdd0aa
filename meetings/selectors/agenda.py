"""An agenda as somebody may read it: they see that there is an item that they do not reach, not what it says."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property

from django.db.models import Q

from departments.models import User
from issues.models import Measure
from issues.selectors.effects import verdicts
from meetings.models import AgendaItem, AgendaLine, Meeting
from meetings.parts import Part
from meetings.selectors.subjects import MASKED, mark_read


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
        return self.item.title if self.is_read else MASKED

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
    mark_read([*items, *(line for item in items for line in item.lines.all())], reader=reader, on=on)
    found = Agenda(meeting, [entry(item) for item in items])
    begins_at = meeting.starts_at
    for each in found.scheduled:
        each.begins_at = begins_at
        begins_at += timedelta(minutes=each.item.minutes)
    return found


def tell_effects(found: Agenda, *, on: date):
    """Each sentence that is about a measure gets its `verdict`, as of now."""
    lines = [line for entry in found.entries for line in entry.lines if line.measure_id]
    keys = {line.measure_id for line in lines}
    told = {each.measure.pk: each for each in verdicts(Measure.objects.filter(pk__in=keys), on=on)} if keys else {}
    for line in lines:
        line.verdict = told[line.measure_id]


def entry(item: AgendaItem) -> Entry:
    """Of one that is marked as read or not, and its lines, too."""
    if not item.is_read:
        return Entry(item, False)
    lines = list(item.lines.all())
    read = [line for line in lines if line.is_read]
    return Entry(item, True, read, len(lines) - len(read))


def items_about(about: Q, *, reader: User, on: date, known_at: datetime | None = None) -> list[AgendaItem]:
    """The items about something of agendas that somebody reaches, or those known at a moment; the last meeting
    first."""
    found = AgendaItem.objects.filter(about, meeting__in=Meeting.objects.reachable_by(reader, on=on))
    if known_at:
        found = found.filter(Q(removed_at=None) | Q(removed_at__gt=known_at), added_at__lte=known_at)
    else:
        found = found.standing()
    return list(found.distinct().select_related("meeting__series").order_by("-meeting__starts_at", "pk"))
