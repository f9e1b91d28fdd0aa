from datetime import timedelta

from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db.models import Q
from django.utils import timezone
from django.views.generic import ListView, TemplateView

from departments.mixins import Partial
from departments.models import Department
from departments.models.department import Reach
from issues.models import Risk, RiskClosure
from issues.models.risk import Category
from issues.scales import Level, Rating
from issues.selectors.movement import matrix
from issues.selectors.risks import Rated, queue, rated
from kpis import exports
from kpis.asked import asked_choice, asked_day, asked_words, end_of
from kpis.conditional import Conditional
from kpis.moment import AsKnown

PAGE = 50
STATES = {"open": "open", "due": "to look at", "closed": "closed", "all": "all"}
SORTS = {
    "residual": "residual score",
    "inherent": "inherent score",
    "reviewed": "longest not reviewed",
    "new": "newest",
}
ORDERS = {
    "inherent": ["-inherent_points", "-inherent_impact", "title", "pk"],
    "reviewed": ["scored_at", "pk"],
    "new": ["-opened_at", "-pk"],
}
COLUMNS = [
    "risk", "title", "category", "department", "owner", "because", "it may happen that", "then",
    "inherent likelihood", "inherent impact", "residual likelihood", "residual impact", "residual score", "level",
    "appetite", "above appetite", "reviewed on", "review due on", "indicator", "indicator shows a concern", "state",
]  # fmt: skip
BACK = timedelta(days=90)
KINDS = {"better": "lower", "worse": "higher", "same": "elsewhere, with the same score"}  # of arrows
CELLS = {f"{likelihood}x{impact}": Rating(likelihood, impact) for likelihood in range(1, 6) for impact in range(1, 6)}


def may_open(user) -> bool:
    return Department.objects.reachable_by(user, on=timezone.localdate(), reach=Reach.WRITE).exists()


class Filtered(Conditional, Partial):
    """Risks as the address asks for them."""

    known_at = None

    def risks(self):
        asked = self.request.GET
        reach = Department.objects.reachable_by(self.request.user, on=timezone.localdate())
        self.shown = list(reach.by_name())
        found = Risk.objects.filter(department__in=reach).known_at(self.known_at)
        if slug := asked_choice(asked, "department", [each.slug for each in self.shown]):
            below = Department.objects.below([d for d in self.shown if d.slug == slug])
            found = found.put(department__in=below, at=self.known_at)
        if category := asked_choice(asked, "category", Category.values):
            found = found.put(category=category, at=self.known_at)
        return found

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            departments=self.shown,
            categories=Category.choices,
            asked=self.request.GET.dict(),
            may_open=not self.known_at and may_open(self.request.user),
            **kwargs,
        )


class RiskList(AsKnown, Filtered, ListView):
    template_name = "risks/list.html"
    partial_name = "risks/_list.html"
    paginate_by = PAGE

    def get_queryset(self):
        asked, found = self.request.GET, self.risks().rated(at=self.known_at)
        if level := asked_choice(asked, "level", [str(level) for level in Level]):
            found = found.of_level(Level(level))
        if cell := CELLS.get(asked_choice(asked, "cell", CELLS, "")):
            found = found.filter(residual_likelihood=cell.likelihood, residual_impact=cell.impact)
        if asked_choice(asked, "above", ["yes"]):
            found = found.above_appetite()
        for word in asked_words(asked, "q").split():
            places = (Q(**{f"{name}__icontains": word}) for name in ("title", "cause", "event", "effect"))
            found = found.put(next(places) | next(places) | next(places) | next(places), at=self.known_at)
        return self.ordered(self.of_state(found, asked_choice(asked, "state", STATES, "open")))

    def of_state(self, found, state: str):
        if state in ("open", "due"):
            found = found.open(at=self.known_at)
            return found if state == "open" else found.to_look_at(on=self.day)
        if state == "closed":
            return found.filter(pk__in=RiskClosure.objects.standing(at=self.known_at).values("risk"))
        return found

    def ordered(self, found):
        sort = asked_choice(self.request.GET, "sort", SORTS, "residual")
        found = found.with_inherent_points()
        return found.order_by(*ORDERS[sort]) if sort in ORDERS else found.gravest_first()

    def get(self, request, *args, **kwargs):
        kind = kwargs.get("kind")
        if kind is None:
            return super().get(request, *args, **kwargs)
        found = rated(self.get_queryset(), known_at=self.known_at)
        reached = {each.pk for each in self.shown}
        return exports.download(kind, "risks", COLUMNS, [row(each, reached) for each in found])

    def get_context_data(self, **kwargs):
        context = super().get_context_data(
            day=self.day,
            levels=[(str(level), str(level)) for level in reversed(Level)],
            states=STATES,
            sorts=SORTS,
            **kwargs,
        )
        return context | {"rows": rated(context["page_obj"].object_list, known_at=self.known_at)}


def row(each: Rated, reached: set[int]) -> list:
    risk, indicator = each.risk, ""
    if risk.kri and risk.kri_department_id in reached:
        indicator = f"{risk.kri}, {risk.kri_department}"
    above = {True: "yes", False: "no", None: ""}[each.is_above]
    described = [risk.pk, risk.title, risk.get_category_display(), str(risk.department), str(risk.owner)]
    described += [risk.cause, risk.event, risk.effect, *each.inherent, *each.residual]
    judged = [each.residual.points, str(each.residual.level), each.appetite and str(each.appetite), above]
    days = [timezone.localdate(each.scored_at), None if each.closure else each.due_on]
    state = f"closed: {each.closure.why}" if each.closure else "open"
    return [*described, *judged, *days, indicator, "yes" if each.concern else "", state]


class RiskMatrix(AsKnown, Filtered, TemplateView):
    template_name = "risks/matrix.html"
    partial_name = "risks/_matrix.html"

    def get_context_data(self, **kwargs):
        found = rated(
            self.risks().open(at=self.known_at).rated(at=self.known_at).gravest_first(), known_at=self.known_at
        )
        since = self.since()
        shown = matrix(found, since=since and end_of(since), day=since, known_at=self.known_at)
        asked = {"since": since or self.day - BACK, "is_since": since is not None}
        context = super().get_context_data(matrix=shown, kinds=KINDS, levels=list(Level), day=self.day, **kwargs)
        return context | {"asked": context["asked"] | asked}

    def since(self):
        """The day to which the present is compared; None for the inherent scores."""
        move = asked_choice(self.request.GET, "move", ["inherent", "since"], "inherent")
        day = asked_day(self.request.GET, "since", self.day - BACK)
        if move == "since" and day >= self.day:
            raise BadRequest(f"since: found {day}, expected a day before {self.day}.")
        return day if move == "since" else None


class ReviewQueue(Filtered, TemplateView):
    """What is to be looked at by now, whoever has waited longest first."""

    template_name = "risks/reviews.html"
    partial_name = "risks/_reviews.html"

    def get_context_data(self, **kwargs):
        today, user = timezone.localdate(), self.request.user
        page = Paginator(queue(self.risks(), on=today), PAGE).get_page(self.request.GET.get("page"))
        mine = Risk.objects.reachable_by(user, on=today, reach=Reach.WRITE)
        mine = set(mine.filter(pk__in=[due.rated.risk.pk for due in page]).values_list("pk", flat=True))
        reached = {each.pk for each in self.shown}
        return super().get_context_data(page_obj=page, mine=mine, reached=reached, today=today, **kwargs)
