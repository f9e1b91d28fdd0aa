from django.contrib import messages
from django.db import transaction
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.generic import FormView, View

from departments import tasks as deliveries
from departments.models import Department
from departments.models.department import Reach
from kpis import tasks
from kpis.periods import FIRST_DAY, LAST_DAY
from kpis.services.explaining import ExplainedSince
from kpis.services.recording import ChangedMeanwhile
from meetings.forms import StatusForm
from meetings.models import WeeklyStatus
from meetings.selectors.week import Week
from meetings.services.drafting import DraftChanged, bring_back, put_away, save_draft
from meetings.services.sending import SentMeanwhile, TooLateToUndo, ValuesRefused, send_status, undo_sending


class OfAWeek:
    """A department's week that the address names: one that has begun, of a department that one may write for."""

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.now, self.on = timezone.now(), timezone.localdate()

    def dispatch(self, request, *args, **kwargs):
        if not FIRST_DAY <= kwargs["week"] <= LAST_DAY:
            raise Http404
        readable = Department.objects.reachable_by(request.user, on=self.on)
        department = get_object_or_404(readable, slug=kwargs["slug"])
        self.week = Week(department, kwargs["week"], self.on)
        writable = Department.objects.reachable_by(request.user, on=self.on, reach=Reach.WRITE)
        if not writable.filter(pk=department.pk).exists():
            return self.refused(f"The status of {department} is written by its head, its deputy or the COO.", 403)
        if self.week.week > self.on:
            return self.refused(
                f"Week {self.week.number} has not begun. It begins on {self.week.week:%A} {self.week.week.day}"
                f" {self.week.week:%B %Y}.", 400
            )  # fmt: skip
        return super().dispatch(request, *args, **kwargs)

    def refused(self, why: str, status: int):
        """With what was typed, so that nothing is lost."""
        if self.request.accepts("text/html"):
            texts = [(name, text) for name, text in self.request.POST.items() if text and name not in HIDDEN]
            found = {"why": why, "week": self.week, "texts": texts}
            return render(self.request, "meetings/refused.html", found, status=status)
        return JsonResponse({"why": why}, status=status)


HIDDEN = ("csrfmiddlewaretoken", "edition", "base", "save")


class StatusWriting(OfAWeek, FormView):
    form_class = StatusForm
    template_name = "meetings/writing.html"

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"week": self.week}

    def get_initial(self):
        week = self.week
        return week.initial() | {"edition": week.edition, "base": week.status and week.status.pk}

    def get_context_data(self, **kwargs):
        return super().get_context_data(week=self.week, now=self.now, **kwargs)

    def post(self, request, *args, **kwargs):
        form = self.get_form()
        if "save" in request.POST:
            return self.saved(form)
        if self.is_sent_already(form):
            self.status = self.week.status
            return self.sent()
        return self.form_valid(form) if form.is_valid() else self.form_invalid(form)

    def is_sent_already(self, form) -> bool:
        """Whether it comes a second time: the same words of the same person, over what they were sent over."""
        stands, draft = self.week.status, self.week.draft
        if stands is None or draft is None or draft.is_open or draft.saved_by != self.request.user:
            return False
        return draft.content == form.typed and number(form.data.get("base")) == (stands.amends_id or 0)

    def form_invalid(self, form):
        self.keep(form)
        return super().form_invalid(form)

    def keep(self, form):
        """What was typed is a draft at once, also where it cannot be sent; another's text is not written over.

        Where it is too long for a draft it stands in the page alone, which says so.
        """
        if form.too_long:
            return
        try:
            self.save(form)
        except DraftChanged as error:
            self.show_theirs(form, error.draft.content, error.draft.saved_by, error.draft.saved_at)

    def save(self, form):
        draft = save_draft(
            department=self.week.department,
            week=self.week.week,
            content=form.typed,
            edition=number(form.data.get("edition")),
            by=self.request.user,
            at=self.now,
        )
        self.week.draft = draft
        form.data = form.data.copy()
        form.data["edition"] = str(draft.edition)

    def saved(self, form):
        if form.too_long:
            return self.form_invalid(form)
        try:
            self.save(form)
        except DraftChanged as error:
            self.show_theirs(form, error.draft.content, error.draft.saved_by, error.draft.saved_at)
            return self.render_to_response(self.get_context_data(form=form))
        messages.success(self.request, "Saved as a draft.")
        return redirect(self.request.path)

    def show_theirs(self, form, content, by, at):
        """The other text beside one's own, field by field; sent again, one's own counts."""
        mine, content = form.typed, self.week.replanned(content)
        names = [name for name in form.fields if mine.get(name, "") != str(content.get(name) or "")]
        form.theirs = {name: content.get(name) or "" for name in names if name not in HIDDEN}
        form.their_name, form.their_time = by, at
        form.data = form.data.copy()
        form.data["edition"] = str(self.week.edition)
        form.data["base"] = str(self.week.status.pk) if self.week.status else ""

    def form_valid(self, form):
        try:
            self.check(form)
            self.save(form)
            with transaction.atomic():
                self.status = self.send(form)
                put_away(self.week.department, self.week.week)
        except DraftChanged as error:
            self.show_theirs(form, error.draft.content, error.draft.saved_by, error.draft.saved_at)
        except SentMeanwhile:
            self.week = Week(self.week.department, self.week.week, self.on)
            return self.sent_meanwhile(form)
        except ValuesRefused as error:
            form.refuse(error.errors)
        except (ExplainedSince, ChangedMeanwhile) as error:
            form.add_error(None, f"{error} Your text is below: send it again.")
        else:
            return self.sent()
        return self.render_to_response(self.get_context_data(form=form))

    def check(self, form):
        """Nobody sends over a version that they have not seen."""
        stands = self.week.status
        if number(form.data.get("base")) != (stands.pk if stands else 0):
            raise SentMeanwhile

    def send(self, form) -> WeeklyStatus:
        week = self.week
        return send_status(
            week.department,
            week.week,
            form.said,
            instead_of=week.status,
            due_at=week.due_at,
            data=week.data,
            by=self.request.user,
            at=self.now,
        )

    def sent_meanwhile(self, form):
        stands = self.week.status
        if stands is None:
            form.add_error(None, "Meanwhile the status that you wrote over was undone. Your text is below.")
            self.show_theirs(form, form.typed, self.request.user, self.now)
        else:
            content = self.week.sent_as_typed()
            self.show_theirs(form, content, stands.recorded_by, stands.recorded_at)
            if not form.theirs:
                form.add_error(None, f"{stands.recorded_by} sent the same words meanwhile. Sent again, yours count.")
        return self.render_to_response(self.get_context_data(form=form))

    def sent(self):
        if self.status.batch:
            transaction.on_commit(tasks.wake)
        transaction.on_commit(deliveries.wake)
        undo = reverse("meetings:reversal", args=[self.status.pk])
        word = "Amendment" if self.status.is_amendment else "Status"
        messages.success(self.request, f"{word} sent. It can be undone for ten minutes.", extra_tags=f"undo:{undo}")
        return redirect("meetings:status", self.week.department.slug, self.week.week)


class StatusDraftSaving(OfAWeek, View):
    """POST keeps what was typed so far, and says which edition it is now, or who wrote another."""

    def post(self, request, *args, **kwargs):
        week, stands = self.week, self.week.status
        if number(request.POST.get("base")) != (stands.pk if stands else 0):
            return JsonResponse({"why": "This status was sent or undone in the meantime."}, status=409)
        form = StatusForm(request.POST, week=week)
        if form.too_long:
            return JsonResponse({"why": f"{form.too_long_in_words} It is kept in this browser."}, status=400)
        try:
            draft = save_draft(
                department=week.department,
                week=week.week,
                content=form.typed,
                edition=number(request.POST.get("edition")),
                by=request.user,
                at=self.now,
            )
        except DraftChanged as error:
            return JsonResponse({"why": str(error)}, status=409)
        return JsonResponse({"edition": draft.edition, "saved_at": f"{timezone.localtime(draft.saved_at):%H:%M}"})


class StatusReversal(View):
    """POST takes back what was sent, within ten minutes."""

    def post(self, request, pk):
        now, on = timezone.now(), timezone.localdate()
        writable = WeeklyStatus.objects.reachable_by(request.user, on=on, reach=Reach.WRITE)
        status = get_object_or_404(writable.select_related("department", "amends", "batch"), pk=pk)
        try:
            with transaction.atomic():
                undo_sending(status, by=request.user, at=now)
                bring_back(status.department, status.week, at=now)
        except TooLateToUndo as error:
            messages.error(request, str(error))
            return redirect("meetings:status", status.department.slug, status.week)
        if status.batch:
            transaction.on_commit(tasks.wake)
        messages.success(request, "Undone. What you wrote is a draft again.")
        return redirect("meetings:writing", status.department.slug, status.week)


def number(text: str | None) -> int:
    """What a hidden field holds; 0 for nothing."""
    return int(text) if text and text.isdecimal() and len(text) < 19 else 0
