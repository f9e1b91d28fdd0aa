from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.generic import FormView, TemplateView, View

from departments import tasks as deliveries
from departments.discussion import discussion
from departments.views.threads import ThreadPage
from issues.forms import EntryForm
from issues.ledger import Act
from issues.models import Commitment, CommitmentTopic
from issues.selectors.commitments import RELATED, state, story
from issues.services.committing import ChangedSince, CommitmentRefused, do, may_keep, may_release, possible, takers
from kpis.moment import AsKnown

LABELS = {  # buttons
    Act.DONE: "Mark as done",
    Act.MOVE: "Move the date",
    Act.HAND_OVER: "Hand over",
    Act.RELEASE: "Release",
}
DID = {
    Act.DONE: "Done: {}. It can be taken back for ten minutes.",
    Act.MOVE: "You moved the date: {}.",
    Act.HAND_OVER: "You handed it over: {}.",
    Act.RELEASE: "You released it: {}.",
    Act.UNDO: "Taken back: {} is open again.",
}
MINE = "mine"  # where somebody came from, and goes back to


def within_reach(request, pk) -> Commitment:
    on = timezone.localdate()
    reachable = Commitment.objects.reachable_by(request.user, on=on).with_made_in(request.user, on=on)
    return get_object_or_404(reachable.select_related(*RELATED), pk=pk)


def form_for(act: Act, commitment: Commitment, user, *, on, data=None) -> EntryForm:
    people = takers(user, commitment, on=on) if act == Act.HAND_OVER else ()
    return EntryForm(data, commitment=commitment, act=act, on=on, takers=people)


class CommitmentPage:
    """A commitment with all that is known of it, and what this person may do; `bound` is a form that was refused."""

    def page(self, commitment: Commitment, *, bound: EntryForm | None = None, known_at=None) -> dict:
        now, on, user = timezone.now(), timezone.localdate(known_at), self.request.user
        entries = story(commitment, known_at=known_at)
        if not entries:
            raise Http404("It was made later.")
        acts = [] if known_at else possible(user, commitment, at=now)
        forms = [form_for(act, commitment, user, on=on) for act in acts if act != Act.UNDO]
        forms = [bound if bound and bound.act == form.act else form for form in forms]
        if bound and bound not in forms:
            forms.append(bound)
        topic = CommitmentTopic.objects.about(commitment=commitment)
        return {
            "commitment": commitment,
            "state": state(commitment, on=on),
            "kept": commitment.kept(on=on),
            "entries": entries,
            "forms": [(LABELS[form.act], form) for form in forms],
            "bound": bound,
            "may_undo": Act.UNDO in acts,
            "then": MINE if from_mine(self.request) else "",
            "discussion": discussion(topic, reader=user, at=now, known_at=known_at),
            "today": on,
        }


class CommitmentDetail(AsKnown, CommitmentPage, TemplateView):
    template_name = "issues/commitment.html"

    def get_context_data(self, **kwargs):
        commitment = within_reach(self.request, self.kwargs["pk"])
        return super().get_context_data(**self.page(commitment, known_at=self.known_at), **kwargs)


class EntryMaking(CommitmentPage, FormView):
    """POST does something with a commitment; what cannot be done is said on its page, with what was typed."""

    http_method_names = ["post"]
    template_name = "issues/commitment.html"
    act = None

    def dispatch(self, request, *args, **kwargs):
        self.commitment = within_reach(request, kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get_form(self):
        return form_for(self.act, self.commitment, self.request.user, on=timezone.localdate(), data=self.request.POST)

    def get_context_data(self, form, **kwargs):
        return super(FormView, self).get_context_data(**self.page(self.commitment, bound=form), **kwargs)

    def render_to_response(self, context, **kwargs):
        may = may_release if self.act == Act.RELEASE else may_keep
        mine = may(self.request.user, self.commitment, at=timezone.now())
        return super().render_to_response(context, status=200 if mine else 403, **kwargs)

    def form_valid(self, form):
        try:
            do(self.commitment, self.act, **form.said, by=self.request.user, at=timezone.now())
        except CommitmentRefused as error:
            form.add_error(None, str(error))
            if isinstance(error, ChangedSince):
                self.commitment = within_reach(self.request, self.commitment.pk)
                form.data = form.data.dict() | {"edition": self.commitment.edition}
            return self.form_invalid(form)
        return answered(self.request, self.commitment, self.act)


class DoneUndoing(View):
    """POST takes back that it is done."""

    def post(self, request, pk):
        commitment = within_reach(request, pk)
        if not may_keep(request.user, commitment, at=timezone.now()):
            raise PermissionDenied
        try:
            do(commitment, Act.UNDO, edition=commitment.edition, by=request.user, at=timezone.now())
        except CommitmentRefused as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(back(request, commitment))
        return answered(request, commitment, Act.UNDO)


def answered(request, commitment: Commitment, act: Act):
    transaction.on_commit(deliveries.wake)
    undo = reverse("issues:commitment-undo", args=[commitment.pk])
    undo += "?then=mine" if from_mine(request) else ""
    messages.success(request, DID[act].format(f"“{commitment}”"), extra_tags=f"undo:{undo}" if act == Act.DONE else "")
    return HttpResponseRedirect(back(request, commitment))


def from_mine(request) -> bool:
    return MINE in (request.POST.get("then"), request.GET.get("then"))


def back(request, commitment: Commitment) -> str:
    """To the list that somebody works through; else to the commitment, as far as they still reach it."""
    reachable = Commitment.objects.reachable_by(request.user, on=timezone.localdate())
    if from_mine(request) or not reachable.filter(pk=commitment.pk).exists():
        return reverse("issues:my-commitments")
    return reverse("issues:commitment", args=[commitment.pk])


class CommitmentComments(ThreadPage):
    def topic_asked(self):
        return CommitmentTopic.objects.about(commitment=within_reach(self.request, self.kwargs["pk"]))
