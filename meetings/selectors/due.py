"""When statuses are due, and of which departments. `known_at`: by the rules that stood on record at that moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import connection
from django.db.models import JSONField
from django.db.models.expressions import RawSQL
from django.utils import timezone

from departments.business import BusinessDays
from departments.models import BusinessCalendar, Department, Holiday, Pause
from departments.models.calendar import WEEKDAYS
from departments.selectors import business_days
from kpis.selectors import knowledge
from meetings.models import Deadline


@dataclass(frozen=True)
class Due:
    """What is asked of a week: `at` is None where nothing is due in it, `paused` says why departments are left out."""

    week: date
    at: datetime | None
    paused: Mapping[int, str]

    def is_owed_by(self, department: Department) -> bool:
        """By all below the agency that are there in that week and not paused."""
        opened_on, closed_on = department.opened_on, department.closed_on
        is_there = opened_on is None or opened_on <= self.week + timedelta(days=6)
        is_there &= closed_on is None or closed_on >= self.week
        return (
            self.at is not None and department.parent_id is not None and is_there and department.pk not in self.paused
        )


def due(week: date, *, known_at: datetime | None = None) -> Due:
    return Due(week, due_at(week, known_at=known_at), paused(week, known_at=known_at))


def days_around(week: date, *, known_at: datetime | None = None) -> BusinessDays:
    return days_between(week - timedelta(weeks=3), week + timedelta(weeks=3), known_at=known_at)


def days_between(first: date, last: date, *, known_at: datetime | None = None) -> BusinessDays:
    if known_at is None:
        return business_days(first, last)
    kept, own = (knowledge.rules(model, at=known_at) for model in (BusinessCalendar, Holiday))
    return business_days(first, last, kept=kept[0] if kept else BusinessCalendar(), own=own)


def rule(*, known_at: datetime | None = None) -> Deadline:
    if known_at is None:
        return Deadline.objects.standing()
    return next(iter(knowledge.rules(Deadline, at=known_at)), Deadline())


def due_on(week: date, rule: Deadline, days: BusinessDays) -> date | None:
    """The day of the deadline, or the last working day of that week before it; None in a week without one."""
    for back in range(rule.weekday + 1):
        day = week + timedelta(days=rule.weekday - back)
        if days.is_working(day):
            return day
    return None


def due_at(
    week: date, *, days: BusinessDays | None = None, stands: Deadline | None = None, known_at: datetime | None = None
) -> datetime | None:
    """The deadline of a week as a moment in the agency's time zone; None where nobody works until then."""
    stands = stands or rule(known_at=known_at)
    days = days or days_around(week, known_at=known_at)
    day = due_on(week, stands, days)
    return day and days.moment(day, stands.time, timezone.get_default_timezone())


def paused(week: date, *, known_at: datetime | None = None) -> dict[int, str]:
    """Key of each department that is paused on a day of the week, to the reason."""
    return {each.department_id: each.reason for each in pauses(week, week + timedelta(days=6), known_at=known_at)}


def pauses(first: date, last: date, *, known_at: datetime | None = None) -> list[Pause]:
    if known_at is None:
        return list(Pause.objects.during(first, last))
    return [each for each in knowledge.table(Pause, at=known_at) if each.is_during(first, last)]


def reporting(*, week: date) -> list[Department]:
    asked = due(week)
    return [department for department in Department.objects.by_name() if asked.is_owed_by(department)]


RULES = """{object}(
    'deadline', {json}((SELECT {object}('weekday', weekday, 'time', time) FROM meetings_deadline)),
    'calendar', {json}((SELECT {object}({days}, 'country', country, 'subdivision', subdivision)
        FROM departments_businesscalendar)),
    'own', {json}((SELECT {array}({object}('day', day, 'name', name, 'is_worked', is_worked))
        FROM departments_holiday WHERE day BETWEEN %s AND %s)),
    'paused', {json}((SELECT {array}({object}('department', department_id, 'reason', reason))
        FROM departments_pause WHERE starts_on <= %s AND (ends_on IS NULL OR ends_on >= %s))))"""
WORDS = {
    "postgresql": {"object": "jsonb_build_object", "json": "", "array": "jsonb_agg"},
    "sqlite": {"object": "json_object", "json": "json", "array": "json_group_array"},
}


def rules_told(week: date) -> RawSQL:
    """All that `due` asks for in four questions, as a part of one about something else: for `due_by`."""
    days = ", ".join(f"'{day}', {day}" for day in WEEKDAYS)
    sql = RULES.format(days=days, **WORDS[connection.vendor])
    around = [week - timedelta(weeks=3), week + timedelta(weeks=3), week + timedelta(days=6), week]
    return RawSQL(sql, around, output_field=JSONField())  # noqa: S611 (words of our own)


def due_by(week: date, told: dict) -> Due:
    kept = BusinessCalendar(**told["calendar"] or {})
    own = [Holiday(**each | {"day": date.fromisoformat(each["day"])}) for each in told["own"] or []]
    stands = Deadline(**told["deadline"] or {})
    stands.time = time.fromisoformat(stands.time) if isinstance(stands.time, str) else stands.time
    days = business_days(week - timedelta(weeks=3), week + timedelta(weeks=3), kept=kept, own=own)
    at = due_at(week, days=days, stands=stands)
    return Due(week, at, {each["department"]: each["reason"] for each in told["paused"] or []})
