from django.shortcuts import get_object_or_404
from django.utils import timezone

from departments.views.threads import ThreadPage
from kpis.models import PeriodTopic, Signal, SignalTopic
from kpis.views.provenance import PeriodDetail


class SignalComments(ThreadPage):
    def topic_asked(self):
        within = Signal.objects.reachable_by(self.request.user, on=timezone.localdate())
        signal = get_object_or_404(within.select_related("kpi", "department"), pk=self.kwargs["pk"])
        return SignalTopic.objects.about(signal=signal)


class PeriodComments(ThreadPage):
    """What PeriodDetail shows can be spoken of, and nothing else."""

    def topic_asked(self):
        page = PeriodDetail()
        page.setup(self.request, **self.kwargs)
        page.known_at, page.day = None, timezone.localdate()
        page.object = page.get_object()
        found = page.origin()
        return PeriodTopic.objects.about(
            kpi=page.object, department=found.series.department, grain=found.series.grain, period=found.cell.period
        )
