from datetime import date

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.generic import FormView

from departments import tasks as deliveries
from issues.mediation_forms import AnswerForm, CallForm, DecisionForm, FollowUpForm, PositionForm, ProposalForm
from issues.selectors.mediation import WAY, Course, Reader, Stage, courses, may_call, reader_of
from issues.services import mediating
from issues.services.mediating import MediationRefused, ReplacedSince
from issues.views.issue import within_reach
from kpis.moment import AsKnown

COOS = {  # what the COO may do at a stage, what is asked first
    Stage.TERMS: [ProposalForm],
    Stage.REFUSED: [ProposalForm, DecisionForm],
    Stage.ANSWERS: [ProposalForm, DecisionForm],
}
ASKED = {Stage.VIEWS, Stage.TERMS, Stage.REFUSED, Stage.DUE, Stage.BROKEN}  # the first form is waited for
FOLLOWED_UP = {Stage.SETTLED, Stage.DUE}
AGAIN = {ProposalForm: "Propose other terms", CallForm: "Call mediation again"}


def to_fill_in(course: Course, reader: Reader, *, on: date) -> list[type]:
    """The forms that somebody may fill in now, what is waited for first."""
    stage = course.stage
    if stage in FOLLOWED_UP:
        return [FollowUpForm] if reader.is_coo or reader.side else []
    if reader.is_coo:
        return [ProposalForm] if course.is_overdue(on) else COOS.get(stage, [])
    if not course.waits_for(reader, on=on):
        return []
    return [PositionForm] if stage == Stage.VIEWS else [AnswerForm]


class MediationView(FormView):
    """The mediations of an issue; what cannot be done is said there, with what was typed."""

    template_name = "issues/mediation.html"
    known_at = None

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.on = timezone.localdate()

    def dispatch(self, request, *args, **kwargs):
        self.issue = within_reach(request, kwargs["pk"])
        self.reader = reader_of(request.user, self.issue, on=self.on)
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        found = courses(self.issue)
        return super().get_form_kwargs() | {"course": found[0] if found else None, "on": self.on}

    def get_context_data(self, **kwargs):
        bound = kwargs.pop("form", None)
        bound = bound if bound and bound.is_bound else None
        found = courses(self.issue, known_at=self.known_at)
        return super(FormView, self).get_context_data(
            issue=self.issue,
            told=[(each, each.views(self.reader), list(each.happened(self.reader))) for each in found],
            forms=self.forms(found, bound),
            way=found[0].way if found else [(what, "") for what in WAY],
            bound=bound,
            reader=self.reader,
            **kwargs,
        )

    def forms(self, found: list[Course], bound) -> list[tuple]:
        """(label, form, whether it is open) of each that this reader may fill in, and of one that was refused."""
        if self.known_at:
            return []
        course = found[0] if found else None
        kinds = to_fill_in(course, self.reader, on=self.on) if course else []
        if may_call(self.issue, course, self.reader):
            kinds = [CallForm]
        shown = [bound if isinstance(bound, kind) else kind(course=course, on=self.on) for kind in kinds]
        if bound and bound not in shown:
            shown.append(bound)
        first = shown[:1] if kinds == [AnswerForm] or course is None or course.stage in ASKED else []
        return [(self.label(form, course), form, form is bound or form in first) for form in shown]

    def label(self, form, course: Course | None) -> str:
        return AGAIN.get(type(form), form.label) if course and course.number + course.is_over else form.label

    def form_valid(self, form):
        try:
            self.step(form)
        except MediationRefused as error:
            form.add_error(None, str(error))
            if isinstance(error, ReplacedSince):
                self.renumber(form)
            return self.form_invalid(form)
        transaction.on_commit(deliveries.wake)
        messages.success(self.request, form.done)
        return HttpResponseRedirect(reverse("issues:mediation", args=[self.issue.pk]))

    def renumber(self, form):
        """Sent again, it is about the terms that stand now, which are shown above it."""
        form.data = form.data.dict() | {"number": courses(self.issue)[0].number}


class MediationPage(AsKnown, MediationView):
    form_class = CallForm

    def post(self, request, *args, **kwargs):
        self.known_at = None
        if not self.reader.side:
            raise PermissionDenied("Mediation is called by who leads one of the two departments.")
        return super().post(request, *args, **kwargs)

    def step(self, form):
        mediating.call_mediation(self.issue, **form.said, by=self.request.user, at=timezone.now())


class Step(MediationView):
    """POST takes a step of the mediation."""

    http_method_names = ["post"]
    service = None
    coo = side = False

    def post(self, request, *args, **kwargs):
        if not (self.coo and self.reader.is_coo or self.side and self.reader.side):
            raise PermissionDenied("This step is taken by somebody else.")
        if not self.issue.mediations.exists():
            raise Http404
        return super().post(request, *args, **kwargs)

    def step(self, form):
        mediation = self.issue.mediations.filter(pk=form.cleaned_data["mediation"]).first()
        if mediation is None:
            raise MediationRefused("That is no mediation of this issue: look at its page again.")
        self.service(mediation, **form.said, by=self.request.user, at=timezone.now())


class PositionWriting(Step):
    form_class, side, service = PositionForm, True, staticmethod(mediating.write_position)


class Proposing(Step):
    form_class, coo, service = ProposalForm, True, staticmethod(mediating.propose)


class Answering(Step):
    form_class, side, service = AnswerForm, True, staticmethod(mediating.answer)


class Deciding(Step):
    form_class, coo, service = DecisionForm, True, staticmethod(mediating.decide)


class FollowingUp(Step):
    form_class, side, coo, service = FollowUpForm, True, True, staticmethod(mediating.follow_up)
