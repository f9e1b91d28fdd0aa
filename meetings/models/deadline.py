from datetime import time

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords


class DeadlineQuerySet(models.QuerySet):
    def standing(self):
        """The one there is; Friday 17:00 until somebody says otherwise."""
        return self.first() or Deadline()


class Deadline(models.Model):
    """When weekly statuses are due. One row at most; without it, Friday 17:00."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0
        TUESDAY = 1
        WEDNESDAY = 2
        THURSDAY = 3
        FRIDAY = 4
        SATURDAY = 5
        SUNDAY = 6

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    weekday = models.PositiveSmallIntegerField(
        choices=Weekday, default=Weekday.FRIDAY, help_text="Where it is a day off, the working day before."
    )
    time = models.TimeField(default=time(17), help_text="In the agency's time zone.")

    objects = DeadlineQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = "deadline of weekly statuses"
        verbose_name_plural = "deadline of weekly statuses"
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="deadline_is_one"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="deadline_weekday_is_known"),
        ]

    def __str__(self):
        return f"{self.get_weekday_display()} {self.time:%H:%M}"
