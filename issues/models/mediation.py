from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery

from departments.models import Department
from departments.prose import LONGEST
from issues.flow import CLOSED
from issues.models.issue import Issue

WHY, WORDS = 2000, 2000
PEOPLE = settings.AUTH_USER_MODEL


class MediationQuerySet(models.QuerySet):
    def known_at(self, moment):
        return self if moment is None else self.filter(called_at__lte=moment)

    def unsettled(self):
        """Those that wait for somebody: not those whose issue is closed, which rest."""
        closed = [str(state) for state in CLOSED]
        return self.filter(ended_at=None, settlement=None).exclude(issue__state__in=closed)

    def waiting_for_the_coo(self, *, on):
        """Nothing is proposed and both views are in, or their day is over; or somebody said no to the newest terms."""
        newest = Proposal.objects.filter(mediation=OuterRef("pk")).order_by("-number").values("pk")[:1]
        refused = Exists(Answer.objects.filter(proposal=OuterRef("newest"), agrees=False))
        found = self.unsettled().annotate(views=Count("positions"), newest=Subquery(newest))
        return found.filter(Q(newest=None) & (Q(views=2) | Q(views_due_on__lt=on)) | Q(refused))

    def lacking_a_view(self):
        found = self.unsettled().filter(proposals=None).annotate(views=Count("positions"))
        return found.filter(views__lt=2)

    def to_follow_up(self):
        """Those whose day came, and nobody said yet whether it was held."""
        return self.filter(ended_at=None, settlement__came_back_at__isnull=False)


class Mediation(models.Model):
    """Two departments do not settle an issue between them, and the head of one of them called the COO in.

    What happened in it are rows of their own, none of which is ever updated. It is open until somebody said whether
    what was settled was held.
    """

    issue = models.ForeignKey(Issue, models.CASCADE, related_name="mediations")
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", help_text="For whom it was called.")
    called_by = models.ForeignKey(PEOPLE, models.PROTECT, related_name="+")
    called_at = models.DateTimeField()
    why = models.CharField(max_length=WHY)
    views_due_on = models.DateField(help_text="Until then both write how they see it; later the COO may go on without.")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = MediationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issue"], condition=Q(ended_at=None), name="mediation_one_open_per_issue"),
            models.CheckConstraint(condition=~Q(why=""), name="mediation_says_why"),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("called_at")), name="mediation_ends_after_it_begins"
            ),
        ]

    def __str__(self):
        return f"Mediation of {self.issue}"


class Position(models.Model):
    """How one of the two departments sees it, in Markdown; kept from everybody else until both are in, or the COO went
    on without.
    """

    mediation = models.ForeignKey(Mediation, models.CASCADE, related_name="positions")
    department = models.ForeignKey(Department, models.PROTECT, related_name="+")
    text = models.TextField(max_length=LONGEST)
    by = models.ForeignKey(PEOPLE, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["mediation", "department"], name="position_one_per_department"),
            models.CheckConstraint(condition=~Q(text=""), name="position_says_something"),
        ]

    def __str__(self):
        return f"{self.department}, {self.mediation}"  # what it says is not for everybody who reads its name


class Proposal(models.Model):
    """Terms that the COO proposes to both, in Markdown, and when to look whether they are held. The newest stands."""

    mediation = models.ForeignKey(Mediation, models.CASCADE, related_name="proposals")
    number = models.PositiveSmallIntegerField()
    terms = models.TextField(max_length=LONGEST)
    follow_up_on = models.DateField()
    by = models.ForeignKey(PEOPLE, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["mediation", "number"]
        constraints = [
            models.UniqueConstraint(fields=["mediation", "number"], name="proposal_once_per_number"),
            models.CheckConstraint(condition=Q(number__gte=1) & ~Q(terms=""), name="proposal_says_something"),
        ]

    def __str__(self):
        return f"Terms {self.number}, {self.mediation}"


class Answer(models.Model):
    """Whether one of the two departments agrees to a proposal; a no says why."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="answers")
    department = models.ForeignKey(Department, models.PROTECT, related_name="+")
    agrees = models.BooleanField()
    words = models.CharField(max_length=WORDS, blank=True, default="")
    by = models.ForeignKey(PEOPLE, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["proposal", "department"], name="answer_one_per_department"),
            models.CheckConstraint(condition=Q(agrees=True) | ~Q(words=""), name="answer_says_why_not"),
        ]

    def __str__(self):
        return f"{self.department}: {'yes' if self.agrees else 'no'}"


class Settlement(models.Model):
    """How a mediation came out: both agreed to a proposal, or the COO decided, in words.

    `came_back_at` is when all three were asked whether it is held: on the morning of `follow_up_on`, or of the first
    working day after it.
    """

    class How(models.TextChoices):
        AGREED = "agreed", "Both agreed"
        DECIDED = "decided", "The COO decided"

    mediation = models.OneToOneField(Mediation, models.CASCADE, related_name="settlement")
    how = models.CharField(max_length=7, choices=How)
    proposal = models.OneToOneField(Proposal, models.CASCADE, null=True, blank=True, related_name="settlement")
    words = models.TextField(max_length=LONGEST, blank=True, default="")
    follow_up_on = models.DateField()
    by = models.ForeignKey(PEOPLE, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    came_back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["follow_up_on"], condition=Q(came_back_at=None), name="settlement_comes_back"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(how__in=["agreed", "decided"]), name="settlement_how_is_known"),
            models.CheckConstraint(
                condition=Q(how="agreed", proposal__isnull=False, words="", by=None)
                | Q(how="decided", proposal=None, by__isnull=False) & ~Q(words=""),
                name="settlement_was_agreed_by_both_or_decided_by_one",
            ),
            models.CheckConstraint(
                condition=Q(came_back_at=None) | Q(came_back_at__gt=F("at")), name="settlement_comes_back_later"
            ),
        ]

    def __str__(self):
        return f"{self.mediation}: {self.get_how_display().lower()}"

    @property
    def terms(self) -> str:
        return self.words or self.proposal.terms


class FollowUp(models.Model):
    """What somebody of the three said of a settlement: it was held, or it was not, and how. It ends the mediation."""

    settlement = models.OneToOneField(Settlement, models.CASCADE, related_name="follow_up")
    held = models.BooleanField()
    words = models.CharField(max_length=WORDS, blank=True, default="")
    by = models.ForeignKey(PEOPLE, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(held=True) | ~Q(words=""), name="follow_up_says_what_was_not_held"),
        ]

    def __str__(self):
        return f"{self.settlement.mediation}: {'held' if self.held else 'not held'}"
