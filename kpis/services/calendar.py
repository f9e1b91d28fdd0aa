"""When the agency's year starts: one place to say it, and everything that follows from it."""

from django.db import connection, transaction

from kpis.models import CalendarDay, Kpi
from kpis.periods import Calendar, Grain


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
    with connection.cursor() as cursor:
        cursor.executemany("UPDATE kpis_calendar SET quarter = %s, year = %s WHERE month = %s", moved)
        cursor.execute("INSERT INTO kpis_mark (kpi_id) SELECT kpi_id FROM kpis_lock")
    return True
