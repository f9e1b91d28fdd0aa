"""What was spoken of in meetings, found by words."""

from datetime import date

from django.db.models import Exists, OuterRef, Q

from departments.models import User
from meetings.models import AgendaItem, Decision, Meeting, Note
from meetings.selectors.subjects import mark_read

LOOKED_AT, SHOWN = 200, 20


def spoken_of(words: str, *, reader: User, on: date) -> list[tuple[AgendaItem, str]]:
    """The items of the last meetings with these words that somebody reads, each with the decision or the note that has
    them, "" where it is the title."""
    newer = Note.objects.filter(item=OuterRef("item"), number__gt=OuterRef("number"))
    notes = Note.objects.filter(~Exists(newer), text__icontains=words)
    decisions = Decision.objects.current().filter(Q(words__icontains=words) | Q(expects__icontains=words))
    about = Q(title__icontains=words) | Q(words__icontains=words)
    about |= Q(pk__in=notes.values("item")) | Q(pk__in=decisions.values("item"))
    found = AgendaItem.objects.standing().filter(about, meeting__in=Meeting.objects.reachable_by(reader, on=on))
    found = found.select_related("meeting__series").order_by("-meeting__starts_at", "position", "pk")[:LOOKED_AT]
    read = [item for item in mark_read(found, reader=reader, on=on) if item.is_read][:SHOWN]
    texts = {note.item_id: note.text for note in notes.filter(item__in=read)}
    texts |= {decision.item_id: f"Decided: {decision.words}" for decision in decisions.filter(item__in=read)}
    return [(item, "" if words.lower() in item.title.lower() else texts.get(item.pk, item.words)) for item in read]
