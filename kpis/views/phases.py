from django.contrib import messages
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.generic import FormView, View

from departments.models import Department
from departments.models.department import Reach
from departments.tree import Tree
from kpis import tasks
from kpis.forms import PhaseForm
from kpis.models import Kpi, Phase
from kpis.services.explaining import (
    AlreadyAPhase,
    PhaseSuperseded,
    end_phase,
    move_phase,
    restore_phase,
    start_phase,
)


def writable(user, kpi: Kpi) -> list[Department]:
    """Where somebody may say that the process was changed: departments that measure the KPI, and those above them."""
    reachable = Department.objects.reachable_by(user, on=timezone.localdate(), reach=Reach.WRITE)
    measuring = set(kpi.assignments.values_list("department_id", flat=True))
    if kpi.over_departments == "none":
        return list(reachable.filter(pk__in=measuring).by_name())
    tree = Tree(Department.objects.values_list("pk", "parent_id"))
    return [d for d in reachable.by_name() if measuring & set(tree.below(d.pk))]


def back_to(kpi: Kpi, department: Department | None) -> HttpResponseRedirect:
    where = f"?department={department.slug}" if department else ""
    return HttpResponseRedirect(reverse("kpis:detail", args=[kpi.code]) + where)


class PhaseStart(FormView):
    form_class = PhaseForm
    template_name = "kpis/phase.html"

    def dispatch(self, request, *args, **kwargs):
        within = Kpi.objects.reachable_by(request.user, on=timezone.localdate())
        self.kpi = get_object_or_404(within, code=kwargs["code"])
        self.places = writable(request.user, self.kpi)
        if not self.places:
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"places": self.places, "for_all": self.request.user.writes_everything}

    def get_initial(self):
        return {"department": self.request.GET.get("department", ""), "starts_on": timezone.localdate()}

    def get_context_data(self, **kwargs):
        return super().get_context_data(kpi=self.kpi, **kwargs)

    def form_valid(self, form):
        try:
            phase = start_phase(self.kpi, **form.cleaned_data, by=self.request.user, at=timezone.now())
        except AlreadyAPhase as error:
            form.add_error("starts_on", str(error))
            return self.form_invalid(form)
        return told(self.request, "A phase starts", phase, reverse("kpis:phase-end", args=[phase.pk]))


class PhaseChange(FormView):
    form_class = PhaseForm
    template_name = "kpis/phase.html"

    def dispatch(self, request, *args, **kwargs):
        self.phase = within_reach(request.user, Phase.objects.current(), kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"places": None}

    def get_initial(self):
        return {name: getattr(self.phase, name) for name in ("starts_on", "reason", "fixed_from")}

    def get_context_data(self, **kwargs):
        return super().get_context_data(kpi=self.phase.kpi, phase=self.phase, **kwargs)

    def form_valid(self, form):
        try:
            phase = move_phase(self.phase, **form.cleaned_data, by=self.request.user, at=timezone.now())
        except (AlreadyAPhase, PhaseSuperseded) as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        back = reverse("kpis:phase-restoration", args=[self.phase.pk])
        return told(self.request, "The phase now starts", phase, f"{back}?instead_of={phase.pk}")


class PhaseEnd(View):
    """POST ends a phase: its values have the limits of the one before."""

    def post(self, request, pk):
        phase = within_reach(request.user, Phase.objects, pk)
        try:
            end_phase(phase, by=request.user, at=timezone.now())
        except PhaseSuperseded as error:
            messages.error(request, str(error))
            return back_to(phase.kpi, phase.department)
        return told(request, "Ended: the phase that started", phase, reverse("kpis:phase-restoration", args=[phase.pk]))


class PhaseRestoration(View):
    """POST lets a phase that was ended hold again."""

    def post(self, request, pk):
        ended, moved = within_reach(request.user, Phase.objects, pk), None
        if asked := request.GET.get("instead_of", ""):
            number = int(asked) if asked.isdecimal() and len(asked) < 19 else 0
            moved = within_reach(request.user, Phase.objects.filter(kpi=ended.kpi), number)
        try:
            phase = restore_phase(ended, instead_of=moved, by=request.user, at=timezone.now())
        except (AlreadyAPhase, PhaseSuperseded) as error:
            messages.error(request, str(error))
            return back_to(ended.kpi, ended.department)
        return told(request, "A phase starts", phase, reverse("kpis:phase-end", args=[phase.pk]))


def told(request, words: str, phase: Phase, undo: str) -> HttpResponseRedirect:
    on = f"{phase.starts_on.day} {phase.starts_on:%b %Y}"
    messages.success(request, f"{words} on {on}: {phase.reason}.", extra_tags=f"undo:{undo}")
    tasks.wake()
    return back_to(phase.kpi, phase.department)


def within_reach(user, phases, pk: int) -> Phase:
    """A phase that somebody may move or end; one for all departments belongs to who writes everywhere."""
    phase = get_object_or_404(phases.select_related("kpi", "department"), pk=pk)
    if phase.department is None and user.writes_everything:
        return phase
    if phase.department not in writable(user, phase.kpi):
        raise Http404
    return phase
