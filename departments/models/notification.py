from django.conf import settings
from django.db import models
from django.db.models import Q

from departments.models.path import within_opsroom


class Kind(models.TextChoices):
    """What a notification is about; each can be muted by itself. Whoever adds one says so in a migration, too."""

    STATUS_DUE = "status_due", "A status is due"
    STATUS_LATE = "status_late", "A status is late"
    STATUS_MISSING = "status_missing", "A status is missing"
    STATUS_NEED = "status_need", "Another department needs something"
    ISSUE = "issue", "An issue moved"
    ISSUE_STUCK = "issue_stuck", "An issue is stuck"
    MEDIATION = "mediation", "A mediation"
    COMMITMENT = "commitment", "A commitment"
    COMMITMENT_DUE = "commitment_due", "A commitment is due"
    RISK = "risk", "A risk"
    COMMENT = "comment", "A comment"
    MENTION = "mention", "A mention"
    MEETING = "meeting", "A meeting"
    EFFECT = "effect", "The effect of a measure"


class NotificationQuerySet(models.QuerySet):
    def unread(self):
        return self.filter(read_at=None)

    def pending(self):
        """Those of which nothing was decided yet: neither sent by e-mail, nor left out."""
        return self.filter(delivery=None)

    def unread_first(self):
        return self.order_by(models.F("read_at").asc(nulls_first=True), "-created_at", "-pk")

    def read(self, *, at):
        """Mark these as read; those that were keep their moment. How many it were."""
        return self.unread().update(read_at=at)


class Notification(models.Model):
    """Something that one person is told, once: `key` says what, and the database refuses the second.

    It is a row of their list, and goes out by e-mail in a delivery: at once if it is `urgent`, or else with the next
    digest.
    """

    Kind = Kind

    to = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=30, choices=Kind)
    key = models.CharField(max_length=200)
    subject = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    url = models.CharField(max_length=500, help_text="A path within Opsroom.")
    why = models.CharField(max_length=200, help_text="Why this person is told: “You head Creative.”")
    urgent = models.BooleanField(default=False)
    calendar = models.TextField(
        blank=True,
        default="",
        help_text="What a calendar is told with it, in a mail of its own.",
    )
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    delivery = models.ForeignKey(
        "departments.Delivery", models.SET_NULL, null=True, blank=True, related_name="notifications"
    )

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["to"], condition=Q(read_at=None), name="notification_unread"),
            models.Index(fields=["to"], condition=Q(delivery=None), name="notification_pending"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["to", "key"], name="notification_once_per_key"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="notification_kind_is_known"),
            models.CheckConstraint(condition=~Q(key="") & ~Q(subject="") & ~Q(why=""), name="notification_is_complete"),
            models.CheckConstraint(condition=within_opsroom("url"), name="notification_leads_into_opsroom"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}, told {self.to}"  # what it says is for its reader alone
