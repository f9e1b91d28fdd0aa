from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from simple_history.models import HistoricalRecords

from departments.models import Department
from departments.models.department import Reach
from departments.models.span import Span, SpanQuerySet, ends_after_it_starts
from kpis import rules
from kpis.models.fields import MicroField
from kpis.periods import Grain


class Direction(models.TextChoices):
    UP = "up", "Higher is better"
    DOWN = "down", "Lower is better"
    IN = "in", "Best inside a band"
    NEUTRAL = "neutral", "Neither is better"


class Category(models.TextChoices):
    FINANCIAL = "financial", "Financial"
    CUSTOMER = "customer", "Customer"
    PROCESS = "process", "Process"
    PEOPLE = "people", "People"


def choices(enum, *, without=()):
    return [(member.value, member.value.capitalize()) for member in enum if member not in without]


HEADLINES = 8  # so many the overview has room for
CODE = "[A-Za-z0-9][A-Za-z0-9._-]*"
CADENCES = choices(Grain, without=[Grain.YEAR])


class KpiQuerySet(models.QuerySet):
    def live(self, *, on):
        return self.filter(Q(retired_on=None) | Q(retired_on__gt=on))

    def entered(self):
        """Those whose values somebody records: what is neither worked out by a formula nor counted by Opsroom."""
        return self.exclude(over_time=rules.OverTime.FORMULA).exclude(by_opsroom=True)

    def measured_in(self, departments):
        """KPIs that one of these departments measures, or did."""
        found = Assignment.objects.filter(kpi=OuterRef("pk"), department__in=departments)
        return self.filter(Exists(found))

    def reachable_by(self, user, *, on, reach=Reach.READ):
        """What is measured in the departments this user reaches; to who reads everything, also what nobody measures."""
        if reach is Reach.READ and user.reads_everything(on=on):
            return self
        return self.measured_in(Department.objects.reachable_by(user, on=on, reach=reach))

    def by_name(self):
        return self.order_by("position", "name", "code")


class Kpi(models.Model):
    """A contract: what is measured, in what unit, how often, how it adds up, and whose head answers for it."""

    Direction, Category = Direction, Category

    code = models.CharField(
        max_length=60,
        unique=True,
        validators=[RegexValidator(rf"^{CODE}\Z", "Letters, digits, dot, dash and underscore.")],
        help_text="What files and programs call it. Keep it for good.",
    )
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True, help_text="What exactly is counted, and what is not.")
    owner = models.ForeignKey(
        Department,
        models.PROTECT,
        related_name="owned_kpis",
        help_text="The department whose head answers for it.",
    )
    category = models.CharField(max_length=10, choices=Category, default=Category.PROCESS)
    unit = models.CharField(max_length=20, blank=True, help_text="%, €, days, tickets …")
    decimals = models.PositiveSmallIntegerField(default=1, help_text="Decimals shown, 0 to 6.")
    direction = models.CharField(max_length=10, choices=Direction, default=Direction.UP)
    cadence = models.CharField(
        max_length=10,
        choices=CADENCES,
        default=Grain.WEEK,
        help_text="How often it is judged.",
    )
    recorded = models.CharField(
        "recorded per",
        max_length=10,
        choices=CADENCES,
        default=Grain.WEEK,
        help_text="One value per day, week, month or quarter. Any date inside it means the same period.",
    )
    over_time = models.CharField(max_length=10, choices=choices(rules.OverTime), default=rules.OverTime.RATIO)
    over_departments = models.CharField(
        max_length=10, choices=choices(rules.OverDepartments), default=rules.OverDepartments.RATIO
    )
    numerator_name = models.CharField(max_length=80, blank=True, help_text="“on time”")
    denominator_name = models.CharField(max_length=80, blank=True, help_text="“due”")
    per = models.PositiveIntegerField(
        default=1,
        validators=[MinValueValidator(1)],
        help_text="A ratio is shown per so many: 100 for per cent.",
    )
    least = MicroField(
        null=True, blank=True, help_text="What no value can be below: 0 for most that is counted. Empty: nothing."
    )
    most = MicroField(null=True, blank=True, help_text="What no value can be above: 100 for a share. Empty: nothing.")
    headline = models.BooleanField(
        default=False,
        help_text=f"One of the agency's few numbers, shown on the overview, which has room for {HEADLINES}.",
    )
    position = models.PositiveSmallIntegerField(default=0, help_text="Order in lists; then by name.")
    by_opsroom = models.BooleanField(default=False, editable=False)  # counted here: a period with none is no gap
    retired_on = models.DateField(null=True, blank=True)

    objects = KpiQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = "KPI"
        constraints = [
            models.CheckConstraint(condition=Q(direction__in=Direction.values), name="kpi_direction_is_known"),
            models.CheckConstraint(condition=Q(category__in=Category.values), name="kpi_category_is_known"),
            models.CheckConstraint(
                condition=Q(cadence__in=["day", "week", "month", "quarter"]), name="kpi_cadence_is_known"
            ),
            models.CheckConstraint(
                condition=Q(recorded="day")
                | Q(recorded="week", cadence__in=["week", "month", "quarter"])
                | Q(recorded="month", cadence__in=["month", "quarter"])
                | Q(recorded="quarter", cadence="quarter"),
                name="kpi_recorded_at_least_as_often_as_judged",
                violation_error_message="A KPI is recorded at least as often as it is judged.",
            ),
            models.CheckConstraint(
                condition=Q(over_departments="none")
                | Q(
                    over_time__in=["sum", "last", "min", "max"],
                    over_departments__in=["sum", "mean", "min", "max"],
                )
                | Q(over_time="mean", over_departments="mean")
                | Q(over_time="ratio", over_departments="ratio")
                | Q(over_time="formula", over_departments="formula"),
                name="kpi_combination_is_exact",
                violation_error_message="These rules do not go together: a ratio combines as a ratio, a mean as a mean,"
                " a formula as a formula; sum, last, min and max as sum, mean, min or max. “None” goes with all.",
            ),
            models.CheckConstraint(
                condition=Q(over_time__in=[r.value for r in rules.OverTime]), name="kpi_over_time_is_known"
            ),
            models.CheckConstraint(
                condition=Q(decimals__lte=6),
                name="kpi_at_most_six_decimals",
                violation_error_message="At most six decimals.",
            ),
            models.CheckConstraint(
                condition=Q(per__gte=1) & (Q(per=1) | Q(over_time="ratio")),
                name="kpi_per_is_for_ratios",
                violation_error_message="“Per” is for ratios; leave it at 1.",
            ),
            models.CheckConstraint(
                condition=Q(least=None) | Q(most=None) | Q(least__lte=F("most")),
                name="kpi_least_is_not_above_most",
                violation_error_message="The least a value can be is not above the most.",
            ),
            models.CheckConstraint(
                condition=~Q(code="") & ~Q(name=""),
                name="kpi_is_named",
                violation_error_message="A KPI needs a code and a name.",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def is_ratio(self):
        return self.over_time == rules.OverTime.RATIO

    @property
    def is_formula(self):
        return self.over_time == rules.OverTime.FORMULA

    @property
    def is_handed_in(self):
        """Whether somebody is expected to report it: neither worked out nor counted by Opsroom itself."""
        return not self.is_formula and not self.by_opsroom

    @property
    def drawn_within(self):
        """The least and the most of what its values add up to: a sum of several may be more than one can."""
        if "sum" not in (self.over_time, self.over_departments):
            return self.least, self.most
        least = self.least if self.least is not None and self.least >= 0 else None
        return least, self.most if self.most is not None and self.most <= 0 else None

    def clean(self):
        if self.pk and (kept := Kpi.objects.filter(pk=self.pk).first()):
            kinds = ("recorded", "is_ratio", "is_formula")
            if kept.observations.exists() and any(getattr(kept, kind) != getattr(self, kind) for kind in kinds):
                raise ValidationError(
                    "Values are already recorded: how often they are, and whether they are numerator and denominator,"
                    " stays as it is. Retire this KPI and define a new one."
                )


class AssignmentQuerySet(SpanQuerySet):
    def reachable_by(self, user, **kwargs):
        return self.filter(department__in=Department.objects.reachable_by(user, **kwargs))


class Assignment(Span):
    """Which department measures a KPI, from when to when: who is expected to report."""

    once_per = ["kpi", "department"]

    kpi = models.ForeignKey(Kpi, models.PROTECT, related_name="assignments")
    department = models.ForeignKey(Department, models.PROTECT, related_name="assignments")

    objects = AssignmentQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        constraints = [ends_after_it_starts("assignment")]
        indexes = [models.Index(fields=["kpi", "department", "starts_on"], name="assignment_by_kpi")]

    def __str__(self):
        return f"{self.department} measures {self.kpi}"
