"""‹ Week 47 ›: stepping through time, one period at a time."""

from kpis.periods import Grain
from kpis.written import span_in_words


class Navigation:
    """The period that a page ends with, and the addresses of its neighbours."""

    def __init__(self, request, calendar, grain, *, upto, on):
        self.request, self.calendar, self.grain = request, calendar, grain
        self.period, self.latest_period = calendar.start(upto, grain), calendar.start(on, grain)
        self.unit = str(grain)
        is_week = grain is Grain.WEEK
        self.label = f"Week {self.period.isocalendar().week}" if is_week else calendar.label(self.period, grain)
        end = calendar.end(self.period, grain)
        self.days = span_in_words(self.period, end)
        self.previous = self.at(calendar.step(self.period, grain, -1))
        following = calendar.step(self.period, grain, 1)
        self.next = self.at(following) if following <= self.latest_period else None
        self.latest = self.at(None) if self.period < self.latest_period else None

    def at(self, period) -> str:
        query = self.request.GET.copy()
        query.pop("on", None)
        if period and period != self.latest_period:
            query["on"] = period.isoformat()
        return f"{self.request.path}?{query.urlencode()}" if query else self.request.path
