from django.conf import settings
from django.db import models
from django.db.models import F, Q

from departments.models import Department, User

NAME, WORDS = 120, 200


class EventLogQuerySet(models.QuerySet):
    def reachable_by(self, user, *, on):
        """Whoever reads everything: the groups of a log are not departments, so that none of it is anybody's own."""
        return self if user.writes_everything or user.reads_everything(on=on) else self.none()

    def removable_by(self, user):
        """Whoever answers for what stands here: the COO and administrators."""
        return self if user.writes_everything or user.role == User.Role.ADMINISTRATOR else self.none()

    def newest_first(self):
        return self.order_by("-imported_at", "-pk")


class EventLog(models.Model):
    """A file of events that another system kept: who had which case when. Imported whole, never updated.

    `columns` says which column was taken for what. `passed_over` are events without a group.
    """

    name = models.CharField(max_length=NAME)
    file_name = models.CharField(max_length=255)
    file_sha256 = models.CharField(max_length=64)
    columns = models.JSONField()
    imported_at = models.DateTimeField()
    imported_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    events = models.PositiveIntegerField(default=0)
    passed_over = models.PositiveIntegerField(default=0)

    objects = EventLogQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["file_sha256", "columns"], name="eventlog_once_per_file"),
            models.CheckConstraint(condition=Q(passed_over__lte=F("events")), name="eventlog_passes_over_its_events"),
        ]

    def __str__(self):
        return self.name


class EventGroup(models.Model):
    """A group as the log names it; also a department where one is called the same."""

    log = models.ForeignKey(EventLog, models.CASCADE, related_name="groups")
    name = models.CharField(max_length=WORDS)
    department = models.ForeignKey(Department, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["log", "name"], name="eventgroup_once_per_log")]

    def __str__(self):
        return self.name


class EventCase(models.Model):
    """A case of a log. `reopened` (how often) and `is_kept` (its agreement) are None where the log does not say."""

    log = models.ForeignKey(EventLog, models.CASCADE, related_name="cases")
    name = models.CharField(max_length=WORDS)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    reopened = models.PositiveIntegerField(null=True)
    is_kept = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["log", "name"], name="eventcase_once_per_log"),
            models.CheckConstraint(condition=Q(last_at__gte=F("first_at")), name="eventcase_ends_after_it_begins"),
        ]

    def __str__(self):
        return self.name


class Handover(models.Model):
    """A case left one group for another. `elapsed` and `worked` are the seconds since it came to the one it left:
    all of them, and those of the agency's working time."""

    case = models.ForeignKey(EventCase, models.CASCADE, related_name="handovers")
    left = models.ForeignKey(EventGroup, models.CASCADE, related_name="handed_over")
    came_to = models.ForeignKey(EventGroup, models.CASCADE, related_name="taken_over")
    at = models.DateTimeField()
    elapsed = models.PositiveBigIntegerField()
    worked = models.PositiveBigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["left", "came_to", "worked"], name="handover_by_pair")]
        constraints = [
            models.CheckConstraint(condition=~Q(left=F("came_to")), name="handover_is_between_two"),
            models.CheckConstraint(condition=Q(worked__lte=F("elapsed")), name="handover_works_while_it_waits"),
        ]

    def __str__(self):
        return f"{self.case}: {self.left} → {self.came_to}"
