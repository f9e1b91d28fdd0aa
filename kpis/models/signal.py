from django.conf import settings
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from departments.models import Department
from kpis import spc
from kpis.models.event import Event
from kpis.models.kpi import Kpi

RULES = {
    spc.Rule.BEYOND_LIMIT: "beyond a limit",
    spc.Rule.TREND: "seven in a row in one direction",
    spc.Rule.TWO_OF_THREE: "two of three close to a limit",
    spc.Rule.ONE_SIDE: "seven in a row on one side of the centre",
}


STATES = {
    "open": Q(withdrawn_at=None, explained_at=None),
    "explained": Q(withdrawn_at=None, explained_at__isnull=False),
    "withdrawn": Q(withdrawn_at__isnull=False),
}


def said_in_words(words: str, event: str | None) -> str:
    """““The printer stood still.”, event: Power cut”; "" where nothing is said."""
    return ", ".join([*([f"“{words}”"] if words else []), *([f"event: {event}"] if event else [])])


def rules_in_words(rules: str) -> str:
    """“beyond_limit,trend” as people say it; "" for none."""
    return ", ".join(RULES[rule] for rule in rules.split(",") if rule)


class Process(models.Model):
    """What the values of a KPI in a department are like, as they were last judged. Written by the judge alone.

    `kind` is that of the newest value (`period`); the limits are those of the newest phase, none where it has too few
    `values`. `grain` is the one it is judged at.
    """

    pk = models.CompositePrimaryKey("kpi", "department")
    kpi = models.ForeignKey(Kpi, models.CASCADE, related_name="processes", db_index=False)
    department = models.ForeignKey(Department, models.CASCADE, related_name="+")
    grain = models.CharField(max_length=7)
    period = models.DateField()
    kind = models.CharField(max_length=12)
    assurance = models.CharField(max_length=12)
    values = models.IntegerField()
    lower = models.FloatField(null=True)
    centre = models.FloatField(null=True)
    upper = models.FloatField(null=True)
    phase_from = models.DateField(null=True)

    class Meta:
        db_table = "kpis_process"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["common_cause", "improvement", "concern", "high", "low"]),
                name="process_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(assurance__in=["hits", "misses", "hit_and_miss", "none"]),
                name="process_assurance_is_known",
            ),
            models.CheckConstraint(
                condition=Q(lower=None, centre=None, upper=None)
                | Q(lower__lte=F("centre"), upper__gte=F("centre"), values__gte=spc.LEAST),
                name="process_has_limits_or_none",
            ),
        ]

    def __str__(self):
        return f"{self.kpi_id} {self.department_id} {self.kind} {self.assurance}"


class SignalQuerySet(models.QuerySet):
    def standing(self):
        return self.filter(withdrawn_at=None)

    def open(self):
        return self.standing().filter(explained_at=None)

    def reachable_by(self, user, **kwargs):
        return self.filter(department__in=Department.objects.reachable_by(user, **kwargs))

    def newest_first(self):
        return self.order_by("-known", "-last", "kpi__name", "pk")


class Signal(models.Model):
    """A change that routine variation does not explain, or values that are missing or came late.

    `first` to `last` are the periods that show it, `known` the one with which it could first be seen. It stands until
    the values or limits it rests on change: then it is withdrawn, and kept.
    """

    class Kind(models.TextChoices):
        IMPROVEMENT = "improvement", "Improvement"
        CONCERN = "concern", "Concern"
        HIGH = "high", "High"
        LOW = "low", "Low"
        MISSING = "missing", "Missing"
        LATE = "late", "Late"

    kpi = models.ForeignKey(Kpi, models.CASCADE, related_name="signals", db_index=False)
    department = models.ForeignKey(Department, models.CASCADE, related_name="signals")
    grain = models.CharField(max_length=7)
    kind = models.CharField(max_length=12, choices=Kind)
    rules = models.CharField(max_length=60, blank=True, default="")
    first = models.DateField()
    last = models.DateField()
    known = models.DateField()
    found_at = models.DateTimeField()
    explained_at = models.DateTimeField(null=True, blank=True)
    explained_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    explanation = models.CharField(max_length=500, blank=True, default="")
    event = models.ForeignKey(Event, models.PROTECT, null=True, blank=True, related_name="signals")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = SignalQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        indexes = [models.Index(fields=["kpi", "department", "last"], name="signal_by_series")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["improvement", "concern", "high", "low", "missing", "late"]),
                name="signal_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(first__lte=F("known"), last__gte=F("first")), name="signal_is_known_when_it_has_begun"
            ),
            models.CheckConstraint(
                condition=Q(explained_at=None, explanation="", event=None)
                | Q(explained_at__isnull=False) & ~Q(explanation="", event=None),
                name="signal_explained_with_words_or_an_event",
                violation_error_message="An explanation needs words or an event.",
            ),
            models.UniqueConstraint(
                fields=["kpi", "department", "kind", "first"],
                condition=Q(withdrawn_at=None),
                name="signal_one_standing_per_start",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.kpi}, {self.department}"

    @property
    def state(self) -> str:
        return "withdrawn" if self.withdrawn_at else "explained" if self.explained_at else "open"

    @property
    def said(self) -> str:
        return said_in_words(self.explanation, self.event and self.event.title)

    @property
    def rule_list(self) -> list[str]:
        return self.rules.split(",") if self.rules else []

    @property
    def in_words(self) -> str:
        return rules_in_words(self.rules)


class Judgement(models.Model):
    """Up to where a KPI's signals have followed: its rollups' version, the definitions' edition, and the day.

    `changes` counts what was made of it since, by the judge and by people: a part of the edition that pages have.
    """

    kpi = models.OneToOneField(Kpi, models.CASCADE, primary_key=True, related_name="judgement")
    version = models.BigIntegerField()
    edition = models.BigIntegerField()
    on = models.DateField()
    changes = models.BigIntegerField(default=0)

    class Meta:
        db_table = "kpis_judgement"

    def __str__(self):
        return f"{self.kpi_id} at {self.version}"
