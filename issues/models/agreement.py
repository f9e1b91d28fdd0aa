from datetime import timedelta
from typing import NamedTuple

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from departments.models import Department
from issues.models.severity import Severity
from kpis.models.superseding import Superseding, SupersedingQuerySet

MOST_HOURS = 2000  # a year of working time, about


class Terms(NamedTuple):
    """Within how many hours of working time: `answer` is for whoever else is given the ball."""

    accept: int
    answer: int
    resolve: dict[str, int]

    def resolve_within(self, severity: str) -> timedelta:
        return timedelta(hours=self.resolve[severity])


HOUSE = Terms(16, 16, {"critical": 8, "high": 24, "medium": 80, "low": 160})


def within_hours(verbose_name: str, hours: int) -> models.PositiveSmallIntegerField:
    limits = [MinValueValidator(1), MaxValueValidator(MOST_HOURS)]
    return models.PositiveSmallIntegerField(verbose_name, default=hours, validators=limits)


class AgreementQuerySet(SupersedingQuerySet):
    def of_pair(self, raiser, owner):
        return self.filter(raiser=raiser, owner=owner)


class Agreement(Superseding):
    """What one department (the owner of issues) promises another that raises them. Superseded, never updated.

    Hours are of working time. `ready` has a line for each thing that an issue has to bring along: the definition of
    ready. Where two departments agreed on nothing, the terms of the HOUSE escalate, but promise nothing.
    """

    raiser = models.ForeignKey(Department, models.PROTECT, related_name="+")
    owner = models.ForeignKey(Department, models.PROTECT, related_name="agreements")
    accept_within = within_hours("accept or return within", HOUSE.accept)
    answer_within = within_hours("others answer within", HOUSE.answer)
    resolve_critical = within_hours("resolve what is critical within", HOUSE.resolve["critical"])
    resolve_high = within_hours("resolve what is high within", HOUSE.resolve["high"])
    resolve_medium = within_hours("resolve what is medium within", HOUSE.resolve["medium"])
    resolve_low = within_hours("resolve what is low within", HOUSE.resolve["low"])
    ready = models.TextField("definition of ready", max_length=1500, blank=True, default="")

    objects = AgreementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["raiser", "owner"], condition=Q(superseded_at=None), name="agreement_one_current_per_pair"
            ),
            models.CheckConstraint(
                condition=~Q(raiser=F("owner")),
                name="agreement_is_between_two",
                violation_error_message="A department agrees with another one, not with itself.",
            ),
            models.CheckConstraint(
                condition=Q(accept_within__gte=1) & Q(answer_within__gte=1) & Q(resolve_critical__gte=1)
                & Q(resolve_high__gte=1) & Q(resolve_medium__gte=1) & Q(resolve_low__gte=1),
                name="agreement_gives_an_hour_at_least",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.owner} for {self.raiser}"

    @property
    def terms(self) -> Terms:
        resolve = {severity: getattr(self, f"resolve_{severity}") for severity in Severity.values}
        return Terms(self.accept_within, self.answer_within, resolve)

    @property
    def ready_list(self) -> list[str]:
        return [line.strip() for line in self.ready.splitlines() if line.strip()]
