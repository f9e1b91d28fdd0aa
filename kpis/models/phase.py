from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from departments.models import Department
from kpis import spc
from kpis.models.kpi import Kpi
from kpis.models.superseding import Superseding


class Phase(Superseding):
    """From this day on a KPI has limits of its own, for a reason: something was changed. Superseded, never updated."""

    kpi = models.ForeignKey(Kpi, models.PROTECT, related_name="phases")
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="phases",
        help_text="Empty: for all that measure it, and their totals.",
    )
    starts_on = models.DateField("from")
    fixed_from = models.PositiveSmallIntegerField(
        "limits from the first",
        null=True,
        blank=True,
        validators=[MinValueValidator(spc.LEAST)],
        help_text=f"So many values, {spc.LEAST} at least. Empty: from all values of the phase.",
    )
    reason = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(fixed_from=None) | Q(fixed_from__gte=spc.LEAST),
                name="phase_has_values_for_its_limits",
                violation_error_message=f"Limits are taken from {spc.LEAST} values at least.",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="phase_has_a_reason",
                violation_error_message="Say what was changed.",
            ),
            models.UniqueConstraint(
                "kpi",
                "starts_on",
                Coalesce("department", 0),
                condition=Q(superseded_at=None),
                name="phase_one_current_per_day",
                violation_error_message="A phase already starts on this day.",
            ),
        ]

    def __str__(self):
        return f"{self.reason} ({self.starts_on})"
