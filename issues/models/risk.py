from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When
from django.urls import reverse
from django.utils import timezone
from simple_history.models import HistoricalRecords

from departments.models import Department
from departments.models.department import Reach
from issues.scales import MOST, REVIEWED_EVERY, Level, Rating, span
from kpis.models import Kpi, Signal
from kpis.models.superseding import Superseding

A_DAY = timedelta(days=1)
TITLE, CLAUSE, WORDS = 120, 300, 1000
SCORES = ["inherent_likelihood", "inherent_impact", "residual_likelihood", "residual_impact"]


class Category(models.TextChoices):
    SUPPLY = "supply", "Supply chain"
    LABOUR = "labour", "Labour"
    COMPLIANCE = "compliance", "Compliance"
    TECHNOLOGY = "technology", "Technology"
    CLIENT = "client", "Client"
    FINANCE = "finance", "Finance"
    REPUTATION = "reputation", "Reputation"


def start_of(day: date) -> datetime:
    """The first moment of a day in the agency's time zone."""
    return timezone.make_aware(datetime.combine(day, time.min))


def concerns(*, at=None):
    """Signals of concern that stand and that nobody explained, or that stood so at a moment."""
    found = Signal.objects.filter(kind=Signal.Kind.CONCERN)
    if at is None:
        return found.open()
    left = (Q(**{f"{name}_at": None}) | Q(**{f"{name}_at__gt": at}) for name in ("withdrawn", "explained"))
    return found.filter(*left, found_at__lte=at)


class RiskQuerySet(models.QuerySet):
    def reachable_by(self, user, *, on, reach=Reach.READ):
        return self.filter(department__in=Department.objects.reachable_by(user, on=on, reach=reach))

    def known_at(self, moment):
        return self if moment is None else self.filter(opened_at__lte=moment)

    def open(self, *, at=None):
        """Those that are not closed, or were not at a moment."""
        closed = RiskClosure.objects.standing(at=at).filter(risk=OuterRef("pk"))
        return self.known_at(at).filter(~Exists(closed))

    def with_version(self, *, at):
        """Each with how it was put at a moment: `version`, a key of its history."""
        known = Risk.history.filter(id=OuterRef("pk"), history_date__lte=at)
        return self.alias(version=Subquery(known.order_by("-history_date", "-history_id").values("history_id")[:1]))

    def put(self, *so, at=None, **as_well):
        """Those that are put so, or were at a moment; what `filter` takes, of a risk's own fields."""
        if at is None:
            return self.filter(*so, **as_well)
        then = Risk.history.filter(*so, history_id=OuterRef("version"), **as_well)
        return self.with_version(at=at).filter(Exists(then))

    def with_kind(self, *, at=None):
        """Each with its category, or the one of a moment: `kind`."""
        if at is None:
            return self.alias(kind=F("category"))
        then = Risk.history.filter(history_id=OuterRef("version"))
        return self.with_version(at=at).alias(kind=Subquery(then.values("category")))

    def rated(self, *, at=None):
        """Each with its newest scores and the appetite of its category, or those of a moment: `number`, `scored_at`,
        `points` (residual), `appetite` (None where nobody said what is accepted), …"""
        appetite = Appetite.objects.known_at(at).filter(category=OuterRef("kind")).values("level")[:1]
        found = self.with_kind(at=at).filter(scores__in=RiskScore.objects.newest(at=at))
        found = found.annotate(number=F("scores__number"), scored_at=F("scores__at"), appetite=Subquery(appetite))
        found = found.annotate(**{name: F(f"scores__{name}") for name in SCORES})
        return found.annotate(points=F("residual_likelihood") * F("residual_impact"))

    def of_level(self, level: Level):
        """Of those that are rated."""
        least, most = span(level)
        return self.filter(points__gte=least, points__lte=most)

    def above_appetite(self):
        """Of those that are rated, the ones beyond what is accepted in their category."""
        accepted = Case(*(When(appetite=str(level), then=Value(most)) for level, most in MOST.items()))
        return self.filter(points__gt=accepted)

    def to_look_at(self, *, on):
        """Of those that are rated, the ones beyond what is accepted, and the ones that are due."""
        return self.above_appetite() | self.due(on=on)

    def due(self, *, on):
        """Of those that are rated, the ones to be looked at by a day: their time is up, or their indicator shows a
        concern that nobody explained and that was found since."""
        time_is_up = Q(pk=None)
        for level, every in REVIEWED_EVERY.items():
            least, most = span(level)
            time_is_up |= Q(points__gte=least, points__lte=most, scored_at__lt=start_of(on - every + A_DAY))
        shown = concerns().filter(kpi=OuterRef("kri"), department=OuterRef("kri_department"))
        return self.filter(time_is_up | Exists(shown.filter(found_at__gt=OuterRef("scored_at"))))

    def with_inherent_points(self):
        return self.annotate(inherent_points=F("inherent_likelihood") * F("inherent_impact"))

    def gravest_first(self):
        return self.order_by("-points", "-residual_impact", "title", "pk")


class Risk(models.Model):
    """Something that may happen, and what it would do: because of a cause, an event, with an effect.

    How likely and how bad it is say its scores; what is accepted says the appetite of its category. An indicator is a
    KPI of a department: where that shows a concern, the risk is to be looked at.
    """

    Category = Category

    department = models.ForeignKey(Department, models.PROTECT, related_name="risks")
    category = models.CharField(max_length=10, choices=Category)
    title = models.CharField(max_length=TITLE)
    cause = models.CharField(max_length=CLAUSE)
    event = models.CharField(max_length=CLAUSE)
    effect = models.CharField(max_length=CLAUSE)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="risks")
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    kri = models.ForeignKey(
        Kpi, models.PROTECT, null=True, blank=True, related_name="risks", verbose_name="key risk indicator"
    )
    kri_department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="+")

    objects = RiskQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        indexes = [models.Index(fields=["department", "category"], name="risk_by_department")]
        constraints = [
            models.CheckConstraint(condition=Q(category__in=Category.values), name="risk_category_is_known"),
            models.CheckConstraint(
                condition=~Q(title="") & ~Q(cause="") & ~Q(event="") & ~Q(effect=""),
                name="risk_says_cause_event_and_effect",
                violation_error_message="A risk has a title, a cause, an event and an effect.",
            ),
            models.CheckConstraint(
                condition=Q(kri=None, kri_department=None) | Q(kri__isnull=False, kri_department__isnull=False),
                name="risk_indicator_is_measured_somewhere",
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def sentence(self) -> str:
        cause, event, effect = (text.strip().rstrip(".") for text in (self.cause, self.event, self.effect))
        return f"Because {cause}, it may happen that {event}; then {effect}."

    @property
    def url(self) -> str:
        return reverse("issues:risk", args=[self.pk])


class RiskScoreQuerySet(models.QuerySet):
    def known_at(self, moment):
        return self if moment is None else self.filter(at__lte=moment)

    def newest(self, *, at=None):
        """The one of each risk that counts, or counted at a moment."""
        newer = RiskScore.objects.known_at(at).filter(risk=OuterRef("risk"), number__gt=OuterRef("number"))
        return self.known_at(at).filter(~Exists(newer))


def points(verbose_name: str) -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(verbose_name, validators=[MinValueValidator(1), MaxValueValidator(5)])


class RiskScore(models.Model):
    """What somebody held of a risk on a day: as it is by itself (inherent), and with what is done about it (residual).

    A review is a row, also one that changed nothing. Never updated.
    """

    risk = models.ForeignKey(Risk, models.CASCADE, related_name="scores")
    number = models.PositiveIntegerField()
    inherent_likelihood = points("inherent likelihood")
    inherent_impact = points("inherent impact")
    residual_likelihood = points("residual likelihood")
    residual_impact = points("residual impact")
    words = models.CharField(max_length=WORDS, blank=True, default="")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = RiskScoreQuerySet.as_manager()

    class Meta:
        ordering = ["risk", "number"]
        constraints = [
            models.UniqueConstraint(fields=["risk", "number"], name="riskscore_once_per_number"),
            models.CheckConstraint(
                condition=Q(inherent_likelihood__gte=1, inherent_likelihood__lte=5, inherent_impact__gte=1)
                & Q(inherent_impact__lte=5, residual_likelihood__gte=1, residual_impact__gte=1),
                name="riskscore_lies_between_1_and_5",
                violation_error_message="Scores lie between 1 and 5.",
            ),
            models.CheckConstraint(
                condition=Q(residual_likelihood__lte=F("inherent_likelihood"))
                & Q(residual_impact__lte=F("inherent_impact")),
                name="riskscore_residual_is_no_more_than_inherent",
                violation_error_message="What is done about a risk makes it neither likelier nor worse.",
            ),
        ]

    def __str__(self):
        return f"{self.risk}: {self.residual.in_words}"

    @property
    def inherent(self) -> Rating:
        return Rating(self.inherent_likelihood, self.inherent_impact)

    @property
    def residual(self) -> Rating:
        return Rating(self.residual_likelihood, self.residual_impact)


class RiskClosureQuerySet(models.QuerySet):
    def standing(self, *, at=None):
        """Those of risks that are closed, or were at a moment."""
        if at is None:
            return self.filter(reopened_at=None)
        return self.filter(at__lte=at).filter(Q(reopened_at=None) | Q(reopened_at__gt=at))


class RiskClosure(models.Model):
    """Somebody said that a risk is none any more, and why; another one, or the same, may have taken it up again."""

    risk = models.ForeignKey(Risk, models.CASCADE, related_name="closures")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    why = models.CharField(max_length=WORDS)
    reopened_at = models.DateTimeField(null=True, blank=True)
    reopened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = RiskClosureQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["risk"],
                condition=Q(reopened_at=None),
                name="riskclosure_one_standing_per_risk",
                violation_error_message="This risk is closed already.",
            ),
            models.CheckConstraint(condition=~Q(why=""), name="riskclosure_says_why"),
            models.CheckConstraint(
                condition=Q(reopened_at=None, reopened_by=None)
                | Q(reopened_at__isnull=False, reopened_by__isnull=False),
                name="riskclosure_reopened_at_with_reopened_by",
            ),
        ]

    def __str__(self):
        return f"{self.risk} closed by {self.by}"


class Appetite(Superseding):
    """The highest residual level that is accepted in a category of risks. Superseded, never updated."""

    category = models.CharField(max_length=10, choices=Category)
    level = models.CharField(max_length=7, choices=[(str(level), level.capitalize()) for level in Level])

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["category"], condition=Q(superseded_at=None), name="appetite_one_current_per_category"
            ),
            models.CheckConstraint(condition=Q(category__in=Category.values), name="appetite_category_is_known"),
            models.CheckConstraint(
                condition=Q(level__in=["low", "medium", "high", "extreme"]), name="appetite_level_is_known"
            ),
        ]

    def __str__(self):
        return f"{self.get_category_display()}: {self.level}"
