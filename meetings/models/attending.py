from datetime import timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from meetings.models.agenda import AgendaItem
from meetings.models.meeting import Meeting

HERE = timedelta(seconds=45)  # so long somebody is there whose page has not asked again


class PresenceQuerySet(models.QuerySet):
    def here(self, *, at):
        return self.filter(seen_at__gt=at - HERE)


class Presence(models.Model):
    """That somebody has the page of a meeting open, when it last asked, and on which item they are writing."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="presences")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    seen_at = models.DateTimeField()
    writing = models.ForeignKey(AgendaItem, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = PresenceQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["meeting", "user"], name="presence_once")]

    def __str__(self):
        return f"{self.user} in {self.meeting}"


class Attendance(models.Model):
    """Whether somebody was there: found by the page they had open, or marked by whoever leads the meeting (`by`)."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="attendances")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    is_present = models.BooleanField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["meeting", "user"], name="attendance_once")]

    def __str__(self):
        return f"{self.user}, {'there' if self.is_present else 'not there'}"


class Rating(models.Model):
    """How good a meeting was to somebody who was there, 1 to 10, with a word why."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="ratings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    score = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(10)])
    why = models.CharField(max_length=140, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["meeting", "user"], name="rating_once"),
            models.CheckConstraint(condition=Q(score__gte=1, score__lte=10), name="rating_is_one_to_ten"),
        ]

    def __str__(self):
        return f"{self.score} of 10"
