from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from departments.models import Department
from departments.models.department import Reach
from departments.models.path import within_opsroom
from issues import ledger
from issues.models.issue import Issue
from issues.models.risk import Risk

WHAT = 200
REPEATED = ["who", "due_on", "moved", "done_at", "done_by", "released_at", "released_by", "ended_on", "edition"]


class CommitmentQuerySet(models.QuerySet):
    def reachable_by(self, user, *, on, reach=Reach.READ):
        """Those of a department within reach, or made to one; and whatever somebody promised, was promised, or made."""
        if user.writes_everything or (reach is Reach.READ and user.reads_everything(on=on)):
            return self
        mine = Department.objects.reachable_by(user, on=on, reach=reach).values("pk")
        if reach is Reach.WRITE:
            return self.filter(Q(department__in=mine) | Q(who=user))
        own = Q(who=user) | Q(to_user=user) | Q(made_by=user)
        return self.filter(own | Q(department__in=mine) | Q(to_department__in=mine))

    def with_made_in(self, user, *, on):
        """Each with whether somebody may read the issue, or the risk, for which it was made: `reads_issue`,
        `reads_risk`."""
        issues, risks = (rows.objects.reachable_by(user, on=on) for rows in (Issue, Risk))
        return self.annotate(
            reads_issue=Exists(issues.filter(pk=OuterRef("issue"))),
            reads_risk=Exists(risks.filter(pk=OuterRef("risk"))),
        )

    def open(self):
        return self.filter(ended_on=None)

    def of(self, user):
        return self.filter(who=user)

    def to(self, user):
        return self.filter(to_user=user)

    def due_by(self, day):
        return self.open().filter(due_on__lte=day)

    def overdue(self, *, on):
        return self.open().filter(due_on__lt=on)

    def done(self):
        return self.filter(done_at__isnull=False)

    def released(self):
        return self.filter(released_at__isnull=False)

    def moved(self):
        return self.filter(moved__gt=0)

    def counting(self):
        """Those of which it is asked whether they were kept: all but what was released by its first date."""
        return self.exclude(released_at__isnull=False, ended_on__lte=F("first_due_on"))

    def kept(self):
        return self.done().filter(ended_on__lte=F("first_due_on"))

    def missed(self, *, on):
        """Those not done by the date first promised, whatever became of them later."""
        late = Q(ended_on=None) | Q(ended_on__gt=F("first_due_on"))
        return self.filter(late, first_due_on__lt=on)

    def soonest_first(self):
        return self.order_by("due_on", "pk")


class Commitment(models.Model):
    """Somebody promised something to somebody by a day, and it stands in their department's ledger.

    What happened to it are its entries. The fields of REPEATED say where they have led, so that lists can ask and the
    database can count; `ended_on` is the day, where the agency is, on which it was done or released.
    """

    what = models.CharField(max_length=WHAT)
    department = models.ForeignKey(Department, models.PROTECT, related_name="commitments")
    to_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="promised"
    )
    to_department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="owed")
    first_due_on = models.DateField("first promised for")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    issue = models.ForeignKey(Issue, models.PROTECT, null=True, blank=True, related_name="commitments")
    risk = models.ForeignKey(Risk, models.PROTECT, null=True, blank=True, related_name="treatments")
    origin = models.CharField(max_length=160, blank=True, default="", help_text="Where it was made.")
    origin_url = models.CharField(max_length=500, blank=True, default="", help_text="A path within Opsroom.")

    who = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="commitments")
    due_on = models.DateField("due")
    moved = models.PositiveIntegerField("times its date was moved", default=0)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    ended_on = models.DateField(null=True, blank=True)
    edition = models.PositiveIntegerField(default=1)

    objects = CommitmentQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["who", "due_on"], condition=Q(ended_on=None), name="commitment_open_by_person"),
            models.Index(fields=["due_on"], condition=Q(ended_on=None), name="commitment_open_by_day"),
            models.Index(fields=["department", "first_due_on"], name="commitment_by_first_date"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(what=""), name="commitment_says_what"),
            models.CheckConstraint(
                condition=Q(to_user__isnull=False) | Q(to_department__isnull=False), name="commitment_is_to_somebody"
            ),
            models.CheckConstraint(
                condition=Q(done_at=None, done_by=None) | Q(done_at__isnull=False, done_by__isnull=False),
                name="commitment_done_at_with_done_by",
            ),
            models.CheckConstraint(
                condition=Q(released_at=None, released_by=None)
                | Q(released_at__isnull=False, released_by__isnull=False),
                name="commitment_released_at_with_released_by",
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None, done_at=None, released_at=None)
                | Q(ended_on__isnull=False, done_at__isnull=False, released_at=None)
                | Q(ended_on__isnull=False, done_at=None, released_at__isnull=False),
                name="commitment_ends_once",
            ),
            models.CheckConstraint(
                condition=Q(moved__gt=0) | Q(due_on=F("first_due_on")), name="commitment_is_due_when_promised_or_moved"
            ),
            models.CheckConstraint(
                condition=Q(origin_url="") | within_opsroom("origin_url"),
                name="commitment_origin_is_within_opsroom",
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.what

    @property
    def is_open(self) -> bool:
        return self.ended_on is None

    @property
    def to(self) -> str:
        """“Mara Okafor, Media”: to whom it was promised."""
        return ", ".join(str(each) for each in (self.to_user, self.to_department) if each)

    @property
    def made_in(self) -> str:
        """Where it was made, as far as whoever it was read for (`with_made_in`) may know; "" for nowhere else."""
        if self.issue_id:
            return str(self.issue) if self.reads_issue else "an issue"
        if self.risk_id:
            return f"Risk: {self.risk}" if self.reads_risk else "a risk"
        return self.origin

    @property
    def made_in_url(self) -> str:
        """Where that is; "" where they do not reach it."""
        if self.issue_id:
            return reverse("issues:issue", args=[self.issue_id]) if self.reads_issue else ""
        if self.risk_id:
            return self.risk.url if self.reads_risk else ""
        return self.origin_url

    def kept(self, *, on: date) -> bool | None:
        """As `ledger.kept` says it."""
        done_on, released_on = (self.ended_on if at else None for at in (self.done_at, self.released_at))
        return ledger.kept(self.first_due_on, done_on=done_on, released_on=released_on, on=on)

    def stand(self, found: ledger.Balance):
        """Take over, unsaved, what its entries add up to: `REPEATED`."""
        ended_at = found.done_at or found.released_at
        self.who_id, self.due_on, self.moved = found.who, found.due_on, found.moved
        self.done_at, self.done_by_id = found.done_at, found.done_by
        self.released_at, self.released_by_id = found.released_at, found.released_by
        self.ended_on = timezone.localdate(ended_at) if ended_at else None
