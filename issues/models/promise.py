from django.db import models
from django.db.models import Q

from departments.models import Department
from issues.models.issue import Issue
from issues.models.move import Move


class Kind(models.TextChoices):
    ACCEPT = "accept", "Accept"
    RESOLVE = "resolve", "Resolve"
    ANSWER = "answer", "Answer"


class Promise(models.Model):
    """What became of a promise of an operating agreement: kept, or missed, once it was either. Never updated.

    `move` is what it began with, `allowed` and `used` are seconds of working time in which `department` had the ball.
    """

    Kind = Kind

    issue = models.ForeignKey(Issue, models.CASCADE, related_name="promises")
    kind = models.CharField(max_length=7, choices=Kind)
    department = models.ForeignKey(Department, models.PROTECT, related_name="+")
    move = models.ForeignKey(Move, models.CASCADE, related_name="+")
    is_kept = models.BooleanField()
    allowed = models.PositiveBigIntegerField()
    used = models.PositiveBigIntegerField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["move", "kind"], name="promise_one_outcome"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="promise_kind_is_known"),
            models.CheckConstraint(
                condition=Q(is_kept=True, used__lte=models.F("allowed"))
                | Q(is_kept=False, used__gte=models.F("allowed")),
                name="promise_kept_within_what_was_allowed",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.issue}: {self.get_kind_display().lower()} {'kept' if self.is_kept else 'missed'}"
