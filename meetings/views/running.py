import json
from hashlib import blake2b
from uuid import uuid4

from django.http import Http404, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.generic import TemplateView, View

from departments.mixins import Partial
from departments.models import Department
from meetings.models import Meeting
from meetings.running_forms import NewDecisionForm, NoteForm, PromiseForm
from meetings.selectors.participants import is_led_by, participants
from meetings.selectors.running import heartbeat, running, subject_of
from meetings.selectors.subjects import mark_read
from meetings.services.agenda import NoSuchMeeting, on_record
from meetings.services.attending import be_there
from meetings.views.meeting import series_within_reach

RELATED = ["series__department", "series__chair", "current", "opened_by", "closed_by", "cancelled_by"]
KEYS = {
    "n": "done, next item",
    "s": "next item, leave this one open",
    "e": "write notes",
    "d": "put down a decision",
    "c": "put down a commitment",
    "v": "vote for this item, or take the vote back",
    "f": "go to where the meeting is",
}


class OfAMeeting:
    """A meeting of a series within reach, that the address names."""

    leads = False  # whether only those who lead it may

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.now, self.on = timezone.now(), timezone.localdate()

    def dispatch(self, request, *args, **kwargs):
        series = series_within_reach(request, kwargs["pk"])
        self.meeting = self.found(series, kwargs["day"])
        self.address = [series.pk, self.meeting.slot]
        if self.leads and not is_led_by(series, request.user, on=self.on):
            raise Http404("That is for whoever leads this meeting to do.")
        return super().dispatch(request, *args, **kwargs)

    def found(self, series, slot) -> Meeting:
        rows = Meeting.objects.select_related(*RELATED).filter(series=series, slot=slot)
        if found := rows.first():
            return found
        try:
            on_record(series, slot)
        except NoSuchMeeting:
            raise Http404 from None
        return rows.get()

    def item_asked(self, key):
        """One of its items, which its reader may read; out of reach is the same as not there."""
        item = get_object_or_404(self.meeting.items.standing().select_related("meeting", "issue", "risk"), pk=key)
        if not mark_read([item], reader=self.request.user, on=self.on)[0].is_read:
            raise Http404
        return item

    def to_page(self, item=None):
        url = reverse("meetings:running", args=self.address)
        return f"{url}?item={item.pk}" if item and item.pk != self.meeting.current_id else url


def number(text: str | None) -> int:
    """What a query or a hidden field holds; 0 for nothing."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else 0


class RunningPage(OfAMeeting, Partial, TemplateView):
    """What all who are in a meeting keep open."""

    template_name = "meetings/running.html"
    partial_name = "meetings/_running.html"

    def get_context_data(self, **kwargs):
        if not self.request.htmx:  # whoever asks for a part of it has told so already, and on what they write
            be_there(self.meeting, self.request.user, writing=None, at=self.now)
        asked = number(self.request.GET.get("item"))
        found = running(self.meeting, reader=self.request.user, on=self.on, at=self.now, asked=asked)
        forms = forms_on(self.meeting, found.item, self.on) if found.may_write else {}
        return super().get_context_data(
            running=found,
            meeting=self.meeting,
            is_chosen=bool(asked) and not found.is_current,
            note_form=NoteForm(initial=noted(found.note)),
            subject=subject_of(found.item) if found.item and found.item.is_read else "",
            page_keys=KEYS,
            **forms,
            **kwargs,
        )


def noted(note) -> dict:
    return {"text": note.text if note else "", "base": note.number if note else 0}


def forms_on(meeting: Meeting, item, on) -> dict:
    """To put down a decision and a commitment, each with a key of its own."""
    promised = {"initial": proposed(meeting, item), "auto_id": "promise_%s"}
    return {
        "decision_form": NewDecisionForm(on=on, initial={"key": uuid4().hex}, auto_id="decision_%s"),
        "promise_form": PromiseForm(**promise_choices(meeting, on), **promised),
    }


def promise_choices(meeting: Meeting, on) -> dict:
    people = participants(meeting.series, on=timezone.localdate(meeting.starts_at))
    return {"people": people, "departments": list(Department.objects.live(on=on).by_name()), "on": on}


def proposed(meeting: Meeting, item) -> dict:
    """What is promised on an issue is for whoever raised it; else for the department whose meeting it is."""
    to = item.issue.raiser_id if item.issue_id else meeting.series.department_id
    return {"key": uuid4().hex, "to": to}


class RunningState(OfAMeeting, View):
    """What changes while it runs, in few bytes; none where nothing did. `X-Now` is what the clock here says."""

    def get(self, request, *args, **kwargs):
        asked, writing = (number(request.GET.get(name)) for name in ("item", "writing"))
        items = {each.pk: each for each in self.meeting.items.standing().filter(pk__in=[asked, writing])}
        be_there(self.meeting, request.user, writing=items.get(writing), at=self.now)
        told = heartbeat(self.meeting, items.get(asked), reader=request.user, on=self.on, at=self.now)
        body = json.dumps(told, sort_keys=True).encode()
        tag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
        is_known = request.headers.get("If-None-Match") == tag
        response = HttpResponseNotModified() if is_known else HttpResponse(body, content_type="application/json")
        response["ETag"], response["Cache-Control"] = tag, "private, no-cache"
        response["X-Now"] = str(round(self.now.timestamp() * 1000))
        return response
