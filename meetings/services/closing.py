"""A meeting ends: what it did not come to is carried into the next one, and everybody gets the minutes."""

from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from departments.models import Notification, User
from departments.services.notifying import notify
from meetings.models import AgendaItem, Meeting, Series
from meetings.parts import Part
from meetings.selectors.calendar import next_of
from meetings.selectors.in_markdown import in_markdown
from meetings.selectors.minutes import minutes
from meetings.selectors.subjects import SUBJECTS
from meetings.services.agenda import MeetingRefused, changed, on_record, place_for, same_on
from meetings.services.attending import call_the_roll
from meetings.services.running import go_to, hold

A_MOMENT = timedelta(seconds=1)
KEPT = ["part", "title", "words", "minutes", "url"]


@transaction.atomic
def close_meeting(meeting: Meeting, *, by: User, at: datetime) -> Meeting:
    """End a meeting that runs. It ends once: `closed_by` says who ended it. Raises MeetingRefused before it has begun.

    What is open is carried into the next meeting of the series, and the minutes go to all who belong to it.
    """
    held = hold(meeting)
    if held.opened_at is None:
        raise MeetingRefused("This meeting has not begun: there is nothing to close.")
    if held.closed_at:
        return held
    at = max(at, held.opened_at)
    go_to(held, None, at=at)
    call_the_roll(held, at=at)
    held.closed_at, held.closed_by = at, by
    held.save(update_fields=["closed_at", "closed_by"])
    carry_over(held, at=at)
    mail_minutes(held, at=at)
    return held


def carry_over(held: Meeting, *, at: datetime):
    """What is open stands on the agenda of the next meeting, a meeting older. Twice is once.

    What is drafted for each meeting anew, of nothing in particular, begins anew. What stands there already, about the
    same, goes on as that. Where there is no next meeting nothing is carried.
    """
    left = [item for item in held.items.open().in_order() if is_carried(item)]
    upcoming = next_of(held.series, at=max(at, held.starts_at + A_MOMENT)) if left else None
    if upcoming is None:
        return
    later = hold(on_record(held.series, upcoming.slot))  # whoever drafts its memo waits, or was before
    for item in left:
        carry(item, later, at=at)
    changed(later)


def is_carried(item: AgendaItem) -> bool:
    return (bool(about(item)) or item.added_by_id is not None) and not AgendaItem.objects.filter(carries=item).exists()


def about(item: AgendaItem) -> dict:
    """The keys of what it speaks of."""
    keys = {f"{name}_id": getattr(item, f"{name}_id") for name in SUBJECTS}
    return {name: key for name, key in keys.items() if key}


def carry(item: AgendaItem, later: Meeting, *, at: datetime):
    """Where the next agenda has an item about the same already, that is the one; else one behind those of its part,
    scheduled if it fits."""
    told = {"carries": item, "age": item.age + 1}
    if same := same_on(later, item):
        AgendaItem.objects.filter(pk=same.pk, carries=None).update(**told)
        return
    taken = sum(later.items.scheduled().values_list("minutes", flat=True))
    AgendaItem.objects.create(
        meeting=later,
        position=place_for(later, Part(item.part)),
        is_scheduled=taken + item.minutes <= later.minutes,
        added_at=at,
        added_by_id=item.added_by_id,
        **{name: getattr(item, name) for name in KEPT},
        **about(item),
        **told,
    )


def mail_minutes(held: Meeting, *, at: datetime):
    """To each who still belongs to it what they may read of them."""
    on = timezone.localdate(at)
    invited = {each.user for each in held.attendances.select_related("user")}
    for user in sorted(invited, key=lambda each: each.pk):
        if not Series.objects.reachable_by(user, on=on).filter(pk=held.series_id).exists():
            continue
        notify(
            to=user,
            kind=Notification.Kind.MEETING,
            key=f"minutes:{held.pk}",
            subject=f"Minutes of {held}",
            text=in_markdown(minutes(held, reader=user, on=on)),
            url=reverse("meetings:minutes", args=[held.series_id, held.slot]),
            why=f"You belong to “{held.series}”.",
            at=at,
        )
