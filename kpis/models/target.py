from datetime import date

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from departments.models import Department
from kpis.models.fields import MicroField
from kpis.models.kpi import Kpi
from kpis.models.superseding import Superseding


class Target(Superseding):
    """What a KPI should be from a day on, or, with a last day, for that stretch alone. Superseded, never updated.

    `lower` is the least that will do, `upper` the most; a band has both. A value that neither way is better
    (direction neutral) has both and the same: it is shown, not judged.
    """

    kpi = models.ForeignKey(Kpi, models.PROTECT, related_name="targets")
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="targets",
        help_text="Empty: for all that measure it.",
    )
    starts_on = models.DateField("from")
    ends_on = models.DateField("to", null=True, blank=True, help_text="Only for an exception: its last day.")
    lower = MicroField(null=True, blank=True)
    upper = MicroField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(lower__isnull=False) | Q(upper__isnull=False),
                name="target_says_something",
                violation_error_message="Give a lower bound, an upper bound, or both.",
            ),
            models.CheckConstraint(
                condition=Q(lower=None) | Q(upper=None) | Q(lower__lte=models.F("upper")),
                name="target_band_is_not_empty",
                violation_error_message="The lower bound is not above the upper one.",
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=models.F("starts_on")),
                name="target_ends_after_it_starts",
                violation_error_message="The last day is on or after the first.",
            ),
            models.UniqueConstraint(
                "kpi",
                "starts_on",
                Coalesce("department", 0),
                Coalesce("ends_on", models.Value(date.max)),
                condition=Q(superseded_at=None),
                name="target_one_current_per_stretch",
                violation_error_message="There is already a target for these days.",
            ),
        ]
        indexes = [models.Index(fields=["kpi", "starts_on"], name="target_by_kpi")]

    def __str__(self):
        return f"{self.kpi} from {self.starts_on}"

    def clean(self):
        stretch = {name: getattr(self, name) for name in ("kpi_id", "department_id", "starts_on", "ends_on")}
        if Target.objects.current().filter(**stretch).exclude(pk=self.pk).exists():
            raise ValidationError("There is already a target for these days: change that one.")
