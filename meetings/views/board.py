from datetime import date, timedelta

from django.utils import timezone
from django.views.generic import TemplateView

from departments.models import Department
from departments.models.department import Reach
from kpis.asked import asked_day
from kpis.moment import AsKnown
from kpis.navigation import Navigation
from kpis.periods import Calendar, Grain
from meetings import weeks
from meetings.selectors.board import board
from meetings.selectors.due import due_at
from meetings.selectors.history import calibration

A_YEAR = timedelta(weeks=52)


class Board(AsKnown, TemplateView):
    template_name = "meetings/board.html"

    def get_context_data(self, **kwargs):
        now = timezone.now()
        upto = min(asked_day(self.request.GET, "on", self.newest(now)), self.day)
        found = board(self.departments(), week=weeks.week_of(upto), on=self.day, known_at=self.known_at)
        writable = Department.objects.reachable_by(self.request.user, on=self.day, reach=Reach.WRITE)
        user = self.request.user
        return super().get_context_data(
            board=found,
            reports=found.unread_first(user) if not self.known_at else found.reports,
            unread={report.department.pk for report in found.unread(user)} if not self.known_at else (),
            writable=set() if self.known_at else set(writable.values_list("pk", flat=True)),
            navigation=Navigation(self.request, Calendar(), Grain.WEEK, upto=upto, on=self.day),
            now=self.known_at or now,
            calibration=calibration(self.departments(), since=self.day - A_YEAR)
            if user.writes_everything and not self.known_at
            else None,
            **kwargs,
        )

    def newest(self, now) -> date:
        """Monday before the first deadline shows what was written last; until then this week is empty."""
        week = weeks.week_of(self.day)
        due = due_at(week, known_at=self.known_at)
        begins = week + timedelta(days=2)
        return self.day if due is None or self.day >= begins else self.day - timedelta(weeks=1)
