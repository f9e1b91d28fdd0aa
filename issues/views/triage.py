from django.contrib import messages
from django.db import transaction
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.generic import View

from departments import tasks as deliveries
from issues.flow import Act
from issues.forms import TriageForm
from issues.models import Issue, SavedView
from issues.models.move import DONE
from issues.services.triaging import triage
from issues.views.listing import IssueList
from kpis import tasks

MOST = 200


def to_list(query: str):
    return HttpResponseRedirect(reverse("issues:list") + (f"?{query}" if query else ""))


def back(request):
    """To the list as it was: its query comes with the form."""
    query = request.POST.get("query", "").lstrip("?")[:500]
    return to_list(query if query.isprintable() else "")


class Triage(IssueList):
    """POST does one thing with all issues that are chosen. Where some refuse, the list is shown as the address asks for
    it, with what was typed, and with those still chosen."""

    http_method_names = ["get", "post"]

    def get(self, request):
        return to_list(request.GET.urlencode())

    def post(self, request):
        self.known_at = None
        form, chosen = TriageForm(request.POST, on=self.on), self.chosen(request)
        if not chosen:
            messages.error(request, "No issue was chosen.")
        if not chosen or not form.is_valid():
            return self.again(form, [issue for issue, _ in chosen])
        act = Act(form.cleaned_data["act"])
        said = {"words": form.cleaned_data["words"], "to": form.cleaned_data["to"]}
        found = triage(chosen, act, **said, by=request.user, at=timezone.now())
        if found.done:
            transaction.on_commit(deliveries.wake)
            transaction.on_commit(tasks.wake)
            numbers = ", ".join(f"#{issue.pk}" for issue in found.done)
            messages.success(request, f"You {DONE[act]}: {numbers}.")
        for issue, why in found.refused:
            messages.error(request, f"{issue}: {why}")
        return self.again(form, [issue for issue, _ in found.refused]) if found.refused else self.get(request)

    def again(self, form: TriageForm, chosen: list[Issue]):
        self.object_list = self.get_queryset()
        context = self.get_context_data() | {"triage": form, "chosen": {issue.pk for issue in chosen}}
        return self.render_to_response(context)

    def chosen(self, request) -> list[tuple[Issue, int]]:
        pairs = [pair.partition(":")[::2] for pair in request.POST.getlist("issue")[:MOST]]
        editions = {int(pk): int(edition) for pk, edition in pairs if is_number(pk) and is_number(edition)}
        reachable = Issue.objects.reachable_by(request.user, on=self.on)
        return [(issue, editions[issue.pk]) for issue in reachable.filter(pk__in=editions).order_by("pk")]


def is_number(text: str) -> bool:
    return text.isdecimal() and len(text) < 10


class ViewSaving(View):
    """POST keeps the list as it is shown under a name; the same name again takes its place."""

    def post(self, request):
        name = request.POST.get("name", "").strip()[:60]
        query = request.POST.get("query", "").lstrip("?")
        if not name or "\0" in name + query or not query or len(query) > 500:
            messages.error(request, "A view needs a name, and a list that is filtered or sorted.")
        else:
            SavedView.objects.update_or_create(user=request.user, name=name, defaults={"query": query})
            messages.success(request, f"View saved: {name}.")
        return back(request)


class ViewRemoval(View):
    def post(self, request, pk):
        SavedView.objects.filter(user=request.user, pk=pk).delete()
        return back(request)
