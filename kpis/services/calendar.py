"""When the agency's year starts: one place to say it, and everything that follows from it."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from django.db import connection, transaction

from kpis.models import CalendarDay, Kpi
from kpis.periods import FIRST_DAY, LAST_DAY, Calendar, Day, Grain

CHUNK = 5000

MARK_ALL = "INSERT INTO kpis_mark (kpi_id) SELECT kpi_id FROM kpis_lock"


class QuartersWouldMove(Exception):
    """Values recorded per quarter stand in the way: their quarters would begin in other months."""


@transaction.atomic
def start_year_in(month: int) -> bool:
    """Let the fiscal year start in this month (1 = January … 12 = December); False where it does already.

    Quarters and years of every day are laid out anew and every KPI is marked, so that the next drain makes their
    rollups follow. Raises QuartersWouldMove where KPIs recorded per quarter have values and the quarters' months
    would change. Safe to run twice.
    """
    before, after = CalendarDay.objects.calendar(), Calendar(month)
    if before == after:
        return False
    if (month - before.year_starts_in) % 3 and Kpi.objects.filter(
        recorded="quarter", observations__isnull=False
    ).exists():
        raise QuartersWouldMove(
            "KPIs recorded per quarter have values, and their quarters would begin in other months."
        )
    months = CalendarDay.objects.values_list("month", flat=True).distinct()
    moved = [(after.start(m, Grain.QUARTER), after.start(m, Grain.YEAR), m) for m in months]
    hold_new_kpis()
    with connection.cursor() as cursor:
        cursor.executemany("UPDATE kpis_calendar SET quarter = %s, year = %s WHERE month = %s", moved)
        cursor.execute(MARK_ALL)
    return True


def hold_new_kpis():
    """Until the transaction ends: a KPI made meanwhile would be seen by nobody who marks."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE kpis_kpi IN SHARE MODE")


class WrongDay(NamedTuple):
    """A day of the calendar's table that is not laid out as the agency's fiscal year asks."""

    day: date
    column: str
    expected: object
    found: object

    def __str__(self):
        return f"calendar {self.day} {self.column}: expected {self.expected}, found {self.found}"


def wrong_days() -> list[WrongDay]:
    """Where the calendar's table is not laid out as the agency's fiscal year asks."""
    found = {row[0]: Day(*row) for row in CalendarDay.objects.values_list(*Day._fields).iterator(CHUNK)}
    expected = {day.day: day for day in calendar_of_most(day.year for day in found.values()).days()}
    wrong = []
    for day in sorted(expected.keys() | found.keys()):
        want, got = expected.get(day), found.get(day)
        if want is None or got is None:
            wrong.append(WrongDay(day, "day", *("none" if row is None else "one" for row in (want, got))))
        elif want != got:
            wrong += [WrongDay(day, name, w, g) for name, w, g in zip(Day._fields, want, got, strict=True) if w != g]
    return wrong


def calendar_of_most(years: Iterable[date]) -> Calendar:
    """The fiscal year that most days are said to lie in: a few that are wrong do not move it."""
    months = Counter(year.month for year in years)
    return Calendar(max(months, key=months.get, default=1))


@transaction.atomic
def lay_days_anew(days: set[date]):
    """Put these days of the calendar's table right, and mark every KPI for the drain. Twice is once."""
    hold_new_kpis()
    calendar = calendar_of_most(CalendarDay.objects.values_list("year", flat=True))
    right = [CalendarDay(**day._asdict()) for day in calendar.days() if day.day in days]
    columns = Day._fields[1:]
    CalendarDay.objects.bulk_create(
        right, batch_size=CHUNK, update_conflicts=True, unique_fields=["day"], update_fields=columns
    )
    CalendarDay.objects.exclude(day__range=(FIRST_DAY, LAST_DAY)).delete()
    with connection.cursor() as cursor:
        cursor.execute(MARK_ALL)
