from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.generic import FormView

from departments.models import Department
from departments.models.department import Reach
from kpis import tasks
from kpis.asked import asked_choice, asked_day
from kpis.forms import ValuesForm
from kpis.navigation import Navigation
from kpis.periods import Grain
from kpis.selectors import grid as grids
from kpis.services.entering import enter
from kpis.services.recording import ChangedMeanwhile


class DepartmentValues(FormView):
    """The entry grid of a department, for those who may write there."""

    form_class = ValuesForm
    template_name = "kpis/values.html"

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.on = timezone.localdate()

    def dispatch(self, request, *args, **kwargs):
        self.reachable = Department.objects.reachable_by(request.user, on=self.on, reach=Reach.WRITE)
        self.department = get_object_or_404(self.reachable, slug=kwargs["slug"])
        self.grains = grids.grains_recorded(self.department)
        self.grain = asked_choice(request.GET, "grain", self.grains, self.grains[0]) if self.grains else Grain.WEEK
        self.upto = min(asked_day(request.GET, "on", self.on), self.on)
        self.read_grid()
        return super().dispatch(request, *args, **kwargs)

    def read_grid(self):
        self.grid = grids.grid(self.department, grain=self.grain, on=self.on, upto=self.upto)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"grid": self.grid}

    def get_context_data(self, **kwargs):
        grid = self.grid
        return super().get_context_data(
            department=self.department,
            grains=self.grains,
            grid=grid,
            navigation=Navigation(self.request, grid.calendar, grid.grain, upto=self.upto, on=self.on),
            **kwargs,
        )

    def form_valid(self, form):
        try:
            return self.recorded(form)
        except ChangedMeanwhile:
            self.read_grid()  # the form compares anew, and names the cells
            return self.form_invalid(self.get_form())

    @transaction.atomic
    def recorded(self, form):
        errors, now = {}, timezone.now()
        entered = enter(
            form.given,
            errors=errors,
            departments=self.reachable,
            by=self.request.user,
            at=now,
            source="entry",
            reason=form.cleaned_data["reason"],
            retract=form.gone,
            stood=form.stood,
        )
        if errors:
            form.refuse(errors)
            return self.form_invalid(form)
        if entered.batch:
            transaction.on_commit(tasks.wake)
            undo = reverse("kpis:reversal", args=[entered.batch.pk])
            messages.success(self.request, f"{entered.words}.", extra_tags=f"undo:{undo}")
        else:
            messages.info(self.request, "Nothing was changed.")
        back = reverse("departments:detail", args=[self.department.slug])
        return redirect(back if self.upto == self.on else f"{back}?on={self.upto}")
