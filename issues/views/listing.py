from django.db.models import F
from django.db.models.lookups import IsNull
from django.utils import timezone
from django.views.generic import ListView

from departments.mixins import Partial
from departments.models import Department
from departments.models.department import Reach
from issues.flow import LIVE, State
from issues.forms import TriageForm
from issues.models import Issue, SavedView, Severity
from issues.models.issue import STATES
from issues.selectors.board import columns
from issues.selectors.friction import midnight
from issues.selectors.listed import listed, speaking_of
from issues.selectors.raisers import own, raising_for
from issues.selectors.standing import ALL, CLOSED_ONES, OPEN, Stood, Wanted, stood
from issues.selectors.then import columns_then, listed_then
from kpis.asked import asked_choice, asked_day, asked_words
from kpis.conditional import Conditional
from kpis.moment import AsKnown

SORTS = {"urgent": "most urgent", "waiting": "longest in its court", "new": "newest"}
BALL = {"mine": "in my court", "theirs": "I wait for it", "away": "not with who raised it"}


class Filtered(AsKnown, Conditional, Partial):
    """Issues as the address asks for them, as they are or as they were known."""

    shows_clocks = True

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.on = timezone.localdate()
        self.places = list(Department.objects.by_name())

    def issues(self):
        """Those within reach, by what they are about."""
        found, asked = Issue.objects.reachable_by(self.request.user, on=self.on), self.request.GET
        if self.known_at:
            found = found.put_at(self.known_at)
        if words := asked_words(asked, "q"):
            found = speaking_of(found, words, known_at=self.known_at)
        for name in ("raiser", "owner"):
            if slug := asked_choice(asked, name, [each.slug for each in self.places]):
                found = found.filter(**{f"{name}__slug": slug})
        if severity := asked_choice(asked, "severity", Severity.values):
            found = found.filter(**{f"{self.put}severity": severity})
        if self.is_late:
            found = found.filter(**{f"{self.put}needed_by__lt": self.day})
        if day := asked_day(asked, "raised"):
            found = found.filter(raised_at__gte=midnight(day))
        return found

    @property
    def put(self) -> str:
        """Before the names of what is asked of how they were put."""
        return "put_" if self.known_at else ""

    @property
    def is_late(self) -> bool:
        return asked_choice(self.request.GET, "late", ["yes"]) is not None

    @property
    def state(self) -> str:
        return OPEN

    @property
    def wanted(self) -> Wanted:
        """Where they are to stand."""
        ball, settled = self.ball, asked_day(self.request.GET, "settled")
        return Wanted(self.state, *ball, midnight(settled) if settled else None, self.is_late)

    @property
    def ball(self) -> tuple[str, frozenset[int]]:
        asked = asked_choice(self.request.GET, "ball", [*BALL, *(each.slug for each in self.places)])
        if asked in ("mine", "theirs"):
            return asked, frozenset(own(self.request.user, on=self.on).values_list("pk", flat=True))
        if here := next((each for each in self.places if each.slug == asked), None):
            return "in", frozenset(Department.objects.court_of(here).values_list("pk", flat=True))
        return asked or "", frozenset()

    def then(self, found) -> dict[int, Stood]:
        """By key, of these issues those that stood so at the moment asked for."""
        wanted = self.wanted
        return {key: each for key, each in stood(found, at=self.known_at).items() if wanted.fits(each)}

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            departments=self.places,
            severities=Severity.choices,
            ball=BALL,
            asked=self.request.GET.dict(),
            may_raise=not self.known_at and bool(raising_for(self.request.user, on=self.on)),
            today=self.day,
            **kwargs,
        )


class IssueList(Filtered, ListView):
    template_name = "issues/list.html"
    partial_name = "issues/_list.html"
    paginate_by = 50

    @property
    def state(self) -> str:
        return asked_choice(self.request.GET, "state", [OPEN, CLOSED_ONES, ALL, *STATES], OPEN)

    def get_queryset(self):
        found, sort = self.issues(), asked_choice(self.request.GET, "sort", SORTS, "urgent")
        if self.known_at:
            return self.keys_then(found, sort)
        found = self.wanted.of(found)
        orders = {"waiting": ["is_closed", "since", "pk"], "new": ["-pk"]}
        found = found.annotate(is_closed=IsNull(F("court"), True)) if sort == "waiting" else found
        return found.order_by(*orders[sort]) if sort in orders else found.most_urgent_first()

    def keys_then(self, found, sort: str) -> list[int]:
        then = self.then(found)
        if sort == "waiting":
            return sorted(then, key=lambda key: (then[key].court is None, then[key].since, key))
        found = found.order_by("-pk") if sort == "new" else found.most_urgent_first(self.put)
        return [key for key in found.values_list("pk", flat=True) if key in then]

    def paginate_queryset(self, queryset, page_size):
        """The page asked for; the last one, where there are fewer by now."""
        asked = self.request.GET.get(self.page_kwarg, "")
        if not asked.isdecimal():
            return super().paginate_queryset(queryset, page_size)
        page = self.get_paginator(queryset, page_size).get_page(asked)
        return page.paginator, page, page.object_list, page.has_other_pages()

    def get_context_data(self, **kwargs):
        context = super().get_context_data(
            states=[(OPEN, "open"), (CLOSED_ONES, "closed"), (ALL, "all"), *STATES.items()],
            sorts=SORTS,
            **kwargs,
        )
        shown, at = context["page_obj"].object_list, self.known_at
        writable = Department.objects.reachable_by(self.request.user, on=self.on, reach=Reach.WRITE)
        return context | {
            "rows": listed_then(shown, at=at) if at else listed(shown, at=timezone.now()),
            "triage": TriageForm(on=self.on) if not at and writable.exists() else None,
            "chosen": (),
            "saved": SavedView.objects.filter(user=self.request.user),
            "query": self.request.GET.urlencode(),
        }


class Board(Filtered, ListView):
    template_name = "issues/board.html"
    partial_name = "issues/_board.html"
    states = [state for state in State if state in LIVE]

    def get_queryset(self):
        return self.issues()

    def get_context_data(self, **kwargs):
        return super().get_context_data(columns=self.columns(), **kwargs)

    def columns(self):
        if not self.known_at:
            return columns(self.wanted.of(self.object_list), at=timezone.now(), states=self.states)
        then = self.then(self.object_list)
        keys = [key for key in self.object_list.most_urgent_first(self.put).values_list("pk", flat=True) if key in then]
        return columns_then(keys, then, at=self.known_at, states=self.states)
