"""When statuses are due, and of which departments."""

from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from departments.business import BusinessDays
from departments.models import Department, Pause
from departments.selectors import business_days
from meetings.models import Deadline
from meetings.models.deadline import Deadline as Rule


def days_around(week: date) -> BusinessDays:
    return business_days(week - timedelta(weeks=3), week + timedelta(weeks=3))


def due_on(week: date, rule: Rule, days: BusinessDays) -> date | None:
    """The day of the deadline, or the last working day of that week before it; None in a week without one."""
    for back in range(rule.weekday + 1):
        day = week + timedelta(days=rule.weekday - back)
        if days.is_working(day):
            return day
    return None


def due_at(week: date, *, rule: Rule | None = None, days: BusinessDays | None = None) -> datetime | None:
    """The deadline of a week as a moment in the agency's time zone; None where nobody works until then."""
    rule = rule or Deadline.objects.standing()
    days = days or days_around(week)
    day = due_on(week, rule, days)
    return day and days.moment(day, rule.time, timezone.get_default_timezone())


def writing(departments, *, week: date):
    """Those of these departments that owe a status for a week: all below the agency that are open and not paused."""
    last = week + timedelta(days=6)
    paused = Pause.objects.during(week, last).filter(department=OuterRef("pk"))
    opened = Q(opened_on=None) | Q(opened_on__lte=last)
    return departments.live(on=week).filter(opened, ~Exists(paused), parent__isnull=False)


def reporting(*, week: date) -> list[Department]:
    return list(writing(Department.objects.all(), week=week).by_name())
