import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, Q
from simple_history.models import HistoricalRecords


class Webhook(models.Model):
    """A channel of a chat that is told, too: where Slack's incoming webhooks are understood."""

    name = models.CharField(max_length=80, unique=True)
    url = models.URLField("URL", max_length=500, help_text="Who knows it can write to the channel.")
    kinds = models.JSONField(default=list, blank=True, help_text="None: all of them.")
    is_on = models.BooleanField("on", default=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["name"]
        constraints = [models.CheckConstraint(condition=~Q(name="") & ~Q(url=""), name="webhook_is_complete")]

    def __str__(self):
        return self.name

    def clean(self):
        if not re.match("https?://", self.url):
            raise ValidationError({"url": f"Found “{self.url[:60]}”, expected an address with https://."})

    def takes(self, kind: str) -> bool:
        return self.is_on and (not self.kinds or kind in self.kinds)


class DeliveryQuerySet(models.QuerySet):
    def due(self, *, at):
        return self.filter(state=Delivery.State.WAITING, due_at__lte=at)

    def of(self, delivery):
        """This one as it was taken: no row, where it was taken again or settled meanwhile."""
        return self.filter(pk=delivery.pk, taken_at=delivery.taken_at, state__in=["sending", "unsure"])

    def left_behind(self, *, since):
        """Those that somebody began to send before this moment, and never told how it went."""
        return self.filter(state=Delivery.State.SENDING, taken_at__lt=since)

    def counted(self, *, at) -> dict[str, int]:
        """How many wait, how many of them should have gone before this moment, and what became of the rest."""
        states = {state: Count("pk", filter=Q(state=state)) for state in ("waiting", "sending", "failed", "unsure")}
        return self.aggregate(**states, overdue=Count("pk", filter=Q(state="waiting", due_at__lt=at)))

    def in_trouble(self):
        return self.filter(state__in=[Delivery.State.FAILED, Delivery.State.UNSURE])


class Delivery(models.Model):
    """Something on its way to a person by e-mail, or to a webhook: both the queue and the log of it.

    `sending` is committed before a word is said to the other side, and only from `waiting`: whoever dies in between
    leaves it behind, and as nobody can tell what arrived it becomes `unsure` and is not sent again by itself.
    """

    class Channel(models.TextChoices):
        EMAIL = "email", "E-mail"
        WEBHOOK = "webhook", "Webhook"

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"
        UNSURE = "unsure", "Unsure"
        OMITTED = "omitted", "Left out"

    channel = models.CharField(max_length=10, choices=Channel)
    to = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="deliveries")
    webhook = models.ForeignKey(Webhook, models.CASCADE, null=True, blank=True, related_name="deliveries")
    about = models.ForeignKey(
        "departments.Notification", models.SET_NULL, null=True, blank=True, related_name="told_webhooks"
    )  # what a webhook is told: once for a key, however many people are
    key = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    trouble = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    message_id = models.CharField("message ID", max_length=120, unique=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state__in=["waiting", "sending"]), name="delivery_open"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(channel="email", to__isnull=False, webhook=None)
                | Q(channel="webhook", to=None, webhook__isnull=False),
                name="delivery_goes_to_one",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "sending", "sent", "failed", "unsure", "omitted"]),
                name="delivery_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at=None)),
                name="delivery_sent_with_sent_at",
            ),
            models.UniqueConstraint(fields=["webhook", "key"], name="delivery_told_a_webhook_once"),
        ]

    def __str__(self):
        return f"{self.get_channel_display()} to {self.to or self.webhook}"
