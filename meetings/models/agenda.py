from django.conf import settings
from django.db import models
from django.db.models import Q

from departments.models import Department
from departments.models.path import within_opsroom
from issues.models import Commitment, Issue, Measure, Risk
from kpis.models import Signal
from kpis.models.superseding import Superseding
from meetings.models.meeting import Meeting
from meetings.models.status import WeeklyStatus
from meetings.parts import Part

TITLE, WORDS, NOTE = 140, 500, 20000
LONGEST_ITEM = 240  # minutes
MOST_VOTES = 3  # that one person has in a meeting


class About(models.Model):
    """What a line speaks of, and therefore who reads it: whoever reaches that. Of nothing: everybody in the meeting.

    `url` is a path within Opsroom, to the rows behind it.
    """

    signal = models.ForeignKey(Signal, models.PROTECT, null=True, blank=True, related_name="%(class)ss")
    issue = models.ForeignKey(Issue, models.PROTECT, null=True, blank=True, related_name="%(class)ss")
    risk = models.ForeignKey(Risk, models.PROTECT, null=True, blank=True, related_name="%(class)ss")
    commitment = models.ForeignKey(Commitment, models.PROTECT, null=True, blank=True, related_name="%(class)ss")
    status = models.ForeignKey(WeeklyStatus, models.PROTECT, null=True, blank=True, related_name="%(class)ss")
    measure = models.ForeignKey(Measure, models.PROTECT, null=True, blank=True, related_name="%(class)ss")
    department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="%(class)ss")
    url = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        abstract = True


class AgendaItemQuerySet(models.QuerySet):
    def standing(self):
        return self.filter(removed_at=None)

    def scheduled(self):
        return self.standing().filter(is_scheduled=True)

    def open(self):
        return self.standing().filter(done_at=None)

    def in_order(self):
        return self.order_by("meeting", "-is_scheduled", "position", "pk")


class AgendaItem(About):
    """Something a meeting speaks of, for so many `minutes`; drafted from what is known, or added by somebody.

    One that does not fit is not scheduled. What was not done is carried into the next meeting, where its `age` says
    how often. `spent` is in seconds, without the time since it became current.
    """

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="items")
    part = models.CharField(max_length=10, choices=[(str(part), part.words) for part in Part])
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=TITLE)
    words = models.CharField(max_length=WORDS, blank=True, default="")
    minutes = models.PositiveSmallIntegerField()
    is_scheduled = models.BooleanField(default=True)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    carries = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="carried_as")
    age = models.PositiveSmallIntegerField(default=0)
    spent = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = AgendaItemQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["meeting", "position"], name="item_by_meeting")]
        constraints = [
            models.CheckConstraint(condition=Q(part__in=[str(part) for part in Part]), name="item_part_is_known"),
            models.CheckConstraint(condition=~Q(title=""), name="item_has_a_title"),
            models.CheckConstraint(
                condition=Q(minutes__gte=1, minutes__lte=LONGEST_ITEM),
                name="item_takes_a_minute_to_four_hours",
                violation_error_message="An item takes 1 minute at least and 240 at most.",
            ),
            models.CheckConstraint(
                condition=Q(done_at=None, done_by=None) | Q(done_at__isnull=False, done_by__isnull=False),
                name="item_done_at_with_done_by",
            ),
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_by=None) | Q(removed_at__isnull=False, removed_by__isnull=False),
                name="item_removed_at_with_removed_by",
            ),
            models.CheckConstraint(
                condition=Q(age=0, carries=None) | Q(age__gte=1, carries__isnull=False), name="item_age_is_of_carrying"
            ),
            models.CheckConstraint(condition=Q(url="") | within_opsroom("url"), name="item_leads_into_opsroom"),
        ]  # fmt: skip

    def __str__(self):
        return self.title

    @property
    def address(self) -> str:
        return f"{self.meeting.url}#item-{self.pk}"


class AgendaLine(About):
    """A sentence of the memo under an item, as it was known when the memo was drafted; `asks` whom it is a question
    to."""

    item = models.ForeignKey(AgendaItem, models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    words = models.CharField(max_length=WORDS)
    asks = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["item", "position"]
        constraints = [
            models.UniqueConstraint(fields=["item", "position"], name="line_once_per_position"),
            models.CheckConstraint(condition=~Q(words="") & ~Q(url=""), name="line_says_something_and_leads_to_it"),
            models.CheckConstraint(condition=within_opsroom("url"), name="line_leads_into_opsroom"),
        ]

    def __str__(self):
        return self.words


class Note(models.Model):
    """What was written down on an item, as one text: each version is a row, the last one counts.

    Those written after the meeting was closed are amendments of its minutes.
    """

    item = models.ForeignKey(AgendaItem, models.CASCADE, related_name="notes")
    number = models.PositiveIntegerField()
    text = models.TextField(max_length=NOTE, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["item", "number"]
        constraints = [models.UniqueConstraint(fields=["item", "number"], name="note_once_per_number")]

    def __str__(self):
        return f"{self.item}, version {self.number}"


class Decision(Superseding):
    """What a meeting decided on an item, what it expects of it, and the day to look at it again.

    A `measure` says the same so that the values can tell whether it worked.
    """

    item = models.ForeignKey(AgendaItem, models.PROTECT, related_name="decisions")
    words = models.CharField(max_length=WORDS)
    expects = models.CharField("expected effect", max_length=WORDS, blank=True, default="")
    revisit_on = models.DateField(null=True, blank=True)
    measure = models.ForeignKey(Measure, models.PROTECT, null=True, blank=True, related_name="decisions")
    amends = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="amended_as")

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(words=""), name="decision_says_what")]

    def __str__(self):
        return self.words


class ItemCommitment(models.Model):
    """That a commitment was made on an item of a meeting."""

    item = models.ForeignKey(AgendaItem, models.PROTECT, related_name="promised")
    commitment = models.OneToOneField(Commitment, models.PROTECT, related_name="made_on")

    def __str__(self):
        return str(self.commitment)


class VoteQuerySet(models.QuerySet):
    def given(self, user, meeting):
        """Those of somebody in a meeting; what is done gives its vote back."""
        return self.filter(user=user, item__in=meeting.items.open())


class Vote(models.Model):
    """That somebody wants an item taken first."""

    item = models.ForeignKey(AgendaItem, models.CASCADE, related_name="votes")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = VoteQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "user"], name="vote_once_per_item")]

    def __str__(self):
        return f"{self.user} for {self.item}"
