from django.conf import settings
from django.db import models
from django.db.models import Q

from issues.ledger import Act
from issues.models.commitment import Commitment

WORDS = 1000
DONE = {  # what was done, as the history of a commitment tells it
    Act.MAKE: "promised it",
    Act.MOVE: "moved its date",
    Act.HAND_OVER: "handed it over",
    Act.DONE: "did it",
    Act.UNDO: "took back that it is done",
    Act.RELEASE: "released it",
}


class Reason(models.TextChoices):
    """Why a date is moved."""

    DEPARTMENT = "department", "Waiting for another department"
    CLIENT = "client", "Waiting for the client"
    MORE_WORK = "more_work", "More work than thought"
    PRIORITIES = "priorities", "Other priorities"
    PEOPLE = "people", "People away"
    TOOLS = "tools", "Tools or systems"
    OTHER = "other", "Something else"


class EntryQuerySet(models.QuerySet):
    def known_at(self, moment):
        return self if moment is None else self.filter(at__lte=moment)


class Entry(models.Model):
    """Something that was done with a commitment, and who answers for it by when from then on. Never updated.

    `by` is nobody where it passed on by itself, because somebody left.
    """

    commitment = models.ForeignKey(Commitment, models.CASCADE, related_name="entries")
    number = models.PositiveIntegerField()
    act = models.CharField(max_length=9, choices=[(str(act), words) for act, words in DONE.items()])
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    who = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    due_on = models.DateField()
    reason = models.CharField(max_length=10, choices=Reason, blank=True, default="")
    words = models.CharField(max_length=WORDS, blank=True, default="")

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "entries"
        ordering = ["commitment", "number"]
        indexes = [models.Index(fields=["at"], condition=Q(act="move"), name="entry_moves_by_day")]
        constraints = [
            models.UniqueConstraint(fields=["commitment", "number"], name="entry_once_per_number"),
            models.CheckConstraint(condition=Q(act__in=[str(act) for act in Act]), name="entry_act_is_known"),
            models.CheckConstraint(
                condition=Q(act="make", number=1) | ~Q(act="make") & Q(number__gt=1), name="entry_begins_with_a_promise"
            ),
            models.CheckConstraint(
                condition=Q(act="move", reason__in=Reason.values) | ~Q(act="move") & Q(reason=""),
                name="entry_moves_for_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(act__in=["hand_over", "release"]) & ~Q(reason="other") | ~Q(words=""),
                name="entry_says_why",
            ),
            models.CheckConstraint(
                condition=Q(by__isnull=False) | Q(act="hand_over"), name="entry_is_somebodys_but_for_leavers"
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.by or 'Opsroom'} {self.get_act_display()}"
