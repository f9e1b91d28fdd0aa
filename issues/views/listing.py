from django.utils import timezone
from django.views.generic import ListView

from departments.mixins import Partial
from departments.models import Department
from departments.models.department import Reach
from issues.flow import LIVE, State
from issues.forms import TriageForm
from issues.models import Issue, SavedView, Severity
from issues.models.issue import STATES
from issues.selectors.board import Column, columns
from issues.selectors.friction import midnight
from issues.selectors.listed import listed, speaking_of
from issues.selectors.longest import LongestFirst
from issues.selectors.raisers import own, raising_for
from kpis.asked import asked_choice, asked_day, asked_words
from kpis.conditional import Conditional

OPEN, CLOSED, ALL = "open", "closed", "all"
SORTS = {"urgent": "most urgent", "waiting": "longest wait", "new": "newest"}
BALL = {"mine": "in my court", "theirs": "I wait for it", "away": "not with who raised it"}


class Filtered(Conditional, Partial):
    """Issues as the address asks for them."""

    shows_clocks = True

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.on = timezone.localdate()

    def issues(self):
        found = Issue.objects.reachable_by(self.request.user, on=self.on)
        asked = self.request.GET
        if words := asked_words(asked, "q"):
            found = speaking_of(found, words)
        slugs = [department.slug for department in self.departments]
        for name in ("raiser", "owner"):
            if slug := asked_choice(asked, name, slugs):
                found = found.filter(**{f"{name}__slug": slug})
        if severity := asked_choice(asked, "severity", Severity.values):
            found = found.filter(severity=severity)
        if asked_choice(asked, "late", ["yes"]):
            found = found.overdue(on=self.on)
        if day := asked_day(asked, "raised"):
            found = found.filter(raised_at__gte=midnight(day))
        if day := asked_day(asked, "settled"):
            found = found.settled().filter(since__gte=midnight(day))
        return self.in_court(found, asked_choice(asked, "ball", [*BALL, *slugs]))

    def in_court(self, found, ball):
        if ball in ("mine", "theirs"):
            mine = own(self.request.user, on=self.on)
            return found.waiting_for(mine) if ball == "mine" else found.waited_for_by(mine)
        if ball == "away":
            return found.away()
        here = next((each for each in self.departments if each.slug == ball), None)
        return found.in_court_of(here) if here else found

    @property
    def departments(self) -> list[Department]:
        if not hasattr(self, "_departments"):
            self._departments = list(Department.objects.by_name())
        return self._departments

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            departments=self.departments,
            severities=Severity.choices,
            ball=BALL,
            asked=self.request.GET.dict(),
            may_raise=bool(raising_for(self.request.user, on=self.on)),
            today=self.on,
            **kwargs,
        )


class IssueList(Filtered, ListView):
    template_name = "issues/list.html"
    partial_name = "issues/_list.html"
    paginate_by = 50

    def get_queryset(self):
        found, asked = self.issues(), self.request.GET
        state = asked_choice(asked, "state", [OPEN, CLOSED, ALL, *STATES], OPEN)
        if state == OPEN:
            found = found.open()
        elif state == CLOSED:
            found = found.filter(court=None)
        elif state != ALL:
            found = found.filter(state=state)
        sort = asked_choice(asked, "sort", SORTS, "urgent")
        if sort == "waiting":
            return LongestFirst(found, departments=[each.pk for each in self.departments], at=timezone.now())
        return found.order_by("-pk") if sort == "new" else found.most_urgent_first()

    def paginate_queryset(self, queryset, page_size):
        """The page asked for; the last one, where there are fewer by now."""
        asked = self.request.GET.get(self.page_kwarg, "")
        if not asked.isdecimal():
            return super().paginate_queryset(queryset, page_size)
        page = self.get_paginator(queryset, page_size).get_page(asked)
        return page.paginator, page, page.object_list, page.has_other_pages()

    def get_context_data(self, **kwargs):
        context = super().get_context_data(
            states=[(OPEN, "open"), (CLOSED, "closed"), (ALL, "all"), *STATES.items()],
            sorts=SORTS,
            **kwargs,
        )
        writable = Department.objects.reachable_by(self.request.user, on=self.on, reach=Reach.WRITE)
        return context | {
            "rows": listed(context["page_obj"].object_list, at=timezone.now()),
            "triage": TriageForm(on=self.on) if writable.exists() else None,
            "chosen": (),
            "saved": SavedView.objects.filter(user=self.request.user),
            "query": self.request.GET.urlencode(),
        }


class Board(Filtered, ListView):
    template_name = "issues/board.html"
    partial_name = "issues/_board.html"

    def get_queryset(self):
        return self.issues().open()

    def get_context_data(self, **kwargs):
        shown: list[Column] = columns(self.object_list, at=timezone.now(), states=[s for s in State if s in LIVE])
        return super().get_context_data(columns=shown, **kwargs)
