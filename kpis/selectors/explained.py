"""What people put on record beside a series' values: events that concern it, and what explains its signals."""

from datetime import date, datetime
from typing import NamedTuple

from kpis.models import Event, Signal
from kpis.models.signal import said_in_words
from kpis.selectors.judged import UNREPORTED
from kpis.selectors.series import Series


class Note(NamedTuple):
    """What explains a signal: for the periods that show it, by whom."""

    kind: str
    first: date
    last: date
    said: str
    by: str

    def shows_at(self, period: date, kind: str, *, is_missing: bool) -> bool:
        """Whether a period is one of the signal's, as it is judged now: another kind there is another signal."""
        shown = is_missing == (self.kind == "missing") if self.kind in UNREPORTED else self.kind == kind
        return shown and self.first <= period <= self.last


def events(found: Series, *, until: date | None = None, known_at: datetime | None = None) -> list[Event]:
    """Those that concern the series, oldest first, from its first period to its last, or `until` a later day."""
    if not found.cells:
        return []
    last = max(found.calendar.end(found.cells[-1].period, found.grain), until or date.min)
    rows = (
        Event.objects.known_at(known_at)
        .between(found.cells[0].period, last)
        .concerning([found.department])
        .about(found.evaluation.workings.made_of(found.kpi))
    )
    return list(rows.order_by("starts_on", "pk"))


def notes(found: Series, *, known_at: datetime | None = None) -> list[Note]:
    """What is said of the signals of the process that the series shows, or was said of them at that moment."""
    kpi, department = found.source
    place = {"kpi": kpi, "department": department, "grain": found.grain}
    if known_at:
        versions = Signal.history.filter(**place, history_date__lte=known_at).order_by("history_date", "history_id")
        said = {row.id: row for row in versions.select_related("explained_by", "event")}.values()
    else:
        said = Signal.objects.standing().filter(**place, explained_at__isnull=False).order_by("pk")
        said = said.select_related("explained_by", "event")
    return [note(row) for row in said if row.explained_at]


def note(signal) -> Note:
    said = said_in_words(signal.explanation, signal.event and signal.event.title)
    return Note(signal.kind, signal.first, signal.last, said, str(signal.explained_by))
