"""A meeting as those see it who are in it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, OuterRef
from django.utils import timezone

from departments.models import User
from issues.models import Commitment
from issues.selectors.commitments import State
from issues.selectors.commitments import state as stands
from kpis.periods import Grain
from kpis.selectors.series import Series, series
from meetings.models import AgendaItem, AgendaLine, Decision, Meeting, Note, Presence, Vote
from meetings.models.agenda import MOST_VOTES
from meetings.selectors.participants import is_led_by
from meetings.selectors.subjects import MASKED, SUBJECTS, mark_read

DRAWN = timedelta(weeks=26)  # of a KPI beside its signal
ABOUT = ["signal__kpi", "signal__department", "issue__court", "risk", "commitment__who", "status__department"]


@dataclass
class Running:
    """`item` is the one that its reader looks at: its `lines`, `note`, `decisions` and `promised` are there as far as
    they may be read."""

    meeting: Meeting
    is_led: bool
    items: list[AgendaItem]
    item: AgendaItem | None
    at: datetime
    votes_left: int
    here: list[Presence]
    lines: list[AgendaLine]
    note: Note | None
    decisions: list[Decision]
    promised: list[tuple[Commitment, State]]
    drawn: Series | None

    @property
    def ends_at(self) -> datetime:
        """When it has to end: as long after its beginning as it was planned to last."""
        return (self.meeting.opened_at or self.meeting.starts_at) + timedelta(minutes=self.meeting.minutes)

    @property
    def current(self) -> AgendaItem | None:
        return next((each for each in self.items if each.pk == self.meeting.current_id), None)

    @property
    def is_current(self) -> bool:
        return self.item is not None and self.item.pk == self.meeting.current_id

    @property
    def may_write(self) -> bool:
        return self.meeting.is_running and self.item is not None and self.item.is_read

    @property
    def scheduled(self) -> list[AgendaItem]:
        return [each for each in self.items if each.is_scheduled]

    @property
    def others(self) -> list[AgendaItem]:
        return [each for each in self.items if not each.is_scheduled]

    @property
    def voted_parts(self) -> list[tuple[str, str]]:
        """The parts with several open items, some of which somebody wants first."""
        waiting = [each for each in self.scheduled if each.done_at is None and each.pk != self.meeting.current_id]
        several = [each for each in waiting if sum(other.part == each.part for other in waiting) > 1]
        wanted = {each.part: each.get_part_display() for each in several if any(
            other.wanted for other in several if other.part == each.part
        )}  # fmt: skip
        return list(wanted.items())


def on_agenda(meeting: Meeting, *, reader: User, on: date) -> list[AgendaItem]:
    """The items in their order, each with `is_read` and what it is `called` for this reader, who `wants` it first, too,
    and how many do (`wanted`)."""
    mine = Vote.objects.filter(item=OuterRef("pk"), user=reader)
    items = meeting.items.standing().in_order().select_related(*ABOUT)
    found = mark_read(items.annotate(wanted=Count("votes"), wants=Exists(mine)), reader=reader, on=on)
    for item in found:
        item.called = item.title if item.is_read else MASKED
    return found


def running(meeting: Meeting, *, reader: User, on: date, at: datetime, asked: int | None = None) -> Running:
    """A meeting for one who is in it, with the item that is asked for; else the current one, else the first that is
    open."""
    items = on_agenda(meeting, reader=reader, on=on)
    key = asked or meeting.current_id
    item = next((each for each in items if each.pk == key), None)
    item = item or next((each for each in items if each.done_at is None), items[0] if items else None)
    read = item if item and item.is_read else None
    return Running(
        meeting=meeting,
        is_led=is_led_by(meeting.series, reader, on=on),
        items=items,
        item=item,
        at=at,
        votes_left=max(0, MOST_VOTES - Vote.objects.given(reader, meeting).count()),
        here=present(meeting, at=at),
        lines=lines_of(read, reader, on=on) if read else [],
        note=read.notes.select_related("by").last() if read else None,
        decisions=decided_on(read) if read else [],
        promised=promised_on(read, on=on) if read else [],
        drawn=drawn(read, on=on) if read and read.signal_id else None,
    )


def lines_of(item: AgendaItem, reader: User, *, on: date) -> list[AgendaLine]:
    """Those sentences of its memo that somebody may read."""
    return [line for line in mark_read(item.lines.select_related("asks"), reader=reader, on=on) if line.is_read]


def decided_on(item: AgendaItem) -> list[Decision]:
    measured = Decision.objects.current().select_related("measure__kpi", "measure__department")
    return list(measured.filter(item=item).order_by("pk"))


def promised_on(item: AgendaItem, *, on: date) -> list[tuple[Commitment, State]]:
    made = item.promised.select_related("commitment__who", "commitment__to_department", "commitment__to_user")
    return [(each.commitment, stands(each.commitment, on=on)) for each in made.order_by("pk")]


def drawn(item: AgendaItem, *, on: date) -> Series:
    """The KPI of a signal over half a year."""
    signal = item.signal
    return series(signal.kpi, signal.department, grain=Grain(signal.grain), on=on, first=on - DRAWN)


def present(meeting: Meeting, *, at: datetime) -> list[Presence]:
    """Who has its page open, by name."""
    found = meeting.presences.here(at=at).select_related("user")
    return list(found.order_by("user__name", "user__username"))


def heartbeat(meeting: Meeting, item: AgendaItem | None, *, reader: User, on: date, at: datetime) -> dict:
    """What all who have a meeting open ask for every other second: little, and the same until something happens.

    Of an item that its reader does not reach nothing is told; `item` and `current` are keys.
    """
    told = {"edition": meeting.edition, "current": meeting.current_id, "closed": meeting.closed_at is not None}
    here = present(meeting, at=at)
    told["here"] = [str(each.user) for each in here]
    if item is None or not mark_read([item], reader=reader, on=on)[0].is_read:
        return told
    told["writing"] = [str(each.user) for each in here if each.writing_id == item.pk and each.user_id != reader.pk]
    return told | {"note": note_as_told(item.notes.select_related("by").last())}


def note_as_told(note: Note | None) -> dict | None:
    if note is None:
        return None
    at = f"{timezone.localtime(note.at):%H:%M}"
    return {"number": note.number, "text": note.text, "by": str(note.by), "at": at}


def subject_of(item: AgendaItem) -> str:
    """Which of its subjects an item is shown by; "" for none."""
    return next((name for name in SUBJECTS if getattr(item, f"{name}_id")), "")
