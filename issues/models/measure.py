from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse

from departments.models import Department
from departments.models.department import Reach
from issues.models.issue import Issue
from kpis.models import Kpi, Phase
from kpis.models.fields import MicroField

WHAT, WHY = 140, 500


class Kind(models.TextChoices):
    """What kind of thing was done."""

    TRAINING = "training", "Training"
    STAFFING = "staffing", "Staffing"
    PROCESS = "process", "Process"
    TOOL = "tool", "Tool"
    POLICY = "policy", "Policy"


class Way(models.TextChoices):
    """Where the values were to go."""

    UP = "up", "Up"
    DOWN = "down", "Down"


class MeasureQuerySet(models.QuerySet):
    def reachable_by(self, user, *, on, reach=Reach.READ):
        return self.filter(department__in=Department.objects.reachable_by(user, on=on, reach=reach))

    def known_at(self, moment):
        return self if moment is None else self.filter(made_at__lte=moment)

    def standing(self, *, at=None):
        """Those that were not withdrawn, or were not at a moment."""
        withdrawn = MeasureWithdrawal.objects.standing(at=at).filter(measure=OuterRef("pk"))
        return self.known_at(at).filter(~Exists(withdrawn))

    def newest_first(self):
        return self.order_by("-effective_on", "-pk")


class Measure(models.Model):
    """Something that was done so that a KPI of a department moves: which way, by how much, from which day on.

    Whether it did is told by the values (kpis.effect), from the first whole period on; a phase begins there, `phase`
    where none did already. Never updated: a mistake is withdrawn. `size` is in the KPI's unit, percentage points for
    per cent.
    """

    Kind, Way = Kind, Way

    kpi = models.ForeignKey(Kpi, models.PROTECT, related_name="measures")
    department = models.ForeignKey(Department, models.PROTECT, related_name="measures")
    issue = models.ForeignKey(Issue, models.PROTECT, null=True, blank=True, related_name="measures")
    kind = models.CharField(max_length=8, choices=Kind)
    what = models.CharField("what was done", max_length=WHAT)
    way = models.CharField("expected to go", max_length=4, choices=Way)
    size = MicroField("by how much")
    effective_on = models.DateField("takes effect on")
    look_on = models.DateField("look again on")
    phase = models.ForeignKey(Phase, models.PROTECT, null=True, blank=True, related_name="measures")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = MeasureQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["kpi", "department", "effective_on"], name="measure_by_series")]
        constraints = [
            models.CheckConstraint(condition=~Q(what=""), name="measure_says_what_was_done"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="measure_kind_is_known"),
            models.CheckConstraint(condition=Q(way__in=Way.values), name="measure_way_is_known"),
            models.CheckConstraint(
                condition=Q(size__gt=0),
                name="measure_size_is_above_zero",
                violation_error_message="What is expected is more than nothing.",
            ),
            models.CheckConstraint(
                condition=Q(look_on__gt=F("effective_on")),
                name="measure_is_looked_at_after_it_takes_effect",
                violation_error_message="The day to look again comes after the one on which it takes effect.",
            ),
        ]

    def __str__(self):
        return self.what

    @property
    def url(self) -> str:
        return reverse("issues:measure", args=[self.pk])

    @property
    def is_up(self) -> bool:
        return self.way == Way.UP


class MeasureWithdrawalQuerySet(models.QuerySet):
    def standing(self, *, at=None):
        """Those of measures that are withdrawn, or were at a moment."""
        if at is None:
            return self.filter(undone_at=None)
        return self.filter(at__lte=at).filter(Q(undone_at=None) | Q(undone_at__gt=at))


class MeasureWithdrawal(models.Model):
    """Somebody said that a measure was not taken, or not like that, and why; it may have been brought back."""

    measure = models.ForeignKey(Measure, models.CASCADE, related_name="withdrawals")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    why = models.CharField(max_length=WHY)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = MeasureWithdrawalQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["measure"],
                condition=Q(undone_at=None),
                name="measurewithdrawal_one_standing_per_measure",
                violation_error_message="This measure is withdrawn already.",
            ),
            models.CheckConstraint(condition=~Q(why=""), name="measurewithdrawal_says_why"),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None) | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="measurewithdrawal_undone_at_with_undone_by",
            ),
        ]

    def __str__(self):
        return f"{self.measure} withdrawn by {self.by}"
