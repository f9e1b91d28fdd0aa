from django.contrib import messages
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.generic import FormView, View

from departments import tasks as deliveries
from departments.models import Department, User
from departments.models.department import Reach
from issues.models import Appetite, Risk
from issues.models.risk import SCORES
from issues.risk_forms import AppetiteForm, ClosingForm, DescriptionForm, ReviewForm, RiskForm
from issues.selectors.risks import indicator, indicators, rated
from issues.services.assessing import (
    AlreadyClosed,
    ChangedSince,
    ReviewedSince,
    RiskRefused,
    SaidSince,
    accept,
    change,
    close,
    reopen,
    review,
    take_up,
)
from issues.views.risk import RiskPage, within_reach

DESCRIBED = ["title", "department", "category", "cause", "event", "effect", "owner", "indicator"]


class Describing(FormView):
    """A form for what a risk is: with the departments one may write for, who works here, and what can be measured."""

    template_name = "risks/describing.html"
    risk = None

    def dispatch(self, request, *args, **kwargs):
        self.on = timezone.localdate()
        writable = Department.objects.reachable_by(request.user, on=self.on, reach=Reach.WRITE)
        self.places = list(writable.live(on=self.on).by_name())
        if not self.places:
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        reachable = Department.objects.reachable_by(self.request.user, on=self.on)
        found = indicators(reachable, on=self.on)
        if self.risk and self.risk.kri:
            kept = (self.risk.kri, self.risk.kri_department)
            found.setdefault(indicator(*kept), kept)
        people = User.objects.employed(on=self.on).by_name()
        known = {"places": self.places, "people": people, "indicators": found, "on": self.on}
        return super().get_form_kwargs() | known

    def get_context_data(self, **kwargs):
        context = super().get_context_data(risk=self.risk, **kwargs)
        return context | {"described": [context["form"][name] for name in DESCRIBED]}


class RiskStart(Describing):
    form_class = RiskForm

    def get_initial(self):
        only = self.places[0].slug if len(self.places) == 1 else ""
        asked = self.request.GET.get("department", "")
        return {
            "department": asked if asked in [place.slug for place in self.places] else only,
            "owner": self.request.user.username,
        }

    def form_valid(self, form):
        risk = take_up(
            form.described,
            inherent=form.rating("inherent"),
            residual=form.rating("residual"),
            words=form.cleaned_data["words"],
            by=self.request.user,
            at=timezone.now(),
        )
        deliveries.wake()
        messages.success(self.request, f"Recorded: {risk}.")
        return HttpResponseRedirect(risk.url)


class RiskChange(Describing):
    form_class = DescriptionForm

    def dispatch(self, request, *args, **kwargs):
        self.risk = within_reach(request, kwargs["pk"], reach=Reach.WRITE)
        return super().dispatch(request, *args, **kwargs)

    def get_initial(self):
        risk = self.risk
        said = {name: getattr(risk, name) for name in ("title", "category", "cause", "event", "effect")}
        kri = {"indicator": indicator(risk.kri, risk.kri_department)} if risk.kri else {}
        named = {"department": risk.department.slug, "owner": risk.owner.username}
        return said | named | kri | {"was": self.newest()}

    def newest(self) -> int:
        return self.risk.history.latest("history_id").pk

    def form_valid(self, form):
        said = {"was": form.cleaned_data["was"] or 0, "by": self.request.user, "at": timezone.now()}
        try:
            change(self.risk, form.described, **said)
        except ChangedSince as error:
            form.add_error(None, str(error))
            form.data = form.data.dict() | {"was": self.newest()}
            return self.form_invalid(form)
        deliveries.wake()
        messages.success(self.request, f"Changed: {form.described.title}.")
        return HttpResponseRedirect(self.risk.url)


class RiskReview(FormView):
    """A risk is looked at again: confirmed as it was, or seen otherwise, with a reason."""

    form_class = ReviewForm
    template_name = "risks/review.html"

    def dispatch(self, request, *args, **kwargs):
        self.risk = within_reach(request, kwargs["pk"], reach=Reach.WRITE)
        self.newest = self.risk.scores.select_related("by").latest("number")
        return super().dispatch(request, *args, **kwargs)

    def get_initial(self):
        return {name: getattr(self.newest, name) for name in SCORES} | {"number": self.newest.number}

    def get_context_data(self, **kwargs):
        seen = rated(Risk.objects.filter(pk=self.risk.pk).rated())[0]
        today = timezone.localdate()
        return super().get_context_data(
            risk=self.risk,
            rated=seen,
            newest=self.newest,
            waits_since=seen.waits_since(today),
            today=today,
            from_queue=self.from_queue,
            **kwargs,
        )

    @property
    def from_queue(self) -> bool:
        return self.request.GET.get("from") == "queue"

    def form_valid(self, form):
        found = form.cleaned_data
        said = {"words": found["words"], "number": found["number"], "by": self.request.user, "at": timezone.now()}
        try:
            made = review(self.risk, **form.ratings, **said)
        except RiskRefused as error:
            form.add_error(None, str(error))
            if isinstance(error, ReviewedSince):
                self.newest = self.risk.scores.select_related("by").latest("number")
                form.data = form.data.dict() | {"number": self.newest.number}
            return self.form_invalid(form)
        as_before = made.inherent == self.newest.inherent and made.residual == self.newest.residual
        what = "unchanged" if as_before else f"{made.residual.level} now ({made.residual.in_words})"
        due = timezone.localdate(made.at) + made.residual.due_after
        messages.success(self.request, f"Reviewed: {self.risk}, {what}. Due again {due:%-d %b %Y}.")
        return HttpResponseRedirect(reverse("issues:risk-reviews") if self.from_queue else self.risk.url)


class RiskClosing(RiskPage, FormView):
    """POST says that a risk is none any more; `again`: for the reason for which it was closed before."""

    http_method_names = ["post"]
    form_class = ClosingForm
    template_name = "risks/risk.html"

    def dispatch(self, request, *args, **kwargs):
        self.risk = within_reach(request, kwargs["pk"], reach=Reach.WRITE)
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        kwargs = super().get_form_kwargs()
        asked = self.request.GET.get("again", "")
        if asked:
            pk = int(asked) if asked.isdecimal() and len(asked) < 19 else 0
            kwargs["data"] = {"why": get_object_or_404(self.risk.closures, pk=pk).why}
        return kwargs

    def get_context_data(self, form, **kwargs):
        return super(FormView, self).get_context_data(**self.page(self.risk, closing=form), **kwargs)

    def form_valid(self, form):
        try:
            close(self.risk, form.cleaned_data["why"], by=self.request.user, at=timezone.now())
        except AlreadyClosed as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        undo = reverse("issues:risk-reopening", args=[self.risk.pk])
        messages.success(self.request, f"Closed: {self.risk}.", extra_tags=f"undo:{undo}")
        return HttpResponseRedirect(self.risk.url)


class RiskReopening(View):
    """POST takes a closed risk up again."""

    def post(self, request, pk):
        risk = within_reach(request, pk, reach=Reach.WRITE)
        closure = reopen(risk, by=request.user, at=timezone.now())
        if closure is None:
            messages.info(request, f"It was open already: {risk}.")
        else:
            undo = f"{reverse('issues:risk-closing', args=[pk])}?again={closure.pk}"
            messages.success(request, f"Reopened: {risk}.", extra_tags=f"undo:{undo}")
        return HttpResponseRedirect(risk.url)


class Appetites(FormView):
    """The COO says what is accepted in each category."""

    form_class = AppetiteForm
    template_name = "risks/appetite.html"

    def dispatch(self, request, *args, **kwargs):
        if not request.user.writes_everything:
            raise Http404
        self.current = list(Appetite.objects.current().select_related("recorded_by"))
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        kwargs = super().get_form_kwargs()
        del kwargs["initial"]
        return kwargs | {"said": {each.category: each.level for each in self.current}}

    def get_context_data(self, **kwargs):
        before = Appetite.objects.order_by("-recorded_at", "-pk").select_related("recorded_by")[:50]
        return super().get_context_data(said=before, **kwargs)

    def form_valid(self, form):
        try:
            changed = accept(form.levels, was=form.was, by=self.request.user, at=timezone.now())
        except SaidSince as error:
            form.data = form.data.dict()
            for each in error.found:
                words = f"{each.recorded_by} said {each.level} meanwhile: yours takes its place when you save again."
                form.add_error(each.category, words)
                form.data[f"was_{each.category}"] = each.level
            return self.form_invalid(form)
        count = len(changed)
        words = f"Appetite changed for {count} categor{'y' if count == 1 else 'ies'}." if count else "Nothing changed."
        messages.success(self.request, words)
        return HttpResponseRedirect(reverse("issues:risk-appetite"))
