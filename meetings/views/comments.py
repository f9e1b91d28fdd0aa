from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone

from departments.models import Department
from departments.views.threads import ThreadPage
from kpis.periods import FIRST_DAY
from meetings.models import StatusTopic


class StatusComments(ThreadPage):
    def topic_asked(self) -> StatusTopic:
        on, week = timezone.localdate(), self.kwargs["week"]
        reachable = Department.objects.reachable_by(self.request.user, on=on)
        department = get_object_or_404(reachable, slug=self.kwargs["slug"])
        if not FIRST_DAY <= week <= on:
            raise Http404
        return StatusTopic.objects.about(department=department, week=week)
