"""Notes are written by several at once, and nobody writes over what they have not seen."""

from datetime import datetime, timedelta

from django.db import transaction

from departments.models import User
from meetings.models import AgendaItem, Note
from meetings.models.agenda import NOTE
from meetings.services.agenda import MeetingRefused

IN_ONE_GO = timedelta(minutes=1)  # so soon after each other, what one person saves is one version


class NoteChanged(Exception):
    """Somebody has saved since this text was begun: `note` is what stands."""

    def __init__(self, note: Note):
        self.note = note
        super().__init__(f"{note.by} changed these notes meanwhile.")


@transaction.atomic
def save_note(item: AgendaItem, text: str, *, base: int, by: User, at: datetime) -> Note | None:
    """Keep the notes on an item as this text, written over the version `base`; 0: there was none. Twice is once.

    None where nothing is written yet. What one person saves again within a minute is one version under the newer
    number; what is written after the meeting was closed is a version of its own, an amendment. Raises NoteChanged where
    another version stands by now, and MeetingRefused where the text is too long.
    """
    if len(text) > NOTE:
        raise MeetingRefused(f"Found {len(text):,} characters, expected {NOTE:,} at most.")
    held = AgendaItem.objects.select_for_update(no_key=True, of=("self",)).get(pk=item.pk)
    last = held.notes.select_related("by").last()
    if last is None and not text:
        return None
    if last and last.text == text:
        return last
    if base != (last.number if last else 0):
        raise NoteChanged(last) if last else MeetingRefused("These notes were written over a version that never was.")
    closed_at = held.meeting.closed_at
    if last and last.by == by and closed_at is None and at - last.at < IN_ONE_GO:
        last.text, last.number, last.at = text, last.number + 1, at
        last.save(update_fields=["text", "number", "at"])
        return last
    return held.notes.create(number=base + 1, text=text, at=at, by=by)
