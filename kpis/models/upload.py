from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import Q

from kpis.models.observation import Batch
from kpis.shelf import Shelf


class UploadQuerySet(models.QuerySet):
    def of(self, user):
        """What somebody brought is nobody else's business."""
        return self.filter(uploaded_by=user)

    def waiting(self):
        """For the worker, the longest first."""
        return self.filter(state__in=Upload.QUEUE).order_by("changed_at", "pk")

    def unfinished(self):
        return self.exclude(state__in=Upload.OVER)

    def newest_first(self):
        return self.order_by("-uploaded_at", "-pk")


class Upload(models.Model):
    """A file that somebody brought in through the browser, and how far it has come on its way to a batch.

    The rows that wait are the worker's queue. The file lies on a shelf until all is over; its rows never stand here,
    only the first few, to look at.
    """

    class State(models.TextChoices):
        RECEIVED = "received", "Waits to be read"
        READ = "read", "Columns to be chosen"
        CHOSEN = "chosen", "Waits to be checked"
        CHECKED = "checked", "Checked"
        CONFIRMED = "confirmed", "Waits to be imported"
        DONE = "done", "Imported"
        CANCELLED = "cancelled", "Cancelled"
        FAILED = "failed", "Cannot be imported"

    QUEUE = (State.RECEIVED, State.CHOSEN, State.CONFIRMED)
    OVER = (State.DONE, State.CANCELLED, State.FAILED)

    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="uploads")
    uploaded_at = models.DateTimeField()
    file_name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64)
    shelf_name = models.CharField(max_length=32, unique=True)
    state = models.CharField(max_length=10, choices=State, default=State.RECEIVED)
    changed_at = models.DateTimeField(help_text="When it came into its state.")
    tries = models.PositiveSmallIntegerField(default=0, help_text="How often the worker began with it in this state.")
    asked = models.JSONField(default=dict, blank=True, help_text="Which sheet and head to read.")
    seen = models.JSONField(default=dict, blank=True, help_text="What was found in it, with the first rows.")
    choices = models.JSONField(default=dict, blank=True, help_text="What its columns mean.")
    report = models.JSONField(default=dict, blank=True, help_text="What an import would do, or did.")
    skip_rejected = models.BooleanField(default=False)
    trouble = models.TextField(blank=True)
    batch = models.OneToOneField(Batch, models.PROTECT, null=True, blank=True, related_name="upload")

    objects = UploadQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=["received", "read", "chosen", "checked", "confirmed", "done", "cancelled", "failed"]
                ),
                name="upload_state_is_known",
            ),
            models.CheckConstraint(condition=Q(batch=None) | Q(state="done"), name="upload_batch_when_done"),
            models.CheckConstraint(condition=~Q(state="failed") | ~Q(trouble=""), name="upload_failed_for_a_reason"),
        ]
        indexes = [
            models.Index(
                fields=["changed_at"], condition=Q(state__in=["received", "chosen", "confirmed"]), name="upload_waiting"
            )
        ]

    def __str__(self):
        return self.file_name

    @property
    def shelf(self) -> Shelf:
        return Shelf(Path(settings.UPLOADS_DIR) / self.shelf_name)

    @property
    def waits(self) -> bool:
        return self.state in self.QUEUE

    @property
    def is_over(self) -> bool:
        return self.state in self.OVER

    def come(self, state, *, at, **fields):
        """Move on to a state, with what was found out on the way."""
        for name, value in {"state": state, "changed_at": at, "tries": 0, **fields}.items():
            setattr(self, name, value)
        self.save(update_fields=["state", "changed_at", "tries", *fields])


class RememberedQuerySet(models.QuerySet):
    def best_for(self, user, head: str):
        """What this user chose for a table with this head, or else anybody, most recently."""
        mine = models.Case(models.When(chosen_by=user, then=0), default=1, output_field=models.IntegerField())
        return self.filter(head=head).order_by(mine, "-used_at", "-pk").select_related("chosen_by").first()


class RememberedMapping(models.Model):
    """What somebody chose for the columns of a table, for the next file with the same head."""

    head = models.CharField(max_length=64, help_text="SHA-256 of the names of the columns.")
    chosen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="mappings")
    choices = models.JSONField()
    used_at = models.DateTimeField()

    objects = RememberedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["head", "chosen_by"], name="remembered_mapping_once_per_head_and_user")
        ]

    def __str__(self):
        return f"{self.chosen_by}, {self.head[:8]}"
