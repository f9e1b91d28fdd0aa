from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q

from departments.models import Department
from kpis.models import Batch
from kpis.models.superseding import Superseding, SupersedingQuerySet
from meetings.items import LONGEST, MOST

HEADLINE = 140


class Health(models.TextChoices):
    ON = "on", "On track"
    RISK = "risk", "At risk"
    OFF = "off", "Off track"


class WeeklyStatusQuerySet(SupersedingQuerySet):
    def reachable_by(self, user, **kwargs):
        return self.filter(department__in=Department.objects.reachable_by(user, **kwargs))

    def of_week(self, week):
        return self.filter(week=week)

    def before(self, week):
        return self.filter(week__lt=week)

    def newest_first(self):
        return self.order_by("-week", "-recorded_at", "department__position", "department__name", "-pk")


class WeeklyStatus(Superseding):
    """A department's written week, as it was sent: never updated. An amendment supersedes it, undoing ends it.

    `sent_at` is before `recorded_at` where a version stands again because the one that amended it was undone.
    `due_at` is when it was due as it was sent, None where it was not; `data_kind` and `data_words` what the data
    said then beside the health that was reported. `confidence` is that next week's plan holds, in per cent.
    """

    Health = Health

    class Data(models.TextChoices):
        QUIET = "quiet", "No concern"
        CONCERN = "concern", "Concern"
        UNKNOWN = "unknown", "Nothing judged"

    department = models.ForeignKey(Department, models.PROTECT, related_name="statuses")
    week = models.DateField(help_text="Its Monday.")
    health = models.CharField(max_length=4, choices=Health)
    headline = models.CharField(max_length=HEADLINE)
    confidence = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MaxValueValidator(100)])
    need = models.CharField(max_length=LONGEST, blank=True, default="")
    need_of = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="+")
    due_at = models.DateTimeField(null=True, blank=True)
    data_kind = models.CharField(max_length=8, choices=Data, default=Data.UNKNOWN)
    data_words = models.CharField(max_length=500, blank=True, default="")
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, blank=True, related_name="+")
    amends = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    sent_at = models.DateTimeField()

    objects = WeeklyStatusQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "weekly statuses"
        indexes = [models.Index(fields=["department", "week"], name="status_by_week")]
        constraints = [
            models.UniqueConstraint(
                fields=["department", "week"], condition=Q(superseded_at=None), name="status_one_current_per_week"
            ),
            models.CheckConstraint(condition=Q(health__in=["on", "risk", "off"]), name="status_health_is_known"),
            models.CheckConstraint(
                condition=Q(data_kind__in=["quiet", "concern", "unknown"]), name="status_data_kind_is_known"
            ),
            models.CheckConstraint(condition=~Q(headline=""), name="status_has_a_headline"),
            models.CheckConstraint(
                condition=Q(confidence=None) | Q(confidence__lte=100), name="status_confidence_is_per_cent"
            ),
            models.CheckConstraint(condition=Q(need_of=None) | ~Q(need=""), name="status_needs_something_of_somebody"),
            models.CheckConstraint(
                condition=Q(need_of=None) | ~Q(need_of=F("department")), name="status_needs_nothing_of_itself"
            ),
        ]

    def __str__(self):
        return f"{self.department}, week {self.week.isocalendar().week}"

    @property
    def is_late(self) -> bool:
        return self.amends_id is None and self.due_at is not None and self.sent_at > self.due_at

    @property
    def is_amendment(self) -> bool:
        """Changed after the deadline: before it, another version is just the one that counts."""
        return self.amends_id is not None and self.due_at is not None and self.sent_at > self.due_at

    @property
    def disagrees(self) -> bool:
        """Reported as on track, where the data show a concern."""
        return self.health == Health.ON and self.data_kind == self.Data.CONCERN


class StatusItem(models.Model):
    """A line of a status: what was done, what is planned for next week, what is in the way.

    A plan that was not done `carries` the one of the status before; `age` is how often it was carried.
    """

    class Kind(models.TextChoices):
        PROGRESS = "progress", "Progress"
        PLAN = "plan", "Plan"
        PROBLEM = "problem", "Problem"

    status = models.ForeignKey(WeeklyStatus, models.CASCADE, related_name="items")
    kind = models.CharField(max_length=8, choices=Kind)
    position = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=LONGEST)
    carries = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="carried_as")
    age = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["status", "kind", "position"]
        constraints = [
            models.UniqueConstraint(fields=["status", "kind", "position"], name="status_item_once_per_position"),
            models.CheckConstraint(
                condition=Q(kind__in=["progress", "plan", "problem"]), name="status_item_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=MOST),
                name="status_item_at_most_five",
                violation_error_message=f"At most {MOST} items.",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="status_item_says_something"),
            models.CheckConstraint(condition=Q(carries=None) | Q(kind="plan"), name="status_item_carries_plans_only"),
        ]

    def __str__(self):
        return self.text


class PlanReview(models.Model):
    """What became of a plan of the status before: done, carried into this one, or dropped, with a reason."""

    class Outcome(models.TextChoices):
        DONE = "done", "Done"
        CARRIED = "carried", "Carried"
        DROPPED = "dropped", "Dropped"

    status = models.ForeignKey(WeeklyStatus, models.CASCADE, related_name="reviews")
    plan = models.ForeignKey(StatusItem, models.PROTECT, related_name="reviews")
    outcome = models.CharField(max_length=8, choices=Outcome)
    reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ["status", "plan"]
        constraints = [
            models.UniqueConstraint(fields=["status", "plan"], name="plan_review_once"),
            models.CheckConstraint(
                condition=Q(outcome__in=["done", "carried", "dropped"]), name="plan_review_outcome_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(outcome="dropped") | ~Q(reason=""),
                name="plan_review_drops_for_a_reason",
                violation_error_message="Say why a plan is dropped.",
            ),
        ]

    def __str__(self):
        return f"{self.plan}: {self.get_outcome_display()}"
