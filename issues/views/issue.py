from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.generic import FormView, TemplateView

from departments import tasks as deliveries
from departments.discussion import discussion
from departments.views.threads import ThreadPage
from issues.flow import Act
from issues.forms import MoveForm
from issues.kinds import TAKEN
from issues.models import Commitment, Issue, IssueTopic
from issues.models.move import DONE
from issues.selectors.commitments import listed
from issues.selectors.mediation import may_call, reader_of
from issues.selectors.story import story
from issues.services.attaching import removable
from issues.services.committing import acts_for
from issues.services.moving import MovedSince, MoveRefused, move, possible, writes
from issues.services.rewording import may_reword
from kpis import tasks
from kpis.moment import AsKnown

RELATED = ["raiser", "owner", "court", "raised_by", "agreement", "kpi", "signal__kpi", "signal__department"]
LABELS = {  # buttons, what takes the issue forward first
    Act.ACCEPT: "Accept",
    Act.COMPLETE: "Complete",
    Act.RESUME: "Take up again",
    Act.CONFIRM: "Confirm",
    Act.START: "Begin",
    Act.RESOLVE: "Resolve",
    Act.DISPUTE: "Dispute",
    Act.RETURN: "Return as incomplete",
    Act.PASS: "Pass the ball",
    Act.PAUSE: "Pause",
    Act.REOPEN: "Reopen",
    Act.WITHDRAW: "Withdraw",
}


def within_reach(request, pk) -> Issue:
    reachable = Issue.objects.reachable_by(request.user, on=timezone.localdate()).select_related(*RELATED)
    return get_object_or_404(reachable, pk=pk)


class IssuePage:
    """An issue with all that is known of it, and what this person may do; `bound` is a form that was refused."""

    def page(self, issue: Issue, *, bound: MoveForm | None = None, known_at=None) -> dict:
        now, on, user = timezone.now(), timezone.localdate(), self.request.user
        acts = [] if known_at else possible(user, issue, on=on)
        acts.sort(key=list(LABELS).index)
        forms = [bound if bound and bound.act == act else MoveForm(issue=issue, act=act, on=on) for act in acts]
        if bound and bound.act not in acts:
            forms.append(bound)
        topic = IssueTopic.objects.about(issue=issue)
        told, reader = story(issue, at=now, known_at=known_at), reader_of(user, issue, on=on)
        files = list(issue.attachments.known_at(known_at).select_related("by"))
        promised = Commitment.objects.reachable_by(user, on=on).filter(issue=issue).soonest_first()
        return {
            "issue": issue,
            "story": told,
            "mediation": told.mediation,
            "may_call": not known_at and may_call(issue, told.mediation, reader),
            "is_asked": not known_at and told.mediation is not None and told.mediation.waits_for(reader, on=on),
            "forms": [(LABELS[form.act], form) for form in forms],
            "bound": bound,
            "commitments": listed(promised, on=timezone.localdate(known_at), known_at=known_at),
            "number": str(issue.pk),
            "may_commit": not known_at and acts_for(user, issue, on=on),
            "discussion": discussion(topic, reader=user, at=now, known_at=known_at),
            "files": files,
            "may_attach": not known_at,
            "removable": removable(user, files, on=on) if issue.is_open and not known_at else (),
            "may_reword": not known_at and may_reword(user, issue, on=on),
            "taken": TAKEN,
            "today": on,
        }


class IssueDetail(AsKnown, IssuePage, TemplateView):
    template_name = "issues/issue.html"

    def get_context_data(self, **kwargs):
        issue = within_reach(self.request, self.kwargs["pk"])
        if self.known_at and issue.raised_at > self.known_at:
            raise Http404("It had not been raised yet at that moment.")
        return super().get_context_data(**self.page(issue, known_at=self.known_at), **kwargs)


class MoveMaking(IssuePage, FormView):
    """POST does something with an issue; what cannot be done is said on its page, with what was typed."""

    http_method_names = ["post"]
    form_class = MoveForm
    template_name = "issues/issue.html"
    act = None

    def dispatch(self, request, *args, **kwargs):
        self.issue = within_reach(request, kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"issue": self.issue, "act": self.act, "on": timezone.localdate()}

    def get_context_data(self, form, **kwargs):
        return super(FormView, self).get_context_data(**self.page(self.issue, bound=form), **kwargs)

    def render_to_response(self, context, **kwargs):
        mine = writes(self.request.user, self.issue, on=timezone.localdate(), act=self.act)
        return super().render_to_response(context, status=200 if mine else 403, **kwargs)

    def form_valid(self, form):
        said = {name: form.cleaned_data.get(name) for name in ("edition", "words", "to")}
        try:
            move(self.issue, self.act, **said, by=self.request.user, at=timezone.now())
        except MoveRefused as error:
            form.add_error(None, str(error))
            if isinstance(error, MovedSince):
                self.issue = within_reach(self.request, self.issue.pk)
                form.data = form.data.dict() | {"edition": self.issue.edition}
            return self.form_invalid(form)
        transaction.on_commit(deliveries.wake)
        transaction.on_commit(tasks.wake)
        messages.success(self.request, f"You {DONE[self.act]}.")
        return HttpResponseRedirect(reverse("issues:issue", args=[self.issue.pk]))


class IssueComments(ThreadPage):
    def topic_asked(self):
        return IssueTopic.objects.about(issue=within_reach(self.request, self.kwargs["pk"]))
