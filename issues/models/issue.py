from django.conf import settings
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from departments.models import Department
from departments.models.department import Reach
from departments.models.path import within_opsroom
from issues.flow import CLOSED, SETTLED, Standing, State
from issues.models.agreement import HOUSE, Agreement, Terms
from issues.models.severity import Severity
from kpis.models import Kpi, Signal

TITLE, NEEDED, MATTERS = 140, 4000, 2000
STATES = {
    State.OPEN: "Open",
    State.ACCEPTED: "Accepted",
    State.RETURNED: "Returned",
    State.WORKING: "In work",
    State.RESOLVED: "Resolved",
    State.DISPUTED: "Disputed",
    State.CONFIRMED: "Confirmed",
    State.WITHDRAWN: "Withdrawn",
}
WORST_FIRST = models.Case(
    *(models.When(severity=each, then=models.Value(n)) for n, each in enumerate(Severity.values)),
    output_field=models.IntegerField(),
)
WORDING = {  # what may be put otherwise, and what it is called
    "title": "title",
    "needed": "what is needed",
    "matters": "why it matters",
    "severity": "severity",
    "needed_by": "needed by",
}
MOVED = [  # follows from the moves
    "state", "court", "since", "is_paused", "edition", "moved_at", "held", "waited", "next_step_at",
]  # fmt: skip


class IssueQuerySet(models.QuerySet):
    def reachable_by(self, user, *, on, reach=Reach.READ):
        """Those that a department within reach raised, owns, or holds."""
        if user.writes_everything or (reach is Reach.READ and user.reads_everything(on=on)):
            return self
        mine = Department.objects.reachable_by(user, on=on, reach=reach).values("pk")
        return self.filter(Q(raiser__in=mine) | Q(owner__in=mine) | Q(court__in=mine))

    def open(self):
        return self.exclude(state__in=[str(state) for state in CLOSED])

    def closed(self):
        return self.filter(court=None)

    def settled(self):
        """Those that are resolved or closed: their owner has nothing more to do."""
        return self.filter(state__in=[str(state) for state in SETTLED])

    def waiting_for(self, departments):
        """Those whose ball lies in one of these courts."""
        return self.filter(court__in=departments)

    def in_court_of(self, department):
        """Those in the court of a department, or of one below it; of the agency's own, which is the COO's."""
        return self.waiting_for(Department.objects.court_of(department))

    def waited_for_by(self, departments):
        """Those these departments raised that others have to move."""
        return self.open().filter(raiser__in=departments).exclude(court__in=departments)

    def away(self):
        """Those that somebody else than who raised them has to move."""
        return self.open().exclude(court=F("raiser"))

    def most_urgent_first(self):
        return self.order_by(WORST_FIRST, F("needed_by").asc(nulls_last=True), "pk")


class Issue(models.Model):
    """Something that one department needs from another (from the agency: from the COO) and that is stuck.

    What happened to it are its moves; the fields of MOVED repeat where they have led, so that lists can ask. In seconds
    of working time up to the last move, without what was paused: `waited` is how long its owner had the ball, `held`
    how long it has lain where it lies, `since` when.
    """

    title = models.CharField(max_length=TITLE)
    needed = models.TextField("what is needed", max_length=NEEDED)
    matters = models.TextField("why it matters", max_length=MATTERS, blank=True, default="")
    severity = models.CharField(max_length=8, choices=Severity, default=Severity.MEDIUM)
    needed_by = models.DateField(null=True, blank=True)
    raiser = models.ForeignKey(Department, models.PROTECT, related_name="raised_issues")
    owner = models.ForeignKey(Department, models.PROTECT, related_name="issues")
    raised_at = models.DateTimeField()
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    agreement = models.ForeignKey(Agreement, models.PROTECT, null=True, blank=True, related_name="issues")
    unready = models.JSONField(default=list, blank=True)  # what the definition of ready asks for and was not there
    kpi = models.ForeignKey(Kpi, models.PROTECT, null=True, blank=True, related_name="issues")
    signal = models.ForeignKey(Signal, models.PROTECT, null=True, blank=True, related_name="issues")
    origin = models.CharField(max_length=160, blank=True, default="", help_text="What it was raised from.")
    origin_url = models.CharField(max_length=500, blank=True, default="", help_text="A path within Opsroom.")

    state = models.CharField(max_length=9, choices=[(str(state), words) for state, words in STATES.items()])
    court = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="balls")
    since = models.DateTimeField()
    is_paused = models.BooleanField(default=False)
    edition = models.PositiveIntegerField(default=1)
    moved_at = models.DateTimeField()
    held = models.PositiveBigIntegerField(default=0)
    waited = models.PositiveBigIntegerField(default=0)
    next_step_at = models.DateTimeField(null=True, blank=True)

    objects = IssueQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=MOVED)

    class Meta:
        indexes = [
            models.Index(fields=["court", "since"], condition=Q(court__isnull=False), name="issue_by_court"),
            models.Index(fields=["raiser", "owner", "state", "waited", "since", "raised_at"], name="issue_by_pair"),
            models.Index(fields=["raised_at"], name="issue_by_day"),
            models.Index(fields=["origin_url"], condition=~Q(origin_url=""), name="issue_by_origin"),
            models.Index(fields=["since", "raised_at"], condition=Q(court=None), name="issue_closed"),
            models.Index(fields=["next_step_at"], condition=Q(next_step_at__isnull=False), name="issue_next_step"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(raiser=F("owner")),
                name="issue_is_between_two",
                violation_error_message="An issue is raised to another department, not to one's own.",
            ),
            models.CheckConstraint(condition=~Q(title="") & ~Q(needed=""), name="issue_says_what_is_needed"),
            models.CheckConstraint(
                condition=Q(severity__in=["critical", "high", "medium", "low"]), name="issue_severity_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["confirmed", "withdrawn"]) & Q(court__isnull=False)
                | Q(state__in=["confirmed", "withdrawn"], court=None, is_paused=False),
                name="issue_ball_lies_somewhere_while_it_is_open",
            ),
            models.CheckConstraint(
                condition=Q(origin_url="") | within_opsroom("origin_url"),
                name="issue_origin_is_within_opsroom",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"#{self.pk} {self.title}"

    @property
    def standing(self) -> Standing:
        return Standing(self.raiser_id, self.owner_id, State(self.state), self.court_id, self.is_paused)

    @property
    def is_open(self) -> bool:
        return self.state not in CLOSED

    @property
    def terms(self) -> Terms:
        return self.agreement.terms if self.agreement else HOUSE
