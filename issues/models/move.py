from django.conf import settings
from django.db import models
from django.db.models import Q

from departments.models import Department
from issues.clock import Turn
from issues.flow import Act
from issues.models.issue import STATES, Issue

WORDS = 2000
DONE = {  # what was done, as the history of an issue tells it
    Act.RAISE: "raised it",
    Act.ACCEPT: "accepted it",
    Act.RETURN: "returned it as incomplete",
    Act.COMPLETE: "completed it",
    Act.START: "began to work on it",
    Act.PASS: "passed the ball",
    Act.PAUSE: "paused it",
    Act.RESUME: "took it up again",
    Act.RESOLVE: "resolved it",
    Act.CONFIRM: "confirmed it",
    Act.DISPUTE: "disputed it",
    Act.REOPEN: "reopened it",
    Act.WITHDRAW: "withdrew it",
}


class MoveQuerySet(models.QuerySet):
    def known_at(self, moment):
        return self if moment is None else self.filter(at__lte=moment)

    def reachable_by(self, user, *, on):
        """Those of issues within reach."""
        if user.writes_everything or user.reads_everything(on=on):
            return self
        return self.filter(issue__in=Issue.objects.reachable_by(user, on=on))

    def oldest_first(self):
        return self.order_by("issue", "number")


class Move(models.Model):
    """Something that was done with an issue, and where it has stood from then on. Never updated."""

    issue = models.ForeignKey(Issue, models.CASCADE, related_name="moves")
    number = models.PositiveIntegerField()
    act = models.CharField(max_length=8, choices=[(str(act), words) for act, words in DONE.items()])
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    words = models.CharField(max_length=WORDS, blank=True, default="")
    state = models.CharField(max_length=9, choices=[(str(state), words) for state, words in STATES.items()])
    court = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="+")
    is_paused = models.BooleanField(default=False)

    objects = MoveQuerySet.as_manager()

    class Meta:
        ordering = ["issue", "number"]
        indexes = [
            models.Index(fields=["at"], name="move_by_day"),
            models.Index(fields=["act", "at", "issue"], name="move_by_act"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["issue", "number"], name="move_once_per_number"),
            models.CheckConstraint(condition=Q(act__in=[str(act) for act in Act]), name="move_act_is_known"),
            models.CheckConstraint(
                condition=Q(act__in=["raise", "accept", "start", "resume", "confirm"]) | ~Q(words=""),
                name="move_says_why",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["confirmed", "withdrawn"], court=None)
                | ~Q(state__in=["confirmed", "withdrawn"]) & Q(court__isnull=False),
                name="move_leaves_the_ball_somewhere",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.by} {self.get_act_display()}"

    @property
    def turn(self) -> Turn:
        return Turn(self.at, self.court_id, self.is_paused, self.state)
