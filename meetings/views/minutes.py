from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.views.generic import TemplateView, View

from meetings.models import Attendance
from meetings.running_forms import AttendanceForm, RatingForm
from meetings.selectors.in_markdown import in_markdown
from meetings.selectors.learned import learned_minutes
from meetings.selectors.minutes import by_kind, minutes
from meetings.selectors.participants import is_led_by
from meetings.services.agenda import MeetingRefused
from meetings.services.attending import RATED_FOR, correct_attendance, rate
from meetings.views.running import OfAMeeting


class MinutesPage(OfAMeeting, TemplateView):
    template_name = "meetings/minutes.html"

    def get_context_data(self, **kwargs):
        meeting, user = self.meeting, self.request.user
        found = minutes(meeting, reader=user, on=self.on)
        mine = next((each for each in found.ratings if each.user_id == user.pk), None)
        is_led = is_led_by(meeting.series, user, on=self.on)
        may_rate = user in found.there and (meeting.closed_at is None or self.now - meeting.closed_at <= RATED_FOR)
        there = {"there": [str(each.pk) for each in found.there]}
        people = [each.user for each in found.attendances]
        said = {"score": mine.score, "why": mine.why} if mine else {}
        return super().get_context_data(
            meeting=meeting,
            minutes=found,
            kinds=by_kind(found, learned_minutes(meeting.series)),
            mine=mine,
            is_led=is_led,
            may_amend=meeting.closed_at and (is_led or user in found.there),
            rating_form=RatingForm(initial=said) if may_rate else None,
            attendance_form=AttendanceForm(people=people, initial=there) if is_led and people else None,
            **kwargs,
        )


class MinutesText(OfAMeeting, View):
    """The same as a file in Markdown."""

    def get(self, request, *args, **kwargs):
        text = in_markdown(minutes(self.meeting, reader=request.user, on=self.on))
        response = HttpResponse(text, content_type="text/markdown; charset=utf-8")
        name = f"minutes-{slugify(self.meeting.series.title)}-{self.meeting.slot}.md"
        response["Content-Disposition"] = content_disposition_header(True, name)
        return response


class OnMinutes(OfAMeeting, View):
    """POST says something of a meeting, and leads back to its minutes."""

    said = ""

    def post(self, request, *args, **kwargs):
        form = self.form(request.POST)
        if form.is_valid():
            try:
                self.act(form)
                messages.success(request, self.said)
            except MeetingRefused as error:
                messages.error(request, str(error))
        for field, errors in form.errors.items():
            messages.error(request, f"{form[field].label}: {' '.join(errors)}")
        return HttpResponseRedirect(reverse("meetings:minutes", args=self.address))


class RatingIt(OnMinutes):
    said = "Rated. It can be changed for a week."
    form = RatingForm

    def act(self, form):
        rate(self.meeting, **form.cleaned_data, by=self.request.user, at=self.now)


class AttendanceCorrected(OnMinutes):
    leads = True
    said = "Attendance corrected."

    def form(self, data):
        known = Attendance.objects.filter(meeting=self.meeting).select_related("user")
        return AttendanceForm(data, people=[each.user for each in known])

    def act(self, form):
        correct_attendance(self.meeting, form.said, by=self.request.user, at=self.now)
