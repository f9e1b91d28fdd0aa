from datetime import date

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Prefetch, Q
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.generic import FormView, ListView, View

from departments.mixins import Partial, Scoped
from departments.models import Department
from departments.models.department import Reach
from kpis import exports
from kpis.asked import asked_choice, asked_words
from kpis.conditional import Conditional
from kpis.forms import EventForm, within_calendar
from kpis.models import Event, Kpi
from kpis.moment import AsKnown
from kpis.services.events import EventRefused, change_event, record_event, remove_event, restore_event
from kpis.views.recorded import stamp

FIELDS = ("title", "starts_on", "ends_on", "description")


class EventList(AsKnown, Conditional, Scoped, Partial, ListView):
    model = Event
    template_name = "kpis/events.html"
    partial_name = "kpis/_events.html"
    paginate_by = 50
    header = ["day", "last day", "event", "description", "departments", "kpis", "recorded at", "by"]

    def get_queryset(self):
        asked, on = self.request.GET, timezone.localdate()
        reachable = Department.objects.reachable_by(self.request.user, on=on).by_name()
        self.shown = self.departments()
        kpis = Kpi.objects.reachable_by(self.request.user, on=on).by_name()
        found = super().get_queryset().known_at(self.known_at).with_scope().select_related("recorded_by").newest_first()
        found = found.prefetch_related(
            Prefetch("departments", queryset=reachable, to_attr="places"),
            Prefetch("kpis", queryset=kpis, to_attr="named"),
        )
        if slug := asked_choice(asked, "department", [d.slug for d in self.shown]):
            found = found.concerning([d for d in self.shown if d.slug == slug])
        if words := asked_words(asked, "q"):
            found = found.filter(Q(title__icontains=words) | Q(description__icontains=words))
        return found

    def get(self, request, *args, **kwargs):
        kind = kwargs.get("kind")
        if kind is None:
            return super().get(request, *args, **kwargs)
        return exports.download(kind, "events", self.header, [self.row(event) for event in self.get_queryset()])

    def row(self, event) -> list:
        places = "the whole agency" if event.for_all_departments else ", ".join(d.name for d in event.places)
        kpis = "all" if event.for_all_kpis else ", ".join(kpi.name for kpi in event.named)
        said = [event.starts_on, event.ends_on, event.title, event.description, places, kpis]
        return [*said, stamp(event.recorded_at), event.recorded_by and str(event.recorded_by)]

    def get_context_data(self, **kwargs):
        context = super().get_context_data(
            departments=self.shown,
            may_record=not self.known_at and may_record(self.request.user),
            asked={name: self.request.GET.get(name, "") for name in ("q", "department")},
            **kwargs,
        )
        mine = Event.objects.reachable_by(self.request.user, on=timezone.localdate(), reach=Reach.WRITE)
        listed = [] if self.known_at else [event.pk for event in context["page_obj"]]
        return context | {"mine": set(mine.filter(pk__in=listed).values_list("pk", flat=True))}


def writable(user) -> list[Department]:
    """The departments of which somebody may record what happened; the agency itself is meant where none is named."""
    reachable = Department.objects.reachable_by(user, on=timezone.localdate(), reach=Reach.WRITE)
    return list(reachable.exclude(parent=None).by_name())


def may_record(user) -> bool:
    return user.writes_everything or bool(writable(user))


class EventPage(FormView):
    form_class = EventForm
    template_name = "kpis/event.html"
    event = None

    def dispatch(self, request, *args, **kwargs):
        self.places = writable(request.user)
        if not may_record(request.user):
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        kpis = Kpi.objects.by_name()
        if not self.request.user.writes_everything:
            named = [kpi.pk for kpi in self.event.kpis.all()] if self.event else []
            measured = Kpi.objects.measured_in(self.places).values("pk")
            kpis = kpis.filter(Q(pk__in=measured) | Q(pk__in=named))
        choices = {"places": self.places, "kpis": kpis, "for_all": self.request.user.writes_everything}
        return super().get_form_kwargs() | choices

    def get_context_data(self, **kwargs):
        return super().get_context_data(event=self.event, **kwargs)


class EventStart(EventPage):
    """What happened is recorded, for the department and KPI from whose page somebody came."""

    def get_initial(self):
        asked = self.request.GET
        only = [place.slug for place in self.places] if len(self.places) == 1 else []
        return {
            "starts_on": proposed(asked.get("day", "")) or timezone.localdate(),
            "departments": [asked["department"]] if asked.get("department") else only,
            "kpis": [asked["kpi"]] if asked.get("kpi") else [],
        }

    def form_valid(self, form):
        try:
            event = record_event(**form.cleaned_data, by=self.request.user, at=timezone.now())
        except EventRefused as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        undo = reverse("kpis:event-removal", args=[event.pk])
        return told(self.request, "Recorded", event, undo, to=self.came_from(form))

    def came_from(self, form) -> str:
        kpi, place = (self.request.GET.get(name, "") for name in ("kpi", "department"))
        if kpi not in form.kpis:
            return ""
        where = f"?department={place}" if place in form.places else ""
        return reverse("kpis:detail", args=[kpi]) + where


def proposed(text: str) -> date | None:
    """The day that an address proposes; None where that is no day an event may have."""
    try:
        return within_calendar(date.fromisoformat(text))
    except (ValueError, ValidationError):
        return None


class EventChange(EventPage):
    def dispatch(self, request, *args, **kwargs):
        self.event = within_reach(request.user, Event.objects.current(), kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get_initial(self):
        return {name: getattr(self.event, name) for name in FIELDS} | {
            "departments": [place.slug for place in self.event.departments.all()],
            "kpis": [kpi.code for kpi in self.event.kpis.all()],
        }

    def form_valid(self, form):
        try:
            event = change_event(self.event, **form.cleaned_data, by=self.request.user, at=timezone.now())
        except EventRefused as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        back = reverse("kpis:event-restoration", args=[self.event.pk])
        return told(self.request, "Changed", event, f"{back}?instead_of={event.pk}")


class EventRemoval(View):
    """POST takes an event off all charts."""

    def post(self, request, pk):
        event = within_reach(request.user, Event.objects, pk)
        try:
            remove_event(event, by=request.user, at=timezone.now())
        except EventRefused as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse("kpis:events"))
        return told(request, "Removed", event, reverse("kpis:event-restoration", args=[event.pk]))


class EventRestoration(View):
    """POST brings an event back that was removed, or as it was before it was changed."""

    def post(self, request, pk):
        before, changed = within_reach(request.user, Event.objects, pk), None
        if asked := request.GET.get("instead_of", ""):
            number = int(asked) if asked.isdecimal() and len(asked) < 19 else 0
            changed = within_reach(request.user, Event.objects, number)
        try:
            event = restore_event(before, instead_of=changed, by=request.user, at=timezone.now())
        except EventRefused as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse("kpis:events"))
        return told(request, "Brought back", event, reverse("kpis:event-removal", args=[event.pk]))


def told(request, words: str, event: Event, undo: str, *, to: str = "") -> HttpResponseRedirect:
    messages.success(request, f"{words}: {event}, {event.days}.", extra_tags=f"undo:{undo}")
    return HttpResponseRedirect(to or reverse("kpis:events"))


def within_reach(user, events, pk: int) -> Event:
    writable = events.reachable_by(user, on=timezone.localdate(), reach=Reach.WRITE)
    return get_object_or_404(writable, pk=pk)
