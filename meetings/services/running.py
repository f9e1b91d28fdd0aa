"""A meeting runs: it is opened, goes from item to item, and what is taken first is voted on."""

from datetime import datetime

from django.db import transaction
from django.db.models import Count, F
from django.utils import timezone

from departments.models import User
from meetings.models import AgendaItem, Meeting, Vote
from meetings.models.agenda import MOST_VOTES
from meetings.services.agenda import MeetingRefused, changed


def hold(meeting: Meeting) -> Meeting:
    """The meeting as it stands, for nobody else to change while this transaction lasts.

    Whom it names is asked for afterwards: joined, it would be those of before one had to wait.
    """
    held = Meeting.objects.select_for_update(no_key=True, of=("self",)).select_related("series")
    return held.get(pk=meeting.pk)


def hold_running(meeting: Meeting) -> Meeting:
    held = hold(meeting)
    refuse_ended(held)
    if held.opened_at is None:
        raise MeetingRefused("This meeting has not begun.")
    return held


def refuse_ended(held: Meeting):
    if held.closed_at:
        raise MeetingRefused(f"{held.closed_by} closed this meeting at {timezone.localtime(held.closed_at):%H:%M}.")
    if held.cancelled_at:
        raise MeetingRefused(f"{held.cancelled_by} cancelled this meeting.")


def refuse_removed(item: AgendaItem):
    """Of a meeting that is held."""
    if not AgendaItem.objects.standing().filter(pk=item.pk).exists():
        raise MeetingRefused("It was taken off the agenda meanwhile.")


@transaction.atomic
def open_meeting(meeting: Meeting, *, by: User, at: datetime) -> Meeting:
    """Begin a meeting with the first item of its agenda. It begins once: `opened_by` says who began it.

    Raises MeetingRefused where it was closed or cancelled.
    """
    held = hold(meeting)
    refuse_ended(held)
    if held.opened_at is None:
        held.opened_at, held.opened_by = at, by
        held.save(update_fields=["opened_at", "opened_by"])
        go_to(held, following(held), at=at)
    return held


@transaction.atomic
def take(item: AgendaItem, *, by: User, at: datetime):
    """Speak of this item now; what was done is not done any more. Twice is once."""
    held = hold_running(item.meeting)
    if held.current_id == item.pk:
        return
    refuse_removed(item)
    AgendaItem.objects.filter(pk=item.pk).update(done_at=None, done_by=None)
    go_to(held, item, at=at)


@transaction.atomic
def go_on(meeting: Meeting, *, leaving: int, done: bool, by: User, at: datetime) -> Meeting:
    """From the item that somebody saw as current to the next open one: done with it, or not.

    Where the meeting has left that item already, nothing happens: two who go on at once go on once.
    """
    held = hold_running(meeting)
    if held.current_id == leaving:
        if done:
            AgendaItem.objects.filter(pk=leaving, done_at=None).update(done_at=at, done_by=by)
        go_to(held, following(held), at=at)
    return held


@transaction.atomic
def finish(item: AgendaItem, *, by: User, at: datetime):
    """Done with an item, wherever the meeting is. Twice is once."""
    held = hold_running(item.meeting)
    AgendaItem.objects.filter(pk=item.pk, done_at=None).update(done_at=at, done_by=by)
    if held.current_id == item.pk:
        go_to(held, following(held), at=at)
    else:
        changed(held)


@transaction.atomic
def put_back(item: AgendaItem, *, by: User, at: datetime):
    """It is not done after all. Twice is once."""
    held = hold_running(item.meeting)
    AgendaItem.objects.filter(pk=item.pk).update(done_at=None, done_by=None)
    changed(held)


def following(held: Meeting) -> AgendaItem | None:
    """The open item after the current one, else the first that was left; None where none is."""
    left = [item for item in held.items.scheduled().open().in_order() if item.pk != held.current_id]
    after = (item for item in left if held.current and item.position > held.current.position)
    return next(after, left[0] if left else None)


def go_to(held: Meeting, item: AgendaItem | None, *, at: datetime):
    settle(held, at=at)
    since = at if item else None
    Meeting.objects.filter(pk=held.pk).update(current=item, current_since=since, edition=F("edition") + 1)
    held.current, held.current_since = item, since


def settle(held: Meeting, *, at: datetime):
    """The time since it became current counts as spent on the item."""
    if held.current_id:
        seconds = max(0, round((at - held.current_since).total_seconds()))
        AgendaItem.objects.filter(pk=held.current_id).update(spent=F("spent") + seconds)


@transaction.atomic
def vote(item: AgendaItem, *, wanted: bool, by: User, at: datetime):
    """Somebody wants an open item taken first, or does not any more. Twice is once.

    Raises MeetingRefused for more than three, for what is done, and once the meeting is over.
    """
    held = hold(item.meeting)
    refuse_ended(held)
    if not wanted:
        Vote.objects.filter(item=item, user=by).delete()
    elif not Vote.objects.filter(item=item, user=by).exists():
        item.refresh_from_db(fields=["done_at", "removed_at"])
        if item.done_at or item.removed_at:
            raise MeetingRefused("That item is done: vote for an open one.")
        if Vote.objects.given(by, held).count() >= MOST_VOTES:
            raise MeetingRefused(f"You voted for {MOST_VOTES} items already: take one vote back first.")
        Vote.objects.create(item=item, user=by, at=at)
    changed(held)


@transaction.atomic
def order_by_votes(meeting: Meeting, part: str, *, by: User):
    """The open items of a part in the order of their votes, in the places that they have; the current one stays."""
    held = hold(meeting)
    refuse_ended(held)
    open_ones = held.items.scheduled().open().filter(part=part).exclude(pk=held.current_id)
    items = list(open_ones.annotate(wanted=Count("votes")).in_order())
    places = [item.position for item in items]
    for place, item in zip(places, sorted(items, key=lambda each: -each.wanted), strict=True):
        AgendaItem.objects.filter(pk=item.pk).exclude(position=place).update(position=place)
    changed(held)
