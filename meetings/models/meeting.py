from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from simple_history.models import HistoricalRecords

from meetings.models.series import LONGEST_MEETING, Series

RUN = ["edition", "current", "current_since"]  # what a meeting that runs changes by the minute: kept by its items


class MeetingQuerySet(models.QuerySet):
    def reachable_by(self, user, *, on):
        """Those of series within reach."""
        if user.writes_everything:
            return self
        return self.filter(series__in=Series.objects.reachable_by(user, on=on))

    def held(self):
        return self.exclude(closed_at=None)

    def running(self):
        return self.filter(closed_at=None).exclude(opened_at=None)

    def to_come(self):
        """Those that have neither begun nor been cancelled."""
        return self.filter(opened_at=None, cancelled_at=None)


class Meeting(models.Model):
    """One meeting of a series. There is a row from when something is known of it that its schedule does not say: its
    memo was drafted, somebody put something on its agenda, it was moved or cancelled.

    `slot` is the day on which the schedule has it, and names it for good; `starts_at` when it takes place. The item
    being spoken of is `current` since `current_since`; the memo tells what came `memo_since`. `edition` rises with
    whatever those who have it open must see.
    """

    series = models.ForeignKey(Series, models.PROTECT, related_name="meetings")
    slot = models.DateField()
    starts_at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField()
    moved_at = models.DateTimeField(null=True, blank=True)
    moved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    cancelled_why = models.CharField(max_length=200, blank=True, default="")
    memo_at = models.DateTimeField("agenda drafted", null=True, blank=True)
    memo_since = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    edition = models.PositiveIntegerField(default=1)
    current = models.ForeignKey("AgendaItem", models.SET_NULL, null=True, blank=True, related_name="+")
    current_since = models.DateTimeField(null=True, blank=True)

    objects = MeetingQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=RUN)

    class Meta:
        indexes = [models.Index(fields=["starts_at"], name="meeting_by_start")]
        constraints = [
            models.UniqueConstraint(fields=["series", "slot"], name="meeting_once_per_slot"),
            models.CheckConstraint(
                condition=Q(minutes__gte=5, minutes__lte=LONGEST_MEETING),
                name="meeting_lasts_five_minutes_to_twelve_hours",
                violation_error_message="A meeting lasts 5 minutes at least and 12 hours at most.",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at=None, cancelled_by=None)
                | Q(cancelled_at__isnull=False, cancelled_by__isnull=False, opened_at=None),
                name="meeting_is_cancelled_before_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(opened_at=None, opened_by=None, closed_at=None)
                | Q(opened_at__isnull=False, opened_by__isnull=False),
                name="meeting_is_opened_before_it_is_closed",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None)
                | Q(closed_at__gte=F("opened_at"), closed_by__isnull=False),
                name="meeting_is_closed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(current=None, current_since=None)
                | Q(current__isnull=False, current_since__isnull=False, opened_at__isnull=False, closed_at=None),
                name="meeting_has_a_current_item_while_it_runs",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.series}, {self.slot:%-d %b %Y}"

    @property
    def url(self) -> str:
        return reverse("meetings:meeting", args=[self.series_id, self.slot])

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def is_running(self) -> bool:
        return self.opened_at is not None and self.closed_at is None

    @property
    def is_open(self) -> bool:
        """Whether its agenda may still be changed."""
        return self.closed_at is None and self.cancelled_at is None
