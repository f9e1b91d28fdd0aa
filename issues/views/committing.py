from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.generic import FormView

from departments import tasks as deliveries
from departments.models import Department, User
from departments.models.department import Reach
from issues.forms import CommitmentForm
from issues.models import Issue, Risk
from issues.services.committing import CommitmentRefused, Promised, acts_for, commit, promisers
from issues.services.hearing import address
from issues.views.raising import asked_origin

CARRIED = ["who", "what", "to_department", "to_user", "due_on"]  # what an address may propose
FROM = ["issue", "risk", "from", "from_words"]


class Committing(FormView):
    """Something is promised: by itself, on an issue, to lower a risk, or from another page, which hands its context
    on."""

    form_class = CommitmentForm
    template_name = "issues/committing.html"

    def dispatch(self, request, *args, **kwargs):
        self.on = timezone.localdate()
        self.issue, self.risk = self.found_issue(), self.found_risk()
        if self.issue and not acts_for(request.user, self.issue, on=self.on):
            raise PermissionDenied("What is promised on an issue is written down by its two departments.")
        return super().dispatch(request, *args, **kwargs)

    def found_issue(self) -> Issue | None:
        reachable = Issue.objects.reachable_by(self.request.user, on=self.on).select_related("raiser", "owner")
        return self.asked("issue", reachable)

    def found_risk(self) -> Risk | None:
        """Of those that one may write for."""
        return self.asked("risk", Risk.objects.reachable_by(self.request.user, on=self.on, reach=Reach.WRITE))

    def asked(self, name: str, reachable):
        """The row that the address names, None where it names none."""
        asked = self.request.GET.get(name, "")
        return get_object_or_404(reachable, pk=asked if asked.isdecimal() and len(asked) < 19 else 0) if asked else None

    def get_initial(self):
        asked = {name: self.request.GET[name] for name in CARRIED if self.request.GET.get(name)}
        proposed = {"who": self.request.user.username}
        if self.issue:
            mine = self.request.user.department_id
            other = self.issue.owner if mine == self.issue.raiser_id else self.issue.raiser
            proposed["to_department"] = other.slug
        return proposed | asked

    def get_form_kwargs(self):
        user, on = self.request.user, self.on
        reachable = Department.objects.reachable_by(user, on=on).values("pk")
        everything = User.objects.reading_everything(on=on).values("pk")
        people = User.objects.employed(on=on).filter(Q(department__in=reachable) | Q(pk__in=everything))
        return super().get_form_kwargs() | {
            "promisers": promisers(user, on=on),
            "people": people.by_name(),
            "departments": Department.objects.live(on=on).by_name(),
            "on": on,
        }

    def get_context_data(self, **kwargs):
        query = urlencode({name: self.request.GET[name] for name in FROM if self.request.GET.get(name)})
        return super().get_context_data(issue=self.issue, origin=self.origin(), query=query, **kwargs)

    def origin(self) -> dict:
        """What the page says of where it is made; what is no issue and no risk is kept in these words."""
        if self.issue:
            return {"origin": str(self.issue), "origin_url": reverse("issues:issue", args=[self.issue.pk])}
        if self.risk:
            return {"origin": f"Risk: {self.risk}", "origin_url": self.risk.url}
        return asked_origin(self.request.GET)

    def form_valid(self, form):
        made_in = {"issue": self.issue, "risk": self.risk} if self.issue or self.risk else self.origin()
        said = Promised(**form.said, **made_in)
        try:
            commitment = commit(said, by=self.request.user, at=timezone.now())
        except CommitmentRefused as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        deliveries.wake()
        messages.success(self.request, f"Written down: “{commitment}”, due {commitment.due_on:%a %-d %b %Y}.")
        here = self.issue or self.risk
        return HttpResponseRedirect(self.origin()["origin_url"] if here else address(commitment))
