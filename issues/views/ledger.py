from datetime import date, timedelta

from django.db.models import Q
from django.utils import timezone
from django.views.generic import ListView, TemplateView

from departments.mixins import Partial
from departments.models import Department, User
from issues.forms import EntryForm
from issues.ledger import Act
from issues.models import Commitment
from issues.selectors.commitments import (
    RELATED,
    Listed,
    kept_by_week,
    listed,
    points,
    reasons,
    reasons_in_words,
    speaking_of,
    state,
    sunday,
)
from kpis import charts, exports
from kpis.asked import asked_choice, asked_words
from kpis.conditional import Conditional
from kpis.models.signal import RULES

OPEN, ALL = "open", "all"
STATES = {
    OPEN: "open",
    "week": "due by this week",
    "overdue": "overdue",
    "moved": "its date was moved",
    "kept": "kept",
    "missed": "missed",
    "released": "released",
    ALL: "all",
}
SOON = {
    OPEN: lambda found, on: found.open(),
    "week": lambda found, on: found.due_by(sunday(on)),
    "overdue": lambda found, on: found.overdue(on=on),
}
MADE_IN = {
    "issue": ("an issue", Q(issue__isnull=False)),
    "signal": ("a signal", Q(origin_url__startswith="/signals/")),
    "status": ("a status", Q(origin_url__startswith="/status/")),
    "meeting": ("a meeting", Q(origin_url__startswith="/meetings/")),
    "risk": ("a risk", Q(risk__isnull=False)),
    "itself": ("by itself", Q(issue=None, risk=None, origin_url="")),
}
WEEKS, A_YEAR = 104, timedelta(weeks=52)


class CommitmentList(Conditional, Partial, ListView):
    template_name = "issues/commitments.html"
    partial_name = "issues/_commitment_list.html"
    paginate_by = 50
    header = [
        "number", "what", "who", "department", "to", "first promised for", "due", "times moved", "state", "kept",
        "done or released on", "made on", "made in",
    ]  # fmt: skip

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.on = timezone.localdate()

    def get_queryset(self):
        reachable = Commitment.objects.reachable_by(self.request.user, on=self.on)
        self.departments = list(Department.objects.filter(pk__in=reachable.values("department")).by_name())
        self.people = list(User.objects.filter(pk__in=reachable.values("who")).by_name())
        found, asked = reachable.with_made_in(self.request.user, on=self.on), self.request.GET
        if words := asked_words(asked, "q"):
            found = speaking_of(found, words, reader=self.request.user, on=self.on)
        if slug := asked_choice(asked, "department", [each.slug for each in self.departments]):
            found = found.filter(department__slug=slug)
        if username := asked_choice(asked, "who", [each.username for each in self.people]):
            found = found.filter(who__username=username)
        if made_in := asked_choice(asked, "made_in", MADE_IN):
            found = found.filter(MADE_IN[made_in][1])
        return self.standing(found, asked_choice(asked, "state", STATES, OPEN))

    def standing(self, found, which):
        if which in SOON:
            return SOON[which](found, self.on).soonest_first()
        asked = {
            "moved": found.moved(), "kept": found.kept(), "missed": found.missed(on=self.on),
            "released": found.released(), ALL: found,
        }  # fmt: skip
        return asked[which].order_by("-first_due_on", "-pk")

    def get_context_data(self, **kwargs):
        context = super().get_context_data(
            departments=self.departments,
            people=self.people,
            states=STATES,
            made_in=[(value, name) for value, (name, _) in MADE_IN.items()],
            asked=self.request.GET.dict(),
            today=self.on,
            **kwargs,
        )
        return context | {"rows": listed(context["page_obj"].object_list, on=self.on)}

    def get(self, request, *args, **kwargs):
        kind = kwargs.get("kind")
        if kind is None:
            return super().get(request, *args, **kwargs)
        found = self.get_queryset().select_related(*RELATED)
        return exports.download(kind, "commitments", self.header, [self.row(each) for each in found])

    def row(self, found: Commitment) -> list:
        kept = {True: "yes", False: "no", None: ""}[found.kept(on=self.on)]
        return [
            found.pk, found.what, found.who.name, found.department.name, found.to, found.first_due_on, found.due_on,
            found.moved, state(found, on=self.on).word, kept, found.ended_on, timezone.localdate(found.made_at),
            found.made_in,
        ]  # fmt: skip


class MyCommitments(TemplateView):
    template_name = "issues/my_commitments.html"

    def get_context_data(self, **kwargs):
        on, user = timezone.localdate(), self.request.user
        whose = asked_choice(self.request.GET, "whose", ["mine", "theirs"], "mine")
        found = Commitment.objects.open().with_made_in(user, on=on)
        rows = listed((found.of(user) if whose == "mine" else found.to(user)).soonest_first(), on=on)
        for row in rows if whose == "mine" else []:
            row.move = EntryForm(commitment=row.commitment, act=Act.MOVE, on=on)
        return super().get_context_data(
            whose=whose,
            groups=[(name, those) for name, those in grouped(rows, on).items() if those],
            count=len(rows),
            overdue=sum(row.commitment.due_on < on for row in rows),
            today=on,
            **kwargs,
        )


def grouped(rows: list[Listed], on: date) -> dict[str, list[Listed]]:
    """By when they are due."""
    groups = {"Overdue": [], "Today": [], "This week": [], "Next week": [], "Later": []}
    for row in rows:
        due = row.commitment.due_on
        ends = {
            "Overdue": due < on,
            "Today": due == on,
            "This week": due <= sunday(on),
            "Next week": due <= sunday(on) + timedelta(weeks=1),
        }
        groups[next((name for name, fits in ends.items() if fits), "Later")].append(row)
    return groups


class CommitmentsKept(Conditional, TemplateView):
    template_name = "issues/commitments_kept.html"

    def chosen(self, reachable: list[Department]) -> Department | None:
        """The one asked for; else the agency, or the highest of those within reach."""
        slug = asked_choice(self.request.GET, "department", [each.slug for each in reachable])
        if slug:
            return next(each for each in reachable if each.slug == slug)
        keys = {each.pk for each in reachable}
        tops = [each for each in reachable if each.parent_id not in keys]
        return next((each for each in tops if each.parent_id is None), tops[0] if tops else None)

    def get_context_data(self, **kwargs):
        on = timezone.localdate()
        reachable = list(Department.objects.reachable_by(self.request.user, on=on).by_name())
        department = self.chosen(reachable)
        below = list(Department.objects.below([department])) if department else []
        kept = kept_by_week(below, on=on, weeks=WEEKS)
        drawn = points(kept)
        said = [point._replace(rules=tuple(RULES[rule] for rule in point.rules)) for point in drawn]
        bars = reasons(below, since=on - A_YEAR)
        return super().get_context_data(
            department=department,
            departments=reachable,
            weeks=list(reversed(list(zip(drawn, said, strict=True)))),
            limits=drawn[-1].limits if drawn else None,
            kept=sum(each.kept for each in kept.values()),
            due=sum(each.due for each in kept.values()),
            figure=charts.line_figure(said, title="commitments kept", unit="%", decimals=0) if kept else None,
            said=charts.series_in_words(said, unit="%", decimals=0),
            bars=bars,
            bars_said=reasons_in_words(bars),
            **kwargs,
        )
