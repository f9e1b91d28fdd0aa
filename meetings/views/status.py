from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.generic import TemplateView

from departments.discussion import discussion
from departments.models import Department
from departments.models.department import Reach
from kpis.moment import AsKnown
from kpis.periods import FIRST_DAY, LAST_DAY
from meetings import weeks
from meetings.models import StatusTopic, WeeklyStatus
from meetings.selectors.board import board
from meetings.selectors.due import due_at
from meetings.services.sending import UNDO


class StatusDetail(AsKnown, TemplateView):
    """One department's week, and the versions that it had."""

    template_name = "meetings/status.html"

    def dispatch(self, request, *args, **kwargs):
        if not FIRST_DAY <= kwargs["week"] <= LAST_DAY:
            raise Http404
        self.today = timezone.localdate()
        reachable = Department.objects.reachable_by(request.user, on=self.today)
        self.department = self.as_then(get_object_or_404(reachable, slug=kwargs["slug"]))
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        now, week = timezone.now(), self.kwargs["week"]
        found = board([self.department], week=week, on=self.day, known_at=self.known_at)
        writable = Department.objects.reachable_by(self.request.user, on=self.today, reach=Reach.WRITE)
        may_write = not self.known_at and writable.filter(pk=self.department.pk).exists()
        report = next(iter(found.reports), None)
        status = report and report.status
        return super().get_context_data(
            department=self.department,
            report=report,
            due_at=due_at(week, known_at=self.known_at),
            week_words=f"Weekly status of {self.department}, week {weeks.number(week)}",
            now=self.known_at or now,
            may_write=may_write and week <= self.today,
            may_undo=may_write and status is not None and now - status.sent_at <= UNDO,
            versions=self.versions(status, week),
            discussion=self.discussion(week, now) if week <= self.today else None,
            **kwargs,
        )

    def discussion(self, week, now):
        topic = StatusTopic.objects.about(department=self.department, week=week)
        return discussion(topic, reader=self.request.user, at=now, known_at=self.known_at)

    def versions(self, status, week) -> list[WeeklyStatus]:
        """Those that stood before, newest first, as far as they were known."""
        found = WeeklyStatus.objects.filter(department=self.department, week=week).exclude(pk=status and status.pk)
        if self.known_at:
            found = found.filter(recorded_at__lte=self.known_at)
        found = found.select_related("recorded_by", "superseded_by").prefetch_related("items")
        return list(found.order_by("-recorded_at", "-pk"))
