"""When meetings are: what schedules say, and what was moved or cancelled."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import Q
from django.urls import reverse

from meetings.models import Meeting, Schedule, Series
from meetings.recurrence import Plan, Slot, slots

A_DAY = timedelta(days=1)
FAR = timedelta(days=36525)


@dataclass
class Occurrence:
    """A meeting as it takes place: its row (`meeting`), where there is one already."""

    series: Series
    slot: date
    starts_at: datetime
    minutes: int
    meeting: Meeting | None = None

    @property
    def url(self) -> str:
        return reverse("meetings:meeting", args=[self.series.pk, self.slot])

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def is_cancelled(self) -> bool:
        return self.meeting is not None and self.meeting.cancelled_at is not None

    @property
    def is_moved(self) -> bool:
        return self.meeting is not None and self.meeting.moved_at is not None

    @property
    def is_over(self) -> bool:
        return self.meeting is not None and self.meeting.closed_at is not None


def plans(series: Iterable[Series]) -> dict[int, list[Plan]]:
    """Key of each series to its schedules, those that stand."""
    found = defaultdict(list)
    for each in Schedule.objects.current().filter(series__in=series).order_by("starts_on"):
        found[each.series_id].append(Plan(each.starts_on, each.starts_at, each.minutes, each.zone, each.rule))
    return found


def slot_of(series: Series, day: date) -> Slot | None:
    """The meeting that a series has on a day as its schedule says; None where it has none, or nobody plans that far."""
    its = plans([series])[series.pk]
    if not its or day - its[-1].starts_on > FAR:
        return None
    return next(iter(slots(its, day, min(day, series.ended_on or day))), None)


def meeting_of(series: Series, day: date) -> Meeting | None:
    """The meeting of a series that its schedule has on a day: its row, or one that is not saved; None for none."""
    found = Meeting.objects.filter(series=series, slot=day).first()
    if found is None and (planned := slot_of(series, day)):
        found = Meeting(series=series, slot=day, starts_at=planned.starts_at, minutes=planned.minutes)
    if found:
        found.series = series
    return found


def occurrences(series: Iterable[Series], since: datetime, until: datetime) -> list[Occurrence]:
    """The meetings that begin between two moments, soonest first, cancelled ones too: two questions, however many.

    What has a row is as the row says, though its schedule has another day by now.
    """
    series = {each.pk: each for each in series}
    first, last = since.astimezone(UTC).date() - A_DAY, until.astimezone(UTC).date() + A_DAY
    within = Q(slot__gte=first, slot__lte=last) | Q(starts_at__gte=since, starts_at__lt=until)
    rows = {(row.series_id, row.slot): row for row in Meeting.objects.filter(within, series__in=series)}
    found = [Occurrence(series[row.series_id], row.slot, row.starts_at, row.minutes, row) for row in rows.values()]
    for key, its in plans(series.values()).items():
        ends = min(last, series[key].ended_on or last)
        free = (slot for slot in slots(its, first, ends) if (key, slot.day) not in rows)
        found += [Occurrence(series[key], slot.day, slot.starts_at, slot.minutes) for slot in free]
    return sorted((each for each in found if since <= each.starts_at < until), key=by_time)


def by_time(occurrence: Occurrence):
    return occurrence.starts_at, occurrence.series.title, occurrence.series.pk, occurrence.slot


def next_of(series: Series, *, at: datetime, days: int = 400) -> Occurrence | None:
    """The next meeting of a series that is to take place; None where there is none within so many days."""
    found = occurrences([series], at, at + timedelta(days=days))
    return next((each for each in found if not each.is_cancelled and not each.is_over), None)
