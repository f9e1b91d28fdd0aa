from datetime import date

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from departments.models import Department
from departments.models.department import Reach
from kpis.models.kpi import Kpi
from kpis.models.superseding import Superseding, SupersedingQuerySet
from kpis.written import span_in_words


class EventQuerySet(SupersedingQuerySet):
    def with_scope(self):
        """Each with whether it is `for_all_departments`, and `for_all_kpis`."""
        return self.annotate(
            for_all_departments=~Exists(EventDepartment.objects.filter(event=OuterRef("pk"))),
            for_all_kpis=~Exists(EventKpi.objects.filter(event=OuterRef("pk"))),
        )

    def concerning(self, departments):
        """Those of the whole agency, and those of these departments, of what is below them, and of what is above."""
        line = Department.objects.in_line_with(departments)
        named = EventDepartment.objects.filter(event=OuterRef("pk"), department__in=line)
        return self.with_scope().filter(Q(for_all_departments=True) | Exists(named))

    def about(self, kpis):
        """Those of whatever is measured, and those that name one of these KPIs: one, or what it is worked out from."""
        named = EventKpi.objects.filter(event=OuterRef("pk"), kpi__in=kpis)
        return self.with_scope().filter(Q(for_all_kpis=True) | Exists(named))

    def reachable_by(self, user, *, on, reach=Reach.READ):
        """To read: what concerns a department they reach. To change: what concerns departments they write alone."""
        reachable = Department.objects.reachable_by(user, on=on, reach=reach)
        if reach is Reach.READ:
            return self if user.reads_everything(on=on) else self.concerning(reachable)
        if user.writes_everything:
            return self
        others = EventDepartment.objects.filter(event=OuterRef("pk")).exclude(department__in=reachable)
        return self.with_scope().filter(~Exists(others), for_all_departments=False)

    def between(self, first, last):
        """Those of which a day lies between two days, both included."""
        return self.filter(starts_on__lte=last).filter(Q(starts_on__gte=first) | Q(ends_on__gte=first))

    def newest_first(self):
        return self.order_by("-starts_on", "-pk")


class Event(Superseding):
    """Something that happened and may have moved numbers: a campaign launch, a new tool, an outage.

    No departments: the whole agency; a department means all below it, too. No KPIs: whatever is measured there.
    Superseded, never updated: `follows` is the row that this one was made from.
    """

    starts_on = models.DateField("day")
    ends_on = models.DateField("last day", null=True, blank=True)
    title = models.CharField("what happened", max_length=100)
    description = models.CharField(max_length=500, blank=True, default="")
    departments = models.ManyToManyField(Department, blank=True, related_name="events", through="EventDepartment")
    kpis = models.ManyToManyField(Kpi, blank=True, related_name="events", through="EventKpi", verbose_name="KPIs")
    follows = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="followed_by")

    objects = EventQuerySet.as_manager()

    class Meta:
        indexes = [models.Index("starts_on", condition=Q(superseded_at=None), name="event_by_day")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(title=""),
                name="event_has_a_title",
                violation_error_message="Say what happened.",
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="event_ends_after_it_starts",
                violation_error_message="The last day is on or after the first.",
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def last(self) -> date:
        return self.ends_on or self.starts_on

    @property
    def days(self) -> str:
        return span_in_words(self.starts_on, self.last)


class EventDepartment(models.Model):
    """A department that an event concerns. It stays as long as the event: without it, the whole agency is meant."""

    event = models.ForeignKey(Event, models.CASCADE, related_name="+")
    department = models.ForeignKey(Department, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "department"], name="event_names_a_department_once")]

    def __str__(self):
        return f"{self.event_id} {self.department_id}"


class EventKpi(models.Model):
    """A KPI that an event concerns. It stays as long as the event: without it, all are meant."""

    event = models.ForeignKey(Event, models.CASCADE, related_name="+")
    kpi = models.ForeignKey(Kpi, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "kpi"], name="event_names_a_kpi_once")]

    def __str__(self):
        return f"{self.event_id} {self.kpi_id}"
