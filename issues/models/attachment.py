from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from issues.models.issue import Issue
from kpis.shelf import Shelf


class AttachmentQuerySet(models.QuerySet):
    def standing(self):
        return self.filter(removed_at=None)

    def known_at(self, moment):
        """Those that were there at a moment; that are, where none is given."""
        if moment is None:
            return self.standing()
        newest = FileChange.objects.known_at(moment).filter(attachment=OuterRef("pk")).order_by("-at", "-pk")
        was_removed = Coalesce(Subquery(newest.values("is_removal")[:1]), False)
        return self.filter(at__lte=moment).annotate(was_removed=was_removed).filter(was_removed=False)


class Attachment(models.Model):
    """A file that belongs to an issue; it lies on a shelf. Removed, it is not shown any more, and kept.

    Whether it is removed now follows from its changes.
    """

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="attachments")
    name = models.CharField(max_length=255)
    kind = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    shelf_name = models.CharField(max_length=32, unique=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["issue", "at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["issue", "sha256"], condition=Q(removed_at=None), name="attachment_once_per_issue"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="attachment_is_named"),
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_by=None) | Q(removed_at__isnull=False, removed_by__isnull=False),
                name="attachment_removed_at_with_removed_by",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def shelf(self) -> Shelf:
        return Shelf(Path(settings.ATTACHMENTS_DIR) / self.shelf_name)


class FileChangeQuerySet(models.QuerySet):
    def known_at(self, moment):
        return self if moment is None else self.filter(at__lte=moment)


class FileChange(models.Model):
    """A file of an issue was removed, or brought back. Never updated."""

    attachment = models.ForeignKey(Attachment, models.CASCADE, related_name="changes")
    is_removal = models.BooleanField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = FileChangeQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self):
        return f"{self.by} {'removed' if self.is_removal else 'brought back'} {self.attachment}"
