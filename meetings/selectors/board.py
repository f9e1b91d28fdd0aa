"""All departments' statuses of a week, each beside the week before and what the data say."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property

from departments.models import Department, Headship, User
from kpis.selectors import knowledge
from meetings.models import StatusItem, StatusReading, StatusTopic, WeeklyStatus
from meetings.selectors.due import due
from meetings.selectors.machine import DataSay, data_say

Kind = StatusItem.Kind


@dataclass
class Report:
    """A department's week: `status` as it was sent, None where it was not; `before`: that of the week before."""

    department: Department
    status: WeeklyStatus | None
    before: WeeklyStatus | None
    head: User | None = None
    owed: bool = True
    paused: str = ""
    data: DataSay | None = None  # as they say now, for a week of which that can be said
    readings: list[StatusReading] = field(default_factory=list)
    topic: StatusTopic | None = None  # with its counts, once something was said

    def of(self, status: WeeklyStatus | None, kind: Kind) -> list[StatusItem]:
        return [item for item in status.items.all() if item.kind == kind] if status else []

    @property
    def progress(self) -> list[StatusItem]:
        return self.of(self.status, Kind.PROGRESS)

    @property
    def plans(self) -> list[StatusItem]:
        return self.of(self.status, Kind.PLAN)

    @property
    def problems(self) -> list[tuple[StatusItem, bool]]:
        """Each with whether it is new: the week before did not have it."""
        known = {item.text for item in self.of(self.before, Kind.PROBLEM)}
        return [(item, item.text not in known) for item in self.of(self.status, Kind.PROBLEM)]

    @property
    def solved(self) -> list[StatusItem]:
        """Problems of the week before that are not there any more."""
        left = {item.text for item in self.of(self.status, Kind.PROBLEM)}
        return [item for item in self.of(self.before, Kind.PROBLEM) if item.text not in left]

    @property
    def was_health(self) -> str | None:
        """The health of the week before, where it was another one."""
        changed = self.status and self.before and self.before.health != self.status.health
        return self.before.health if changed else None

    @property
    def same_headline(self) -> bool:
        return bool(self.status and self.before and self.before.headline == self.status.headline)

    @property
    def by_confidence(self) -> int:
        """By how many points confidence changed; 0 where either is not said."""
        both = [self.status and self.status.confidence, self.before and self.before.confidence]
        return both[0] - both[1] if None not in both else 0

    @cached_property
    def said(self) -> tuple[str, str, str]:
        """Kind, a word and all words of what the data say: now, or as they did when the status was sent."""
        if self.data is not None:
            return self.data.kind, self.data.short, self.data.words
        if self.status:
            return self.status.data_kind, "", self.status.data_words
        return WeeklyStatus.Data.UNKNOWN, "", ""

    @property
    def disagrees(self) -> bool:
        return bool(self.status) and self.status.health == "on" and self.said[0] == WeeklyStatus.Data.CONCERN

    def is_read_by(self, user: User) -> bool:
        return any(reading.user_id == user.pk for reading in self.readings)


@dataclass
class Board:
    week: date
    due_at: datetime | None
    reports: list[Report]

    @property
    def sent(self) -> list[Report]:
        return [report for report in self.reports if report.status]

    @property
    def owed(self) -> list[Report]:
        """Those that owe one, sent or not."""
        return [report for report in self.reports if report.owed or report.status]

    @property
    def silent(self) -> list[Report]:
        return [report for report in self.reports if report.owed and not report.status]

    def unread(self, user: User) -> list[Report]:
        return [report for report in self.sent if not report.is_read_by(user)]

    def unread_first(self, user: User) -> list[Report]:
        """What was sent and not read, what was not sent, what was read, each in the order of departments."""
        return sorted(self.reports, key=lambda r: 2 if r.is_read_by(user) else 0 if r.status else 1)


def statuses(week: date, departments: Collection[int], known_at: datetime | None) -> dict[int, WeeklyStatus]:
    found = WeeklyStatus.objects.known_at(known_at).filter(week=week, department__in=departments)
    found = found.select_related("recorded_by", "need_of").prefetch_related("items", "reviews__plan", "readings__user")
    return {status.department_id: status for status in found}


def board(departments: Collection[Department], *, week: date, on: date, known_at: datetime | None = None) -> Board:
    """Of these departments those that owe a status for the week, are paused in it, or sent one all the same.

    `known_at`: as it stood on record at that moment. A constant number of queries.
    """
    keys = [department.pk for department in departments]
    now, before = statuses(week, keys, known_at), statuses(week - timedelta(weeks=1), keys, known_at)
    asked = due(week, known_at=known_at)
    owing = {department.pk for department in departments if asked.is_owed_by(department)}
    heads = {headship.department_id: headship.user for headship in leading(on, known_at)}
    is_present = known_at is None and week >= on - timedelta(days=on.weekday(), weeks=1)
    data = data_say(departments, on=on) if is_present else None
    spoken_of = StatusTopic.objects.filter(week=week, department__in=keys).with_counts(at=known_at)
    topics = {topic.department_id: topic for topic in spoken_of}
    reports = [
        Report(
            department,
            status := now.get(department.pk),
            before.get(department.pk),
            heads.get(department.pk),
            department.pk in owing,
            asked.paused.get(department.pk, ""),
            None if data is None else data[department.pk],
            list(status.readings.all()) if status else [],
            topics.get(department.pk),
        )
        for department in departments
        if department.pk in owing or department.pk in asked.paused or department.pk in now
    ]
    return Board(week, asked.at, reports)


def leading(on: date, known_at: datetime | None) -> list[Headship]:
    if known_at is None:
        return list(Headship.objects.on(on).heads().select_related("user"))
    return [each for each in knowledge.leads(at=known_at, on=on) if each.kind == Headship.Kind.HEAD]
