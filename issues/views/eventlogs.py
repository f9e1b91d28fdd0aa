from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.generic import ListView, TemplateView

from issues.charts import Cell, heat_figure, most_in_words
from issues.models import EventLog
from issues.selectors.handovers import Handovers, handovers
from kpis.conditional import Conditional

BUSIEST = 20  # groups on the heat map


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
        return super().get_context_data(log=log, found=found, busiest=BUSIEST, **heat(found), **kwargs)


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
