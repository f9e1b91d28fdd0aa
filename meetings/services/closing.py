"""A meeting ends: what it did not come to is carried into the next one, and everybody gets the minutes."""

from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from departments.models import Notification, User
from departments.services.notifying import notify
from meetings.models import AgendaItem, Meeting, Series
from meetings.selectors.calendar import next_of
from meetings.selectors.minutes import in_markdown, minutes
from meetings.selectors.subjects import SUBJECTS
from meetings.services.agenda import MeetingRefused, changed, on_record, same_on
from meetings.services.attending import call_the_roll
from meetings.services.running import go_to, hold
from meetings.timing import fitting

A_MOMENT = timedelta(seconds=1)
KEPT = ["part", "title", "words", "minutes", "url", *(f"{name}_id" for name in SUBJECTS)]


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


def carry_over(held: Meeting, *, at: datetime) -> list[AgendaItem]:
    """What is open stands on the agenda of the next meeting, each a meeting older. Twice is once.

    What is drafted for each meeting anew, of nothing in particular, begins anew. What stands there already, about the
    same, goes on as that. Where there is no next meeting nothing is carried.
    """
    left = [item for item in held.items.open().in_order() if is_carried(item)]
    upcoming = next_of(held.series, at=max(at, held.starts_at + A_MOMENT)) if left else None
    if upcoming is None:
        return []
    later = hold(on_record(held.series, upcoming.slot))  # whoever drafts its memo waits, or was before
    last = later.items.order_by("position").values_list("position", flat=True).last() or 0
    left = [item for item in left if not goes_on(item, later)]
    carried = [again(item, later, last + number, at=at) for number, item in enumerate(left, 1)]
    fit(carried, later)
    changed(later)
    return AgendaItem.objects.bulk_create(carried)


def goes_on(item: AgendaItem, later: Meeting) -> bool:
    """Whether the same stands on a later agenda: it carries this one from now on."""
    same = same_on(later, item)
    if same and same.carries_id is None:
        same.carries, same.age = item, item.age + 1
        same.save(update_fields=["carries", "age"])
    return same is not None


def fit(carried: list[AgendaItem], later: Meeting):
    """What there is no room for is not scheduled."""
    left = later.minutes - sum(later.items.scheduled().values_list("minutes", flat=True))
    for item, fits in zip(carried, fitting([item.minutes for item in carried], left), strict=True):
        item.is_scheduled = fits


def is_carried(item: AgendaItem) -> bool:
    about = any(getattr(item, f"{name}_id") for name in SUBJECTS)
    return (about or item.added_by_id is not None) and not AgendaItem.objects.filter(carries=item).exists()


def again(item: AgendaItem, later: Meeting, position: int, *, at: datetime) -> AgendaItem:
    said = {name: getattr(item, name) for name in KEPT}
    told = {"added_by_id": item.added_by_id, "added_at": at, "carries": item, "age": item.age + 1}
    return AgendaItem(meeting=later, position=position, **said, **told)


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
