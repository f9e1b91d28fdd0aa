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
from kpis import tasks

MOST = 200


def back(request):
    """To the list as it was: its query comes with the form."""
    query = request.POST.get("query", "").lstrip("?")[:500]
    safe = query if query.isprintable() else ""
    return HttpResponseRedirect(reverse("issues:list") + (f"?{safe}" if safe else ""))


class Triage(View):
    """POST does one thing with all issues that are chosen."""

    def post(self, request):
        form = TriageForm(request.POST, on=timezone.localdate())
        if not form.is_valid():
            messages.error(request, " ".join(error for errors in form.errors.values() for error in errors))
            return back(request)
        act = Act(form.cleaned_data["act"])
        said = {"words": form.cleaned_data["words"], "to": form.cleaned_data["to"]}
        found = triage(self.chosen(request), act, **said, by=request.user, at=timezone.now())
        if found.done:
            transaction.on_commit(deliveries.wake)
            transaction.on_commit(tasks.wake)
            numbers = ", ".join(f"#{issue.pk}" for issue in found.done)
            messages.success(request, f"You {DONE[act]}: {numbers}.")
        for issue, why in found.refused:
            messages.error(request, f"{issue}: {why}")
        if not found.done and not found.refused:
            messages.error(request, "No issue was chosen.")
        return back(request)

    def chosen(self, request):
        pairs = [pair.partition(":")[::2] for pair in request.POST.getlist("issue")[:MOST]]
        editions = {int(pk): int(edition) for pk, edition in pairs if is_number(pk) and is_number(edition)}
        reachable = Issue.objects.reachable_by(request.user, on=timezone.localdate())
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
