from datetime import timedelta
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.generic import FormView, View

from departments.forms import AbsenceForm
from departments.models import Absence, User
from departments.services.absences import AbsenceRefused, end_absence, record_absence, remove_absence

A_DAY = timedelta(days=1)


class AbsencePage:
    """The COO records anybody's absence, whoever leads a department their own; both see who else is away."""

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.on = timezone.localdate()

    def dispatch(self, request, *args, **kwargs):
        if not request.user.reads_everything(on=self.on):
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def people(self) -> list[User]:
        user = self.request.user
        if user.writes_everything:
            return list(User.objects.employed(on=self.on).by_name())
        return [user] if user.led(on=self.on) else []

    def form_kwargs(self) -> dict:
        if not self.people():
            raise Http404
        return {"people": self.people(), "deputies": User.objects.employed(on=self.on).by_name(), "on": self.on}

    def mine(self, pk) -> Absence:
        return get_object_or_404(Absence.objects.filter(user__in=self.people()).select_related("user"), pk=pk)

    def told(self, words: str, absence: Absence, undo: str) -> HttpResponseRedirect:
        messages.success(self.request, f"{words}: {absence.user}, {absence.days}.", extra_tags=f"undo:{undo}")
        return HttpResponseRedirect(reverse("absences"))


class Absences(AbsencePage, FormView):
    form_class = AbsenceForm
    template_name = "departments/absences.html"

    def get_form(self, form_class=None):
        if self.request.method == "GET" and not self.people():
            return None
        return super().get_form(form_class)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | self.form_kwargs()

    def get_initial(self):
        return {"user": self.request.user.username}

    def form_valid(self, form):
        try:
            absence = record_absence(**form.cleaned_data, by=self.request.user)
        except AbsenceRefused as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        return self.told("Recorded", absence, reverse("absence-removal", args=[absence.pk]))

    def get_context_data(self, **kwargs):
        found = Absence.objects.not_over(on=self.on).soonest_first().select_related("user")
        found = found.prefetch_related("deputies__department", "deputies__user")
        return super().get_context_data(absences=found, people=set(self.people()), today=self.on, **kwargs)


def again(absence: Absence, **instead_of) -> str:
    """Where an absence is recorded once more, with who stood in for it."""
    standing = absence.deputies.select_related("user").first()
    fields = {"user": absence.user.username, "starts_on": absence.starts_on, "ends_on": absence.ends_on or ""}
    fields |= {"deputy": standing.user.username if standing else ""} | instead_of
    return f"{reverse('absence-restoration')}?{urlencode(fields)}"


class AbsenceEnd(AbsencePage, View):
    """POST: somebody is back; yesterday was the last day."""

    def post(self, request, pk):
        absence = self.mine(pk)
        if absence.starts_on >= self.on:
            raise Http404
        undo = again(absence, instead_of=pk)
        end_absence(absence, ends_on=self.on - A_DAY, by=request.user)
        return self.told("Ended yesterday", absence, undo)


class AbsenceRemoval(AbsencePage, View):
    """POST: somebody is not away after all."""

    def post(self, request, pk):
        absence = self.mine(pk)
        undo = again(absence)
        remove_absence(absence, by=request.user)
        return self.told("Removed", absence, undo)


class AbsenceRestoration(AbsencePage, View):
    """POST: an absence is recorded as it was, instead of what became of it."""

    def post(self, request):
        form = AbsenceForm(request.GET, **self.form_kwargs())
        if not form.is_valid():
            raise Http404
        ended = request.GET.get("instead_of", "")
        ended = self.mine(int(ended)) if ended.isdecimal() and len(ended) < 19 else None
        try:
            absence = record_absence(**form.cleaned_data, instead_of=ended, by=request.user)
        except AbsenceRefused as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse("absences"))
        return self.told("Recorded", absence, reverse("absence-removal", args=[absence.pk]))
