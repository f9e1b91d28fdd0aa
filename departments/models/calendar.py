from datetime import date, time

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from departments.business import countries, subdivisions

WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class BusinessCalendarQuerySet(models.QuerySet):
    def current(self):
        """The one there is; before somebody saved it, Monday to Friday without public holidays."""
        return self.first() or self.model()


class BusinessCalendar(models.Model):
    """On which days the agency works, from when to when, and whose public holidays it keeps. There is one."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    monday = models.BooleanField(default=True)
    tuesday = models.BooleanField(default=True)
    wednesday = models.BooleanField(default=True)
    thursday = models.BooleanField(default=True)
    friday = models.BooleanField(default=True)
    saturday = models.BooleanField(default=False)
    sunday = models.BooleanField(default=False)
    opens_at = models.TimeField("from", default=time(9))
    closes_at = models.TimeField("to", default=time(17), help_text="Time that matters wait is counted between the two.")
    country = models.CharField(
        "public holidays of", max_length=2, blank=True, help_text="Two letters, such as DE. Empty: none are kept."
    )
    subdivision = models.CharField(
        max_length=20, blank=True, help_text="Of the country, such as BE for Berlin. Empty: those of the whole country."
    )

    objects = BusinessCalendarQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(id=1),
                name="business_calendar_is_one",
                violation_error_message="There is a business calendar already.",
            ),
            models.CheckConstraint(
                condition=Q(*((day, True) for day in WEEKDAYS), _connector=Q.OR),
                name="business_calendar_has_a_working_day",
                violation_error_message="At least one day of the week is worked on.",
            ),
            models.CheckConstraint(
                condition=Q(opens_at__lt=models.F("closes_at")),
                name="business_calendar_opens_before_it_closes",
                violation_error_message="Work begins before it ends.",
            ),
        ]

    def __str__(self):
        return "Business calendar"

    @property
    def weekdays(self) -> frozenset[int]:
        """Those worked on; 0 is Monday."""
        return frozenset(number for number, day in enumerate(WEEKDAYS) if getattr(self, day))

    def clean(self):
        self.country, self.subdivision = self.country.upper(), self.subdivision.strip()
        if self.country and self.country not in countries():
            message = f"Found “{self.country}”, expected a country's two letters (ISO 3166), such as DE, FR or US."
            raise ValidationError({"country": message})
        known = subdivisions(self.country)
        if self.subdivision and self.subdivision not in known:
            expected = ", ".join(known) or "nothing: no part of it has holidays of its own"
            raise ValidationError({"subdivision": f"Found “{self.subdivision}”, expected {expected}."})


class HolidayQuerySet(models.QuerySet):
    def between(self, first: date, last: date):
        return self.filter(day__range=(first, last))


class Holiday(models.Model):
    """A day on which the agency does not work; or does, though it usually would not."""

    day = models.DateField(unique=True)
    name = models.CharField(max_length=80)
    is_worked = models.BooleanField(
        "worked on", default=False, help_text="A working day, whatever the weekday and the public holidays say."
    )

    objects = HolidayQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["-day"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="holiday_is_named"),
        ]

    def __str__(self):
        return f"{self.name}, {self.day:%d %b %Y}"
