from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.generic import FormView

from departments import tasks as deliveries
from issues.flow import Act
from issues.forms import WordingForm
from issues.models.issue import WORDING
from issues.services.moving import MoveRefused, writes
from issues.services.rewording import reword
from issues.views.issue import within_reach


class IssueChange(FormView):
    """What an issue says is put otherwise by who raised it."""

    form_class = WordingForm
    template_name = "issues/changing.html"

    def dispatch(self, request, *args, **kwargs):
        self.on = timezone.localdate()
        self.issue = within_reach(request, kwargs["pk"])
        if self.issue.raiser_id not in writes(request.user, self.issue, on=self.on, act=Act.COMPLETE):
            raise PermissionDenied("What an issue says is changed by who raised it.")
        return super().dispatch(request, *args, **kwargs)

    def get(self, request, *args, **kwargs):
        if not self.issue.is_open:
            messages.error(request, "It is closed: what it says is changed when it is open again.")
            return HttpResponseRedirect(reverse("issues:issue", args=[self.issue.pk]))
        return super().get(request, *args, **kwargs)

    def newest(self) -> int:
        return self.issue.history.latest("history_id").pk

    def get_initial(self):
        return {name: getattr(self.issue, name) for name in WORDING} | {"was": self.newest()}

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"on": self.on, "issue": self.issue}

    def get_context_data(self, **kwargs):
        return super().get_context_data(issue=self.issue, **kwargs)

    def form_valid(self, form):
        said = {"was": form.cleaned_data["was"] or 0, "by": self.request.user, "at": timezone.now()}
        try:
            changed = reword(self.issue, form.wording, **said)
        except MoveRefused as error:
            form.add_error(None, str(error))
            form.data = form.data.dict() | {"was": self.newest()}
            return self.form_invalid(form)
        transaction.on_commit(deliveries.wake)
        messages.success(self.request, f"Changed: {', '.join(WORDING[name] for name in changed) or 'nothing'}.")
        return HttpResponseRedirect(reverse("issues:issue", args=[self.issue.pk]))
