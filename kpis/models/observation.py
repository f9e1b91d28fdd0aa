from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from departments.models import Department
from departments.models.department import Reach
from kpis import periods
from kpis.models.fields import LIMIT, MicroField
from kpis.models.kpi import Kpi


class BatchQuerySet(models.QuerySet):
    def reachable_by(self, user, *, on, reach=Reach.READ):
        """Batches that touch nothing out of this user's reach."""
        reachable = Department.objects.reachable_by(user, on=on, reach=reach)
        touched = Observation.objects.filter(Q(batch=OuterRef("pk")) | Q(superseded_in=OuterRef("pk")))
        return self.filter(Exists(touched), ~Exists(touched.exclude(department__in=reachable)))


class Batch(models.Model):
    """One import or entry: who brought in which rows, when, from where. It can be undone whole."""

    class Source(models.TextChoices):
        ENTRY = "entry", "By hand"
        FILE = "file", "File"
        API = "api", "API"
        REVERSAL = "reversal", "Undo"
        DERIVED = "derived", "By Opsroom"

    source = models.CharField(max_length=10, choices=Source)
    recorded_at = models.DateTimeField(db_index=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="batches")
    reason = models.CharField(max_length=200, blank=True)
    file_name = models.CharField(max_length=255, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversal")

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "batches"
        constraints = [
            models.CheckConstraint(
                condition=Q(source__in=["entry", "file", "api", "reversal", "derived"]), name="batch_source_is_known"
            ),
            models.CheckConstraint(
                condition=Q(source="reversal", reverses__isnull=False) | ~Q(source="reversal") & Q(reverses=None),
                name="batch_reversal_reverses_something",
            ),
        ]

    def __str__(self):
        return self.file_name or f"{self.get_source_display()} {self.pk}"


class ObservationQuerySet(models.QuerySet):
    def current(self):
        return self.filter(superseded_at=None)

    def known_at(self, moment):
        return self.filter(recorded_at__lte=moment).filter(Q(superseded_at=None) | Q(superseded_at__gt=moment))

    def reachable_by(self, user, **kwargs):
        return self.filter(department__in=Department.objects.reachable_by(user, **kwargs))


class Observation(models.Model):
    """One recorded value (or numerator and denominator) for a KPI, department, date and reference.

    Never updated: a correction stamps this row and adds another, a retraction only stamps it; the batch that
    ended it says who and why. `date` is the first day of the period it was recorded for.
    On PostgreSQL the primary key is (kpi, id), so that nothing is unique without its KPI.
    """

    id = models.BigAutoField(primary_key=True)
    kpi = models.ForeignKey(Kpi, models.PROTECT, related_name="observations", db_index=False)
    department = models.ForeignKey(Department, models.PROTECT, related_name="observations", db_index=False)
    date = models.DateField()
    reference = models.CharField(max_length=80, blank=True, default="")
    value = MicroField(null=True, blank=True)
    numerator = MicroField(null=True, blank=True)
    denominator = MicroField(null=True, blank=True)
    note = models.CharField(max_length=500, blank=True, default="")
    row = models.PositiveIntegerField(null=True, blank=True)
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="observations")
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)
    superseded_in = models.ForeignKey(
        Batch, models.PROTECT, null=True, blank=True, related_name="superseded", db_index=False
    )

    objects = ObservationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kpi", "department", "date", "reference"],
                condition=Q(superseded_at=None),
                name="observation_one_current",
            ),
            models.CheckConstraint(
                condition=Q(value__isnull=False, numerator=None, denominator=None)
                | Q(value=None, numerator__isnull=False, denominator__isnull=False),
                name="observation_value_or_ratio",
            ),
            models.CheckConstraint(
                condition=Q(date__gte=periods.FIRST_DAY) & Q(date__lte=periods.LAST_DAY),
                name="observation_date_in_calendar",
            ),
            models.CheckConstraint(
                condition=(Q(value=None) | Q(value__gte=-LIMIT) & Q(value__lte=LIMIT))
                & (Q(numerator=None) | Q(numerator__gte=-LIMIT) & Q(numerator__lte=LIMIT))
                & (Q(denominator=None) | Q(denominator__gte=-LIMIT) & Q(denominator__lte=LIMIT)),
                name="observation_numbers_in_range",
            ),
            models.CheckConstraint(
                condition=Q(superseded_at=None, superseded_in=None)
                | Q(superseded_at__isnull=False, superseded_in__isnull=False),
                name="observation_superseded_at_with_batch",
            ),
        ]
        indexes = [
            models.Index(fields=["kpi", "department", "date", "recorded_at"], name="observation_history"),
            models.Index(  # what was restated is few rows among many
                fields=["kpi", "department", "date"],
                condition=Q(superseded_at__isnull=False),
                name="observation_replaced",
            ),
            models.Index(
                fields=["superseded_in"],
                condition=Q(superseded_in__isnull=False),
                name="observation_superseded_in",
            ),
        ]

    def __str__(self):
        return f"{self.kpi_id} {self.department_id} {self.date}"
