from datetime import timedelta

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.generic import TemplateView

from departments.models import Department
from departments.models.department import Reach
from kpis import charts
from kpis.asked import asked_words
from kpis.models.signal import RULES
from kpis.moment import AsKnown
from meetings import weeks
from meetings.models import WeeklyStatus
from meetings.selectors.history import Calibration, calibration, plans_kept, points, speaking_of, strip

A_PAGE = 26
A_WEEK, A_YEAR = timedelta(weeks=1), timedelta(weeks=52)


class StatusHistory(AsKnown, TemplateView):
    template_name = "meetings/history.html"

    def dispatch(self, request, *args, **kwargs):
        self.on = timezone.localdate()
        reachable = Department.objects.reachable_by(request.user, on=self.on)
        self.department = self.as_then(get_object_or_404(reachable, slug=kwargs["slug"]))
        return super().dispatch(request, *args, **kwargs)

    def statuses(self, words: str):
        found = WeeklyStatus.objects.known_at(self.known_at).filter(department=self.department).newest_first()
        found = speaking_of(found, words) if words else found
        return found.select_related("recorded_by").prefetch_related("items", "reviews__plan")

    def own_calibration(self) -> Calibration | None:
        """For whoever leads it now; what a head before them said is not theirs."""
        if self.known_at or all(h.department_id != self.department.pk for h in self.request.user.led(on=self.on)):
            return None
        heads = self.department.headships.on(self.on).heads()
        since = [headship.starts_on + A_WEEK for headship in heads]  # of plans it is told a week later
        return calibration([self.department], since=max([self.on - A_YEAR, *since]))

    def get_context_data(self, **kwargs):
        words = asked_words(self.request.GET, "q")
        kept = plans_kept(self.department, known_at=self.known_at)
        drawn = points(kept)
        said = [point._replace(rules=tuple(RULES[rule] for rule in point.rules)) for point in drawn]
        writable = Department.objects.reachable_by(self.request.user, on=self.on, reach=Reach.WRITE)
        page = self.request.GET.get("page", "1")
        if not page.isdecimal():
            raise Http404
        return super().get_context_data(
            department=self.department,
            words=words,
            page_obj=Paginator(self.statuses(words), A_PAGE).get_page(page),
            strip=strip(self.department, upto=weeks.week_of(self.day), known_at=self.known_at),
            kept=list(reversed(list(zip(drawn, said, strict=True)))),
            limits=drawn[-1].limits if drawn else None,
            done=sum(each.done for each in kept),
            planned=sum(each.planned for each in kept),
            figure=charts.line_figure(said, title="plans done", unit="%", decimals=0) if kept else None,
            said=charts.series_in_words(said, unit="%", decimals=0),
            calibration=self.own_calibration(),
            this_week=weeks.week_of(self.on),
            may_write=not self.known_at and writable.filter(pk=self.department.pk).exists(),
            **kwargs,
        )
