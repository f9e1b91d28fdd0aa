from datetime import date

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from kpis.models.kpi import Kpi
from kpis.models.superseding import Superseding


class Formula(Superseding):
    """How a KPI is worked out from others, from a day on. Another one takes over from its day, and starts a phase."""

    kpi = models.ForeignKey(Kpi, models.PROTECT, related_name="formulas")
    expression = models.CharField(
        max_length=500,
        help_text="KPI codes, numbers, + - × ÷ and parentheses, such as (sales - costs) ÷ sales × 100. A minus has"
        " spaces around it.",
    )
    starts_on = models.DateField(
        "from",
        null=True,
        blank=True,
        help_text="Empty: for all periods. A later one takes over from its day on, and a new phase starts there.",
    )
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(expression=""), name="formula_says_something", violation_error_message="Give the formula."
            ),
            models.UniqueConstraint(
                "kpi",
                Coalesce("starts_on", models.Value(date.min)),
                condition=Q(superseded_at=None),
                name="formula_one_current_per_day",
                violation_error_message="A formula already holds from this day: remove it, or give another day.",
            ),
        ]

    def __str__(self):
        return self.expression
