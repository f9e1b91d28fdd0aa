from urllib.parse import urlencode

from django.db import models
from django.db.models import Q
from django.urls import reverse

from departments.models import Department, User
from departments.models.thread import Topic
from departments.selectors import stand_in
from kpis.models.calendar import CalendarDay
from kpis.models.kpi import Kpi
from kpis.models.signal import Signal


def readers(kpi: Kpi, department: Department, *, on):
    """Those who reach the KPI and the department; what nobody measures is shown to those who read everything."""
    found = User.objects.reading(department, on=on)
    return found if kpi.assignments.exists() else found.reading_everything(on=on)


def answerable(kpi: Kpi, department: Department, *, on):
    """Who heads the KPI's owner, and the department whose values it is about; and who stands in for them."""
    departments = [kpi.owner, department]
    return [*User.objects.heading(departments, on=on), *filter(None, stand_in(departments, on).values())]


class SignalTopic(Topic):
    """A signal that is spoken of."""

    signal = models.OneToOneField(Signal, models.CASCADE, related_name="topic")

    def __str__(self):
        return f"{self.signal.kpi}, {self.signal.department}: {self.signal.get_kind_display().lower()}"

    @property
    def key(self):
        return f"signal-{self.signal_id}"

    def readers(self, *, on):
        return readers(self.signal.kpi, self.signal.department, on=on)

    def answerable(self, *, on):
        return answerable(self.signal.kpi, self.signal.department, on=on)

    def url(self):
        return reverse("kpis:signal", args=[self.signal_id])

    def comments_url(self):
        return reverse("kpis:signal-comments", args=[self.signal_id])


class PeriodTopic(Topic):
    """The value of a KPI of a department in a period that is spoken of."""

    kpi = models.ForeignKey(Kpi, models.PROTECT, related_name="topics", db_index=False)
    department = models.ForeignKey(Department, models.PROTECT, related_name="+")
    grain = models.CharField(max_length=7)
    period = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kpi", "department", "grain", "period"], name="topic_once_per_period"),
            models.CheckConstraint(
                condition=Q(grain__in=["day", "week", "month", "quarter", "year"]), name="topic_grain_is_known"
            ),
        ]

    def __str__(self):
        label = CalendarDay.objects.calendar().label(self.period, self.grain)
        return f"{self.kpi}, {self.department}, {label}"

    @property
    def key(self):
        return f"period-{self.kpi_id}-{self.department_id}-{self.grain}-{self.period}"

    def readers(self, *, on):
        return readers(self.kpi, self.department, on=on)

    def answerable(self, *, on):
        return answerable(self.kpi, self.department, on=on)

    def url(self):
        return self.address("kpis:period")

    def comments_url(self):
        return self.address("kpis:period-comments")

    def address(self, name: str) -> str:
        query = urlencode({"department": self.department.slug, "grain": self.grain})
        return f"{reverse(name, args=[self.kpi.code, self.period])}?{query}"
