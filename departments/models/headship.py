from django.conf import settings
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from departments.models.department import Department
from departments.models.span import Span, SpanQuerySet, ends_after_it_starts


class HeadshipQuerySet(SpanQuerySet):
    def heads(self):
        return self.filter(kind=Headship.Kind.HEAD)


class Headship(Span):
    """Who leads a department, or stands in for its head, from one day to another: at most one of each a day."""

    class Kind(models.TextChoices):
        HEAD = "head", "Head"
        DEPUTY = "deputy", "Deputy"

    once_per = ["department", "kind"]

    department = models.ForeignKey(Department, models.PROTECT, related_name="headships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="headships")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.HEAD)
    absence = models.ForeignKey(
        "departments.Absence", models.SET_NULL, null=True, blank=True, editable=False, related_name="deputies"
    )  # for which this deputy was chosen: ended and undone with it

    objects = HeadshipQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["department", "kind", "-starts_on"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["head", "deputy"]), name="headship_kind_is_known"),
            ends_after_it_starts("headship"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} of {self.department}: {self.user}"
