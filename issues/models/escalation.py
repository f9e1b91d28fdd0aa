from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from departments.models import Department
from issues.flow import ASKS_TO_ACCEPT, ASKS_TO_RESOLVE, TO_RESOLVE, State
from issues.models.issue import Issue
from issues.models.move import Move
from issues.models.promise import Kind


class EscalationQuerySet(models.QuerySet):
    def known_at(self, moment):
        return self if moment is None else self.filter(at__lte=moment)

    def standing(self):
        """Those of what is waited for now from whoever has the ball, however often it went to and fro meanwhile."""
        newer = Move.objects.filter(issue=OuterRef("issue"), number__gt=OuterRef("move__number"))
        accepting, resolving = (~Q(Exists(newer.filter(act__in=acts))) for acts in (ASKS_TO_ACCEPT, ASKS_TO_RESOLVE))
        return self.filter(
            Q(kind=Kind.ACCEPT, issue__state=State.OPEN) & accepting
            | Q(kind=Kind.RESOLVE, issue__state__in=TO_RESOLVE) & resolving
            | Q(kind=Kind.ANSWER, at__gte=F("issue__since")),
            department=F("issue__court"),
        )


class Escalation(models.Model):
    """A step that a stuck issue took by itself: each once for what is waited for since a move."""

    class Step(models.TextChoices):
        SOON = "soon", "Due soon"
        MISSED = "missed", "Overdue"
        COO = "coo", "With the COO"

    issue = models.ForeignKey(Issue, models.CASCADE, related_name="escalations")
    kind = models.CharField(max_length=7, choices=Kind)
    step = models.CharField(max_length=6, choices=Step)
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", help_text="Who is waited for.")
    move = models.ForeignKey(Move, models.CASCADE, related_name="+")
    at = models.DateTimeField()

    objects = EscalationQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["move", "kind", "step"], name="escalation_each_step_once"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="escalation_kind_is_known"),
            models.CheckConstraint(condition=Q(step__in=["soon", "missed", "coo"]), name="escalation_step_is_known"),
        ]

    def __str__(self):
        return f"{self.issue}: {self.get_step_display().lower()}"
