from datetime import timedelta

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.generic import FormView, ListView, View

from departments.discussion import discussion
from departments.mixins import Partial, Scoped
from departments.models.department import Reach
from kpis.asked import asked_choice
from kpis.conditional import Conditional
from kpis.forms import ExplanationForm
from kpis.models import CalendarDay, Event, Signal, SignalTopic
from kpis.models.signal import STATES
from kpis.moment import AsKnown, reach
from kpis.periods import Grain
from kpis.selectors.book import book_then
from kpis.selectors.said import signals_then
from kpis.selectors.worked import made_of
from kpis.services.events import EventSuperseded
from kpis.services.explaining import ExplainedSince, explain, take_back

WHEN, RECENT = ["recent", "all"], timedelta(weeks=26)
BEFORE = timedelta(weeks=6)  # so long before a signal an event may have moved it


class SignalList(AsKnown, Conditional, Scoped, Partial, ListView):
    model = Signal
    template_name = "kpis/signals.html"
    partial_name = "kpis/_signals.html"
    paginate_by = 50

    def get_queryset(self):
        asked, on = self.request.GET, timezone.localdate()
        self.shown = self.departments()
        if self.known_at:
            return self.then()
        found = super().get_queryset().select_related("kpi", "department", "explained_by", "event").newest_first()
        if slug := asked_choice(asked, "department", [d.slug for d in self.shown]):
            found = found.filter(department__slug=slug)
        if kind := asked_choice(asked, "kind", Signal.Kind.values):
            found = found.filter(kind=kind)
        if asked_choice(asked, "when", WHEN, "recent") == "recent":
            found = found.filter(last__gte=on - RECENT)
        state = asked_choice(asked, "state", [*STATES, "all"], "open")
        return found if state == "all" else found.filter(STATES[state])

    def then(self) -> list[Signal]:
        """As they stood at the moment asked for; none was withdrawn by then."""
        asked, shown = self.request.GET, {d.pk: d.slug for d in self.shown}
        slug = asked_choice(asked, "department", shown.values())
        kind = asked_choice(asked, "kind", Signal.Kind.values)
        state = asked_choice(asked, "state", [*STATES, "all"], "open")
        recent = asked_choice(asked, "when", WHEN, "recent") == "recent"
        book = book_then(on=self.day, known_at=self.known_at, within=reach(self.request.user))
        return [
            signal
            for signal in signals_then(book)
            if signal.department_id in shown
            and slug in (None, shown[signal.department_id])
            and kind in (None, signal.kind)
            and state in ("all", signal.state)
            and (not recent or signal.last >= self.day - RECENT)
        ]

    def get_context_data(self, **kwargs):
        context = super().get_context_data(
            departments=self.shown,
            kinds=Signal.Kind.choices,
            states=[*STATES, "all"],
            periods=WHEN,
            calendar=CalendarDay.objects.calendar(),
            asked={"state": "open", "when": "recent"} | {name: self.request.GET[name] for name in self.request.GET},
            **kwargs,
        )
        listed = [signal.pk for signal in context["page_obj"]]
        topics = SignalTopic.objects.filter(signal__in=listed).with_counts(at=self.known_at)
        return context | {"topics": {topic.signal_id: topic for topic in topics}}


class SignalDetail(FormView):
    """One signal, and what is said about it."""

    form_class = ExplanationForm
    template_name = "kpis/signal.html"

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.on = timezone.localdate()

    def dispatch(self, request, *args, **kwargs):
        within = Signal.objects.reachable_by(request.user, on=self.on)
        within = within.select_related("kpi", "department", "explained_by", "event")
        self.signal = get_object_or_404(within, pk=kwargs["pk"])
        self.calendar = CalendarDay.objects.calendar()
        self.may_explain = may_explain(request.user, self.signal, self.on)
        return super().dispatch(request, *args, **kwargs)

    def post(self, request, *args, **kwargs):
        if not self.may_explain:
            return self.http_method_not_allowed(request)
        return super().post(request, *args, **kwargs)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"events": self.events()}

    def events(self):
        """Those around its time in that department, and the one that it is explained by."""
        signal = self.signal
        end = self.calendar.end(signal.last, Grain(signal.grain))
        around = Event.objects.current().between(signal.first - BEFORE, end)
        around = around.concerning([signal.department]).about(made_of(signal.kpi)).values("pk")
        return Event.objects.filter(Q(pk__in=around) | Q(pk=signal.event_id)).newest_first()

    def get_initial(self):
        return {"words": self.signal.explanation, "event": self.signal.event_id}

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            signal=self.signal,
            may_explain=self.may_explain,
            version=self.signal.history.order_by("history_id").last(),
            history=self.said_before()[:20],
            calendar=self.calendar,
            discussion=discussion(
                SignalTopic.objects.about(signal=self.signal), reader=self.request.user, at=timezone.now()
            ),
            **kwargs,
        )

    def said_before(self):
        """Each explanation once, but for the one that stands, newest first."""
        said = self.signal.history.exclude(explained_at=None).exclude(explained_at=self.signal.explained_at)
        found = {
            each.explained_at: each for each in said.select_related("explained_by", "event").order_by("history_id")
        }
        return sorted(found.values(), key=lambda each: each.explained_at, reverse=True)

    def form_valid(self, form):
        try:
            said = explain(self.signal, **form.cleaned_data, by=self.request.user, at=timezone.now())
        except EventSuperseded as error:
            form.add_error("event", str(error))
            return self.form_invalid(form)
        except ExplainedSince as error:
            form.add_error(None, f"{error} Yours is below: it takes that one's place when you save again.")
            return self.form_invalid(form)
        before = self.signal.history.filter(history_id__lt=said.pk).order_by("history_id").last()
        undo = reverse("kpis:explanation-reversal", args=[self.signal.pk]) + f"?undoes={said.pk}"
        undo += f"&to={before.pk}" if before and before.explained_at else ""
        messages.success(self.request, f"Explained: {self.signal}.", extra_tags=f"undo:{undo}")
        return HttpResponseRedirect(reverse("kpis:signals"))


class ExplanationReversal(View):
    """POST takes back what was said about a signal, as long as nothing else is said by now."""

    def post(self, request, pk):
        on = timezone.localdate()
        signal = get_object_or_404(Signal.objects.reachable_by(request.user, on=on, reach=Reach.WRITE), pk=pk)
        undoes, to = (asked_version(request.GET, name, signal) for name in ("undoes", "to"))
        try:
            take_back(signal, undoes=undoes, to=to, by=request.user, at=timezone.now())
        except ExplainedSince as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse("kpis:signal", args=[pk]))
        words = "What was said before stands again" if signal.explained_at else "Nothing is said about it any more"
        messages.success(request, f"{words}: {signal}.")
        return HttpResponseRedirect(reverse("kpis:signal", args=[pk]))


def asked_version(params, name: str, signal: Signal):
    """The version in the signal's history that is asked for; None where none is."""
    if name not in params:
        return None
    number = params[name]
    return get_object_or_404(signal.history, pk=int(number) if number.isdecimal() and len(number) < 19 else 0)


def may_explain(user, signal, on) -> bool:
    return Signal.objects.reachable_by(user, on=on, reach=Reach.WRITE).filter(pk=signal.pk).exists()
