from dataclasses import replace

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.generic import FormView, TemplateView, View

from departments.mixins import Partial
from departments.models import Department
from departments.models.department import Reach
from issues.effect_figure import figure, points
from issues.effect_forms import MeasureForm, WithdrawalForm
from issues.effect_words import WORDS, amount, detail, doubt, mixture, patience, sentence
from issues.models import Issue, Measure
from issues.models.measure import Kind
from issues.selectors.effect_ledger import by_department, by_kind
from issues.selectors.effects import outlook, verdicts
from issues.selectors.risks import indicators
from issues.services.measuring import AlreadyWithdrawn, Taken, bring_back, may_take, take_measure, withdraw
from kpis import effect, exports, tasks
from kpis.asked import asked_choice
from kpis.conditional import Conditional
from kpis.effect import Effect
from kpis.models import CalendarDay
from kpis.moment import AsKnown, reach
from kpis.written import written

PAGE = 50
COLUMNS = [
    "number", "what was done", "kind", "KPI", "department", "issue", "takes effect on", "look again on", "way", "size",
    "verdict", "mean before", "mean after", "values before", "values after", "values needed", "why", "by",
    "recorded on",
]  # fmt: skip


def within_reach(request, pk, *, reach=Reach.READ) -> Measure:
    reachable = Measure.objects.reachable_by(request.user, on=timezone.localdate(), reach=reach)
    return get_object_or_404(reachable, pk=pk)


def writes(user, measure: Measure) -> bool:
    return Measure.objects.reachable_by(user, on=timezone.localdate(), reach=Reach.WRITE).filter(pk=measure.pk).exists()


class EffectLedger(AsKnown, Conditional, Partial, TemplateView):
    template_name = "effects/ledger.html"
    partial_name = "effects/_ledger.html"

    def measures(self):
        """Those of the departments within reach, and who is shown to choose among."""
        reachable = Measure.objects.reachable_by(self.request.user, on=timezone.localdate())
        return reachable.standing(at=self.known_at).newest_first()

    def found(self):
        then = {"known_at": self.known_at, "within": reach(self.request.user) if self.known_at else None}
        return verdicts(self.measures(), on=self.day, **then)

    def asked(self, found):
        """Of all verdicts within reach, those that the address asks for."""
        asked, places = self.request.GET, sorted({each.measure.department.slug for each in found})
        department = asked_choice(asked, "department", places) if places else None
        kind, word = asked_choice(asked, "kind", Kind.values), asked_choice(asked, "effect", [str(e) for e in Effect])
        return [
            each
            for each in found
            if (not department or each.measure.department.slug == department)
            and (not kind or each.measure.kind == kind)
            and (not word or each.effect == word)
        ]

    def get(self, request, *args, **kwargs):
        kind = kwargs.get("kind")
        if kind is None:
            return super().get(request, *args, **kwargs)
        reached = Issue.objects.reachable_by(request.user, on=timezone.localdate())
        shown = self.asked(self.found())
        issues = set(reached.filter(measures__in=[each.measure for each in shown]).values_list("pk", flat=True))
        return exports.download(kind, "effects", COLUMNS, [row(each, issues) for each in shown])

    def get_context_data(self, **kwargs):
        found = self.found()
        shown = self.asked(found)
        page = Paginator(shown, PAGE).get_page(self.request.GET.get("page"))
        return super().get_context_data(
            page_obj=page,
            rows=[(each, detail(each)) for each in page],
            kinds=by_kind(shown),
            places=by_department(shown),
            words=[(str(each), WORDS[each]) for each in Effect],
            known_kinds=Kind.choices,
            departments=by_department(found),
            decided=sum(each.is_decided for each in shown),
            worked=sum(each.effect is Effect.WORKED for each in shown),
            asked=self.request.GET.dict(),
            may_take=not self.known_at and may_take(self.request.user, on=timezone.localdate()),
            **kwargs,
        )


def row(found, issues: set[int]) -> list:
    measure, finding = found.measure, found.finding
    issue = measure.issue_id if measure.issue_id in issues else None
    said = [measure.pk, measure.what, measure.get_kind_display(), found.kpi.name, measure.department.name, issue]
    said += [measure.effective_on, measure.look_on, measure.way, measure.size, WORDS[found.effect].lower()]
    said += [found.mean_before, finding.after, len(found.before), len(found.counted), finding.needed, found.why]
    return [*said, str(measure.made_by), timezone.localdate(measure.made_at)]


class MeasureStart(FormView):
    """Something was done: from an issue, from the page of a KPI, or by itself."""

    form_class = MeasureForm
    template_name = "effects/taking.html"

    def dispatch(self, request, *args, **kwargs):
        self.on = timezone.localdate()
        writable = Department.objects.reachable_by(request.user, on=self.on, reach=Reach.WRITE)
        self.series = indicators(writable.live(on=self.on), on=self.on)
        if not writable.exists():
            raise Http404
        self.issue = self.found_issue()
        return super().dispatch(request, *args, **kwargs)

    def found_issue(self) -> Issue | None:
        """The issue that the address names; None where it names none."""
        asked = self.request.GET.get("issue", "")
        if not asked:
            return None
        reachable = Issue.objects.reachable_by(self.request.user, on=self.on).select_related("kpi", "owner")
        return get_object_or_404(reachable, pk=asked if asked.isdecimal() and len(asked) < 19 else 0)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"series": self.series, "on": self.on}

    def get_initial(self):
        key = self.proposed()
        way = self.series[key][0].direction if key else ""
        return {"series": key, "effective_on": self.on, "way": way if way in ("up", "down") else ""}

    def proposed(self) -> str:
        """The series that the address names, or that the issue is about; "" where it is none of those listed."""
        if (asked := self.request.GET.get("series", "")) in self.series:
            return asked
        code, slug = self.request.GET.get("kpi", ""), self.request.GET.get("department", "")
        if not code and self.issue and self.issue.kpi:
            code = self.issue.kpi.code
        fits = [key for key, (kpi, place) in self.series.items() if kpi.code == code and slug in ("", place.slug)]
        owned = [key for key in fits if self.series[key][0].owner_id == self.series[key][1].pk]
        return next(iter([*owned, *fits]), "")

    def get_context_data(self, **kwargs):
        context = super().get_context_data(issue=self.issue, **kwargs)
        return context | {"known": self.known(context["form"]), "query": self.request.GET.urlencode()}

    def known(self, form) -> str:
        """How the values of the series that is chosen vary, and what could be found by when."""
        key = form["series"].value()
        if key not in self.series:
            return ""
        kpi, department = self.series[key]
        measure = Measure(kpi=kpi, department=department, size=1, way="up", effective_on=self.on, look_on=self.on)
        found = outlook(measure, on=self.on)
        limits, grain = found.finding.limits, found.grain
        if limits is None:
            return doubt(found)
        return (
            f"{kpi} in {department}: {written(limits.centre, unit=kpi.unit, decimals=kpi.decimals)} in the last"
            f" {limits.values} {grain}s, varying by about {amount(kpi, effect.sigma(limits))}."
            f" {found_within(kpi, limits, grain)} {mixture(found)}"
        )

    def form_valid(self, form):
        taken = replace(form.taken, issue=self.issue)
        found = outlook(Measure(**vars(taken)), on=self.on)
        if (words := doubt(found)) and not form.cleaned_data["anyway"]:
            form.ask(words)
            return self.form_invalid(form)
        measure = self.take(taken)
        tasks.wake()
        messages.success(self.request, " ".join(filter(None, [f"Recorded: {measure}.", patience(found)])))
        return HttpResponseRedirect(measure.url)

    def take(self, taken: Taken) -> Measure:
        return take_measure(taken, by=self.request.user, at=timezone.now())


def found_within(kpi, limits, grain) -> str:
    """“6 pts are found within 7 weeks, 3 pts within 18.”"""
    sizes = [(needed, effect.least_size(limits, needed)) for needed in (7, 18, effect.LONGEST)]
    least, told = None, []
    for needed, size in sizes:
        if size is not None and size != least:
            told.append(f"{amount(kpi, size)} within {needed} {grain}s")
            least = size
    return f"Found four times in five: {', '.join(told)}." if told else ""


class MeasurePage:
    """A measure with its verdict; `bound` is a form that was refused."""

    def page(self, measure: Measure, *, known_at=None, bound=None) -> dict:
        user, on = self.request.user, timezone.localdate(known_at)
        then = {"known_at": known_at, "within": reach(user) if known_at else None}
        found = verdicts(Measure.objects.filter(pk=measure.pk), on=on, **then)
        if not found:
            raise Http404("It was taken later.")
        verdict, may_write = found[0], known_at is None and writes(user, measure)
        calendar = CalendarDay.objects.calendar()
        made = points(verdict, calendar)
        return {
            "verdict": verdict,
            "measure": verdict.measure,
            "words": sentence(verdict),
            "word": WORDS[verdict.effect],
            "points": made[::-1],
            "figure": figure(verdict, made) if made else None,
            "patience": patience(verdict),
            "mixture": mixture(verdict),
            "afterwards": timezone.localdate(measure.made_at) > verdict.first,
            "may_write": may_write,
            "withdrawing": bound or (WithdrawalForm() if may_write and not verdict.withdrawal else None),
            "bound": bound,
            "today": on,
        }


class MeasureDetail(AsKnown, MeasurePage, TemplateView):
    template_name = "effects/measure.html"

    def get_context_data(self, **kwargs):
        measure = within_reach(self.request, self.kwargs["pk"])
        return super().get_context_data(**self.page(measure, known_at=self.known_at), **kwargs)


class Withdrawing(MeasurePage, FormView):
    """POST withdraws a measure; what cannot be is said on its page, with what was typed."""

    http_method_names = ["post"]
    form_class = WithdrawalForm
    template_name = "effects/measure.html"

    def dispatch(self, request, *args, **kwargs):
        self.measure = within_reach(request, kwargs["pk"], reach=Reach.WRITE)
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, form, **kwargs):
        return super(FormView, self).get_context_data(**self.page(self.measure, bound=form), **kwargs)

    def form_valid(self, form):
        try:
            withdraw(self.measure, form.cleaned_data["why"], by=self.request.user, at=timezone.now())
        except AlreadyWithdrawn as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        tasks.wake()
        undo = reverse("issues:measure-restoration", args=[self.measure.pk])
        messages.success(self.request, f"Withdrawn: {self.measure}.", extra_tags=f"undo:{undo}")
        return HttpResponseRedirect(self.measure.url)


class Restoring(View):
    """POST lets a measure that was withdrawn stand again."""

    def post(self, request, pk):
        measure = within_reach(request, pk, reach=Reach.WRITE)
        if bring_back(measure, by=request.user, at=timezone.now()):
            tasks.wake()
            messages.success(request, f"It stands again: {measure}.")
        return HttpResponseRedirect(measure.url)
