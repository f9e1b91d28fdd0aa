from django.conf import settings
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from departments.models.department import Department
from departments.models.span import Span, SpanQuerySet, ends_after_it_starts


class AbsenceQuerySet(SpanQuerySet):
    def not_over(self, *, on):
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=on))

    def soonest_first(self):
        return self.order_by("starts_on", "user__name", "pk")


class Absence(Span):
    """Days on which somebody is away: who asks for them, asks their deputy. Why is nobody's business."""

    once_per = ["user"]

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="absences")

    objects = AbsenceQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["-starts_on", "pk"]
        constraints = [ends_after_it_starts("absence")]

    def __str__(self):
        return f"Absence of {self.user}"

    @property
    def days(self) -> str:
        if self.ends_on is None:
            return f"from {self.starts_on:%d %b %Y}"
        until = f" to {self.ends_on:%d %b %Y}" if self.ends_on > self.starts_on else ""
        return f"{self.starts_on:%d %b %Y}{until}"


class Pause(Span):
    """Days on which a department owes nothing: nobody is reminded, and nothing is late."""

    once_per = ["department"]

    department = models.ForeignKey(Department, models.PROTECT, related_name="pauses")
    reason = models.CharField(max_length=200)

    objects = SpanQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["-starts_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="pause_has_a_reason"),
            ends_after_it_starts("pause"),
        ]

    def __str__(self):
        return f"Pause of {self.department}"
