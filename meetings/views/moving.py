from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpResponseRedirect
from django.utils import timezone
from django.views.generic import FormView, View

from departments import tasks as deliveries
from meetings.selectors.calendar import meeting_of
from meetings.selectors.series import plan_on
from meetings.series_forms import CancellingForm, MovingForm
from meetings.services.agenda import MeetingRefused
from meetings.services.rescheduling import MovedSince, cancel_meeting, move_meeting, reinstate_meeting, shown
from meetings.views.series import led, lines


class OfMeeting(FormView):
    """A form that changes when a meeting takes place, for whoever leads its series."""

    template_name = "meetings/moving.html"

    def dispatch(self, request, *args, **kwargs):
        self.series = led(request, kwargs["pk"])
        self.load()
        return super().dispatch(request, *args, **kwargs)

    def load(self):
        self.meeting = meeting_of(self.series, self.kwargs["day"])
        if self.meeting is None:
            raise Http404("The series has no meeting on that day.")
        self.zone = plan_on(self.series, self.meeting.slot).zone

    def get_context_data(self, **kwargs):
        forms = {"moving": MovingForm(initial=self.moving()), "cancelling": CancellingForm()}
        return super().get_context_data(series=self.series, meeting=self.meeting, zone=self.zone, **forms | kwargs)

    def moving(self) -> dict:
        begins = self.meeting.starts_at.astimezone(ZoneInfo(self.zone))
        said = {"day": begins.date(), "starts_at": begins.time(), "minutes": self.meeting.minutes}
        return said | {"was": self.meeting.starts_at.isoformat()}

    def form_valid(self, form):
        try:
            words = self.change(form, by=self.request.user, at=timezone.now())
        except MeetingRefused as error:
            form.add_error(None, str(error))
            self.load()
            if isinstance(error, MovedSince):
                form.data = form.data.copy()
                form.data["was"] = self.meeting.starts_at.isoformat()
            return self.form_invalid(form)
        deliveries.wake()
        messages.success(self.request, words)
        return HttpResponseRedirect(self.meeting.url)


class MeetingMove(OfMeeting):
    """A meeting takes place at another time."""

    form_class = MovingForm

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"initial": self.moving()}

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        return context | {"moving": context["form"]}

    def change(self, form, **said) -> str:
        found = form.cleaned_data
        when = {name: found[name] for name in ("day", "starts_at", "minutes", "was")}
        meeting = move_meeting(self.series, self.meeting.slot, **when, zone=self.zone, **said)
        return f"It takes place {shown(meeting.starts_at)}."


class MeetingCancellation(OfMeeting):
    """POST: a meeting does not take place."""

    http_method_names = ["post"]
    form_class = CancellingForm

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        return context | {"cancelling": context["form"]}

    def change(self, form, **said) -> str:
        _, carried = cancel_meeting(self.series, self.meeting.slot, why=form.cleaned_data["why"], **said)
        return "Cancelled." + (f" {lines(carried)} went to the next meeting." if carried else "")


class MeetingReinstatement(View):
    """POST: a meeting that was cancelled takes place."""

    def post(self, request, pk, day):
        series = led(request, pk)
        meeting = meeting_of(series, day)
        if meeting is None:
            raise Http404("The series has no meeting on that day.")
        try:
            done = reinstate_meeting(series, day, by=request.user, at=timezone.now())
        except MeetingRefused as error:
            messages.error(request, str(error))
        else:
            deliveries.wake()
            messages.success(request, "It takes place." if done else "It was not cancelled.")
        return HttpResponseRedirect(meeting.url)
