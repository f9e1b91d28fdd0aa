from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.generic import FormView

from issues.services.committing import CommitmentRefused
from meetings.models import Attendance, Decision
from meetings.running_forms import DecisionForm, NewDecisionForm, NoteForm, PromiseForm
from meetings.selectors.participants import is_led_by
from meetings.selectors.running import note_as_told
from meetings.services.agenda import MeetingRefused
from meetings.services.deciding import amend, decide, promise
from meetings.services.noting import NoteChanged, save_note
from meetings.views.running import OfAMeeting, noted, promise_choices, proposed


class OnAnItem(OfAMeeting, FormView):
    """Something is written on an item: while the meeting runs by all who are in it, later by those who were, and who
    leads it. A script that sends it gets a word for an answer, anybody else a page."""

    template_name = "meetings/writing_on.html"
    title = button = ""

    def dispatch(self, request, *args, **kwargs):
        self.item = None
        return super().dispatch(request, *args, **kwargs)

    def get(self, request, *args, **kwargs):
        self.item = self.found_item()
        return super().get(request, *args, **kwargs)

    def post(self, request, *args, **kwargs):
        self.item = self.found_item()
        self.refuse_strangers()
        return super().post(request, *args, **kwargs)

    def found_item(self):
        return self.item_asked(self.kwargs["item"])

    def refuse_strangers(self):
        meeting, user = self.meeting, self.request.user
        was_there = Attendance.objects.filter(meeting=meeting, user=user, is_present=True)
        if not meeting.is_running and not is_led_by(meeting.series, user, on=self.on) and not was_there.exists():
            raise PermissionDenied("The minutes are amended by those who were there, and by whoever leads the meeting.")

    @property
    def wants_json(self) -> bool:
        return not self.request.accepts("text/html")

    def form_invalid(self, form):
        if self.wants_json:
            return JsonResponse({"errors": words_of(form)}, status=400)
        return super().form_invalid(form)

    def done(self, words: str = "", **told):
        if self.wants_json:
            return JsonResponse({"ok": True} | told)
        if words:
            messages.success(self.request, words)
        return HttpResponseRedirect(self.back())

    def back(self) -> str:
        """To the page where it was written."""
        return self.to_page(self.item) if self.meeting.closed_at is None else f"{self.minutes_url}#item-{self.item.pk}"

    @property
    def minutes_url(self) -> str:
        return reverse("meetings:minutes", args=self.address)

    def get_context_data(self, **kwargs):
        told = {"meeting": self.meeting, "item": self.item, "back": self.back()}
        return super().get_context_data(title=self.title, button=self.button, **told, **kwargs)


def words_of(form) -> list[str]:
    """What is wrong, a line each, with the field's name."""
    lines = list(form.non_field_errors())
    return lines + [f"{field.label}: {error}" for field in form for error in field.errors]


class Noting(OnAnItem):
    """The notes on an item; of two who write at once the second sees both texts."""

    form_class = NoteForm
    title, button = "Notes", "Save"

    def get_initial(self):
        return noted(self.item.notes.last())

    def form_valid(self, form):
        text, base = form.cleaned_data["text"], form.cleaned_data["base"]
        try:
            note = save_note(self.item, text, base=base, by=self.request.user, at=self.now)
        except NoteChanged as error:
            return self.both(form, error)
        except MeetingRefused as error:
            form.add_error("text", str(error))
            return self.form_invalid(form)
        at = f"{timezone.localtime(self.now):%H:%M}"
        return self.done("Notes saved.", number=note.number if note else 0, saved_at=at)

    def both(self, form, error: NoteChanged):
        """Theirs beside one's own, which takes its place when it is saved again."""
        if self.wants_json:
            return JsonResponse({"why": str(error), "theirs": note_as_told(error.note)}, status=409)
        form.data = form.data.copy()
        form.data["base"] = str(error.note.number)
        found = self.get_context_data(form=form, theirs=error.note)
        return self.render_to_response(found, status=409)


class Deciding(OnAnItem):
    form_class = NewDecisionForm
    title, button = "A decision", "Put it down"

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"on": self.on}

    def get_initial(self):
        return proposed(self.meeting, self.item)

    def form_valid(self, form):
        try:
            decide(self.item, form.said, key=form.cleaned_data["key"], by=self.request.user, at=self.now)
        except MeetingRefused as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        return self.done("Decision put down.")


class Promising(OnAnItem):
    form_class = PromiseForm
    title, button = "A commitment", "Put it down"

    def get_form_kwargs(self):
        return super().get_form_kwargs() | promise_choices(self.meeting, self.on)

    def get_initial(self):
        return proposed(self.meeting, self.item)

    def form_valid(self, form):
        try:
            promise(self.item, **form.said, by=self.request.user, at=self.now)
        except (MeetingRefused, CommitmentRefused) as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        return self.done("Commitment put down: it stands in the ledger.")


class Amending(OnAnItem):
    """A decision is put otherwise; what it was before stays to be read."""

    form_class = DecisionForm
    title, button = "Amend a decision", "Amend"

    def found_item(self):
        found = Decision.objects.current().filter(item__meeting=self.meeting, pk=self.kwargs["decision"])
        self.decision = found.select_related("item__meeting").first()
        return self.item_asked(self.decision.item_id if self.decision else 0)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"on": self.on}

    def get_initial(self):
        return {name: getattr(self.decision, name) for name in ("words", "expects", "revisit_on")}

    def form_valid(self, form):
        try:
            amend(self.decision, form.said, by=self.request.user, at=self.now)
        except MeetingRefused as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        return self.done("Decision amended.")
