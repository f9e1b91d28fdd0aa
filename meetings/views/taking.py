from datetime import timedelta

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.generic import FormView

from issues.models import Issue, Measure, Risk
from kpis.models import Signal
from meetings.agenda_forms import TakingForm
from meetings.models import Series
from meetings.parts import Part
from meetings.selectors.calendar import occurrences
from meetings.services.agenda import Asked, MeetingRefused, add_item, on_record

AHEAD = timedelta(weeks=14)
EACH = 3  # meetings of a series that one may choose from
SUBJECTS = {
    "signal": (Signal, Part.SCORECARD, 5),
    "issue": (Issue, Part.ISSUES, 15),
    "risk": (Risk, Part.RISKS, 10),
    "measure": (Measure, Part.EFFECTS, 10),
}


class Taking(FormView):
    """A signal, an issue, a risk or a measure is put on the agenda of one of the next meetings."""

    form_class = TakingForm
    template_name = "meetings/taking.html"

    def dispatch(self, request, *args, **kwargs):
        self.on, self.now = timezone.localdate(), timezone.now()
        self.name = next((name for name in SUBJECTS if name in request.GET), None)
        if self.name is None:
            raise Http404("Nothing is named that could be taken to a meeting.")
        model, self.part, self.minutes = SUBJECTS[self.name]
        given = request.GET[self.name]
        reachable = model.objects.reachable_by(request.user, on=self.on)
        self.subject = get_object_or_404(reachable, pk=given if given.isdecimal() and len(given) < 19 else 0)
        return super().dispatch(request, *args, **kwargs)

    @property
    def address(self) -> str:
        views = {"signal": "kpis:signal", "issue": "issues:issue", "risk": "issues:risk", "measure": "issues:measure"}
        return reverse(views[self.name], args=[self.subject.pk])

    def get_initial(self):
        return {"title": str(self.subject)[:140], "part": str(self.part), "minutes": self.minutes}

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"meetings": self.meetings()}

    def meetings(self) -> dict:
        """By “series/day”: how it is called, and the meeting."""
        series = Series.objects.reachable_by(self.request.user, on=self.on).running(on=self.on)
        found, counted = {}, {}
        for each in occurrences(series.select_related("chair"), self.now, self.now + AHEAD):
            count = counted[each.series.pk] = counted.get(each.series.pk, 0) + 1
            if not each.is_cancelled and not each.is_over and count <= EACH:
                starts = timezone.localtime(each.starts_at)
                label = f"{each.series}, {starts:%a} {starts.day} {starts:%b %H:%M}"
                found[f"{each.series.pk}/{each.slot}"] = (label, each)
        return found

    def get_context_data(self, **kwargs):
        return super().get_context_data(subject=self.subject, address=self.address, name=self.name, **kwargs)

    def form_valid(self, form):
        said, chosen = form.cleaned_data, form.chosen
        about = {self.name: self.subject}
        asked = Asked(said["title"], said["minutes"], said["words"], Part(said["part"]), self.address, about)
        try:
            with transaction.atomic():
                meeting = on_record(chosen.series, chosen.slot)
                item = add_item(meeting, asked, by=self.request.user, at=self.now)
        except MeetingRefused as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        fits = "" if item.is_scheduled else " It does not fit in as the agenda is."
        messages.success(self.request, f"On the agenda of {meeting}: {item}.{fits}")
        return HttpResponseRedirect(meeting.url)
