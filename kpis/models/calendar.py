from django.db import models

from kpis.periods import Calendar


class CalendarDayQuerySet(models.QuerySet):
    def calendar(self) -> Calendar:
        """The agency's calendar, as laid out in the table: the only place that knows when its year starts."""
        year = self.order_by("-day").values_list("year", flat=True).first()
        return Calendar(year.month if year else 1)


class CalendarDay(models.Model):
    """A day and the periods it belongs to, each named by its first day."""

    day = models.DateField(primary_key=True)
    week = models.DateField()
    month = models.DateField()
    week_month = models.DateField()
    quarter = models.DateField()
    year = models.DateField()

    objects = CalendarDayQuerySet.as_manager()

    class Meta:
        db_table = "kpis_calendar"
        indexes = [  # first and last day of a period are one step each
            models.Index(fields=[name, "day"], name=f"calendar_by_{name}")
            for name in ("week", "month", "week_month", "quarter", "year")
        ]

    def __str__(self):
        return self.day.isoformat()
