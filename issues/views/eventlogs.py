from django.contrib import messages
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.generic import ListView, TemplateView, View

from issues.charts import Cell, heat_figure, most_in_words
from issues.models import EventLog
from issues.selectors.handovers import Handovers, handovers
from issues.services.handovers import remove
from kpis.conditional import Conditional

BUSIEST, FREQUENT = 20, 200  # groups on the heat map, pairs in the table


class EventLogList(Conditional, ListView):
    template_name = "issues/logs.html"

    def get_queryset(self):
        if not self.request.user.reads_everything(on=timezone.localdate()):
            raise Http404
        return EventLog.objects.newest_first().select_related("imported_by")


class EventLogDetail(Conditional, TemplateView):
    template_name = "issues/log.html"

    def get_context_data(self, **kwargs):
        reachable = EventLog.objects.reachable_by(self.request.user, on=timezone.localdate())
        log = get_object_or_404(reachable.select_related("imported_by"), pk=self.kwargs["pk"])
        found = handovers(log)
        may_remove = EventLog.objects.removable_by(self.request.user).filter(pk=log.pk).exists()
        return super().get_context_data(
            log=log,
            found=found,
            busiest=BUSIEST,
            pairs=found.pairs[:FREQUENT],
            may_remove=may_remove,
            **heat(found),
            **kwargs,
        )


class EventLogRemoval(View):
    """POST takes an event log out."""

    def post(self, request, pk):
        log = get_object_or_404(EventLog.objects.removable_by(request.user), pk=pk)
        remove(log, by=request.user)
        messages.success(request, f"Removed: {log}. Its file may be imported again.")
        return HttpResponseRedirect(reverse("issues:logs"))


def heat(found: Handovers) -> dict:
    """Hand-overs between the busiest groups, as a figure and in words."""
    groups = found.groups[:BUSIEST]
    counts = {(pair.left.pk, pair.came_to.pk): pair.count for pair in found.pairs}
    pairs = [[counts.get((left.pk, right.pk)) for right in groups] for left in groups]
    cells = [[Cell(count, f"{count:,}") if count else None for count in row] for row in pairs]
    names = [group.name for group in groups]
    return {
        "figure": heat_figure(names, names, cells),
        "words": most_in_words(names, names, cells, "Number of hand-overs"),
    }
