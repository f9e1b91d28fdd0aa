"""The memo is written: two days before a meeting, or when whoever leads it asks for it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, Min, Q
from django.utils import timezone

from departments.models import Notification, User
from departments.services.notifying import notify
from meetings.models import AgendaItem, AgendaLine, Meeting, Series
from meetings.models.agenda import LONGEST_ITEM
from meetings.parts import Part
from meetings.recurrence import slots
from meetings.selectors.agenda import Agenda, agenda
from meetings.selectors.calendar import occurrences, plans
from meetings.selectors.learned import learned_for_each, learned_minutes
from meetings.selectors.memo import Drafted, Then, memo
from meetings.selectors.participants import participants
from meetings.services.agenda import changed, on_record
from meetings.timing import fitting

AHEAD = timedelta(hours=48)
FIRST = timedelta(days=14)  # what the first memo of a series looks back on, at least
A_DAY, A_YEAR = timedelta(days=1), timedelta(days=366)
USUAL = 15  # minutes for an issue, until something is known


def draft_due(*, now: datetime) -> int:
    """Draft the memos of all meetings that begin within AHEAD and have none: how many. Safe to run twice at once."""
    running = Series.objects.running(on=timezone.localdate(now)).select_related("department", "chair")
    coming = occurrences(running, now, now + AHEAD)
    waiting = [each for each in coming if not each.is_cancelled and not (each.meeting and each.meeting.memo_at)]
    return sum(draft(on_record(each.series, each.slot), at=now) for each in waiting)


def draft(meeting: Meeting, *, at: datetime) -> bool:
    """Write a meeting's memo and send it to its participants; False where it has one, has begun, or was cancelled.

    What is read takes its time and is read before anything is held: the memo tells what was known `at` that moment.
    """
    on = timezone.localdate(meeting.starts_at)
    then = Then(meeting.series.department, at, told_since(meeting, at), on, meeting.series_id)
    drafted = memo(list(meeting.series.sections.all()), then)
    time_out(drafted, meeting.series)
    with transaction.atomic():
        held = Meeting.objects.select_for_update(no_key=True, of=("self",)).get(pk=meeting.pk)
        if held.memo_at or held.opened_at or held.cancelled_at:
            return False
        lay_out(held, drafted, at=at)
        held.memo_at, held.memo_since = at, then.since
        held.save(update_fields=["memo_at", "memo_since"])
        changed(held)
        tell(held, at=at)
    return True


def time_out(drafted: Sequence[Drafted], series: Series):
    """What each kind of item took in the last meetings; where that is not known, what its section gives it. Never more
    than an item may take."""
    learned, usual = learned_minutes(series), learned_for_each(series, Part.ISSUES) or USUAL
    for each in drafted:
        took = usual if each.part == Part.ISSUES else learned[each.part] or each.minutes
        each.minutes = min(took, LONGEST_ITEM)


def told_since(meeting: Meeting, at: datetime) -> datetime:
    """The moment of the memo before; what a meeting was to be told that did not take place is told anew."""
    earlier = meeting.series.meetings.filter(memo_at__lt=at, starts_at__lt=meeting.starts_at)
    takes_place = Q(opened_at__isnull=False) | Q(starts_at__gt=at)
    told = earlier.filter(takes_place, cancelled_at=None).aggregate(last=Max("memo_at"))["last"]
    return told or earlier.aggregate(first=Min("memo_since"))["first"] or at - looked_back(meeting)


def looked_back(meeting: Meeting) -> timedelta:
    """How far the first memo of a series looks back: as far as its meetings lie apart, FIRST at least."""
    ahead = slots(plans([meeting.series])[meeting.series_id], meeting.slot + A_DAY, meeting.slot + A_YEAR)
    return max(FIRST, ahead[0].day - meeting.slot) if ahead else FIRST


def lay_out(meeting: Meeting, drafted: Sequence[Drafted], *, at: datetime):
    """Items in the order of the sections, as many as fit: what is short and fixed first, then what people put there or
    was carried, then issues."""
    there = list(meeting.items.open())
    known = {item.issue_id for item in there if item.issue_id}
    drafted = [each for each in drafted if each.about.get("issue_id") not in known or not each.about.get("issue_id")]
    places = {each.part: each.place for each in reversed(drafted)}
    ending = places.get(Part.WRAP_UP, len(drafted) + 1)
    made = [item_of(each, meeting, at) for each in drafted]
    placed = [(places.get(Part(item.part), ending - 0.5), 0, item) for item in there]
    placed += [(each.place, 1, item) for each, item in zip(drafted, made, strict=True)]
    weighed = sorted(placed, key=weight)
    fits = fitting([item.minutes for *_, item in weighed], meeting.minutes)
    for (*_, item), is_scheduled in zip(weighed, fits, strict=True):
        item.is_scheduled = is_scheduled
    for position, (*_, item) in enumerate(sorted(placed, key=lambda each: each[:2]), 1):
        item.position = position
        item.save()
    lines = [
        AgendaLine(item=item, position=number, words=told.words, url=told.url, asks=told.asks, **told.about)
        for each, item in zip(drafted, made, strict=True)
        for number, told in enumerate(each.lines, 1)
    ]
    AgendaLine.objects.bulk_create(lines)


def weight(placed: tuple[float, int, AgendaItem]) -> int:
    _, is_drafted, item = placed
    if item.part == Part.ISSUES:
        return 2 + is_drafted
    return 1 - is_drafted


def item_of(drafted: Drafted, meeting: Meeting, at: datetime) -> AgendaItem:
    return AgendaItem(
        meeting=meeting,
        part=drafted.part,
        title=drafted.title,
        words=drafted.words,
        url=drafted.url,
        minutes=drafted.minutes,
        added_at=at,
        **drafted.about,
    )


def tell(meeting: Meeting, *, at: datetime):
    """Each participant what they may read of it, at once."""
    on = timezone.localdate(at)
    starts = timezone.localtime(meeting.starts_at)
    for user in participants(meeting.series, on=timezone.localdate(meeting.starts_at)):
        notify(
            to=user,
            kind=Notification.Kind.MEETING,
            key=f"memo:{meeting.pk}",
            subject=f"Agenda of {meeting.series}, {starts:%a} {starts.day} {starts:%b %H:%M}",
            text=as_text(agenda(meeting, reader=user, on=on)),
            url=meeting.url,
            why=why(meeting, user),
            at=at,
            urgent=True,
        )


def why(meeting: Meeting, user: User) -> str:
    return "You lead this meeting." if meeting.series.chair_id == user.pk else "You are invited to this meeting."


def as_text(found: Agenda) -> str:
    """What is scheduled, each item with its sentences, and what did not fit."""
    said = []
    for entry in found.scheduled:
        said.append(f"{entry.title} ({entry.item.minutes} min)" + (f": {entry.words}" if entry.words else ""))
        said += [f"- {line.words}" for line in entry.lines]
    if found.unscheduled:
        said += ["", "Not scheduled:", *(f"- {entry.title} ({entry.item.minutes} min)" for entry in found.unscheduled)]
    return "\n".join(said)
