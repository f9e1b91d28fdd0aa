"""Nobody has to chase: who owes a status is reminded once before it is due and once after, then others are told.

The day before: whoever is to write it. At the deadline: the same. On the next working day the deputy, and on the one
after (or at once, where nobody is there) the COO. Each step is told once, whatever restarts; one that time has
overtaken is left out.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from departments.business import MORNING
from departments.models import Department, Headship, Notification, User
from departments.selectors import stand_in
from departments.services.notifying import notify
from meetings import weeks
from meetings.models import WeeklyStatus
from meetings.selectors.due import days_around, due_at, reporting

log = logging.getLogger(__name__)
WEEKS = 6  # so long may a status be chased where nobody works for weeks after its deadline
Kind = Notification.Kind


@dataclass(frozen=True)
class Steps:
    """The moments of a week at which somebody is told; `over` is when nobody is told any more."""

    week: date
    remind_at: datetime
    due_at: datetime
    deputy_at: datetime
    coo_at: datetime
    over: datetime


def steps(week: date) -> Steps | None:
    """None for a week in which nothing is due."""
    days, zone = days_around(week), timezone.get_default_timezone()
    due = due_at(week, days=days)
    if due is None:
        return None
    due_on = timezone.localdate(due)
    first = days.after(due_on)
    second = days.after(first)
    remind_on = max(days.before(due_on), week)  # a week that has not begun cannot be written
    if not days.is_working(remind_on):
        remind_on = due_on
    moments = [days.moment(day, MORNING, zone) for day in (remind_on, first, second, days.after(second))]
    return Steps(week, min(moments[0], due), due, *moments[1:])


def chase(*, now: datetime) -> int:
    """Tell whoever is to be told by now about statuses that are not there. How many notifications that made.

    They are owed from the week of the first one on: before anybody began, nobody is late.
    """
    first = WeeklyStatus.objects.current().order_by("week").values_list("week", flat=True).first()
    this_week = weeks.week_of(timezone.localdate(now))
    told = 0
    for back in range(WEEKS):
        week = this_week - timedelta(weeks=back)
        found = steps(week) if first and week >= first else None
        if found and found.remind_at <= now < found.over:
            told += chase_week(found, now=now)
    return told


def chase_week(found: Steps, *, now: datetime) -> int:
    on = timezone.localdate(now)
    sent = set(WeeklyStatus.objects.current().of_week(found.week).values_list("department", flat=True))
    working = Department.objects.live(on=on).exclude(pk__in=Department.objects.paused(on=on).values("pk"))
    asked = set(working.values_list("pk", flat=True)) - sent
    silent = [department for department in reporting(week=found.week) if department.pk in asked]
    writers = stand_in(silent, on)
    told = 0
    for department in silent:
        try:
            told += chase_department(department, writers[department.pk], found, now=now, on=on)
        except Exception:  # whatever is wrong with one department, the others are told
            log.exception("Chasing %s", department)
    return told


@transaction.atomic
def chase_department(department: Department, writer: User | None, found: Steps, *, now: datetime, on: date) -> int:
    asked = list(whom(department, writer, found, now=now, on=on))
    return sum(tell(department, found, to=to, kind=kind, step=step, why=why, now=now) for to, kind, step, why in asked)


def whom(department: Department, writer: User | None, found: Steps, *, now, on) -> Iterator[tuple]:
    """(person, kind, step, why) of the step that it is time for. Who is away is not asked; nor is anybody twice."""
    heads = Headship.objects.on(on).filter(department=department).select_related("user").order_by("-kind")
    leads = {headship.user_id: f"You are {headship.get_kind_display().lower()} of {department}." for headship in heads}
    if now < found.due_at:
        if writer:
            yield writer, Kind.STATUS_DUE, "due", leads[writer.pk]
        return
    if writer and (timezone.localdate(found.due_at) == on or found.deputy_at <= now < found.coo_at):
        yield writer, Kind.STATUS_LATE, "late", leads[writer.pk]  # who comes back meanwhile hears of it in the morning
    deputy = next((h.user for h in heads if h.kind == Headship.Kind.DEPUTY and h.user != writer), None)
    if found.deputy_at <= now < found.coo_at and deputy and is_there(deputy, on):
        yield deputy, Kind.STATUS_MISSING, "missing", leads[deputy.pk]
    elif now >= found.deputy_at:
        for coo in User.objects.employed(on=on).filter(role=User.Role.COO).order_by("pk"):  # two chases, in turn
            yield coo, Kind.STATUS_MISSING, "missing", "You are the COO."


def is_there(user: User, on: date) -> bool:
    away = User.objects.absent(on=on).values("pk")
    return User.objects.employed(on=on).exclude(pk__in=away).filter(pk=user.pk).exists()


def tell(department: Department, found: Steps, *, to: User, kind: str, step: str, why: str, now: datetime) -> bool:
    number, due = weeks.number(found.week), timezone.localtime(found.due_at)
    subject = {
        Kind.STATUS_DUE: f"The status of {department} is due {due:%a %H:%M}",
        Kind.STATUS_LATE: f"The status of {department} for week {number} is late",
        Kind.STATUS_MISSING: f"{department} has not sent its status of week {number}",
    }[kind]
    made = notify(
        to=to,
        kind=kind,
        key=f"status-{step}:{department.pk}:{weeks.written(found.week)}",
        subject=subject,
        text=f"It was due {due:%A} {due.day} {due:%B}, {due:%H:%M}." if now >= found.due_at else "",
        url=reverse("meetings:writing", args=[department.slug, found.week]),
        why=why,
        at=now,
        urgent=True,
    )
    return made is not None
