from datetime import time

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from departments.models.notification import Kind


class MailingQuerySet(models.QuerySet):
    def of(self, user):
        """How this person wants their mail; a new row, not saved, where they never said."""
        return self.filter(user=user).first() or self.model(user=user)


class Mailing(models.Model):
    """How somebody wants to be told by e-mail: not at all, of each thing at once, or once every working day."""

    class Rhythm(models.TextChoices):
        DAILY = "daily", "In one e-mail every working day; what is urgent at once"
        AT_ONCE = "at_once", "Each at once"

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="mailing")
    is_on = models.BooleanField("send me e-mail", default=True)
    rhythm = models.CharField(max_length=10, choices=Rhythm, default=Rhythm.DAILY)
    hour = models.PositiveSmallIntegerField(
        "hour of the day", default=8, validators=[MaxValueValidator(23)], help_text="0 to 23, in the agency's time."
    )

    objects = MailingQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(rhythm__in=["daily", "at_once"]), name="mailing_rhythm_is_known"),
            models.CheckConstraint(condition=Q(hour__gte=0) & Q(hour__lte=23), name="mailing_hour_of_a_day"),
        ]

    def __str__(self):
        return f"E-mail to {self.user}"

    @property
    def at(self) -> time:
        return time(self.hour)


class Mute(models.Model):
    """A kind of notification that somebody wants no e-mail about. It still stands in their list."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="mutes")
    kind = models.CharField(max_length=30, choices=Kind)
    muted_at = models.DateTimeField()

    history = HistoricalRecords(verbose_name="muting", verbose_name_plural="mutings")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], name="mute_once"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="mute_kind_is_known"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}, muted by {self.user}"
