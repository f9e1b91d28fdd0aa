from datetime import date
from decimal import Decimal

from django.http import Http404
from django.utils import timezone

from departments.discussion import discussion
from kpis.asked import asked_choice
from kpis.models import Kpi, PeriodTopic
from kpis.moment import reach
from kpis.periods import FIRST_DAY, LAST_DAY, Grain
from kpis.selectors.provenance import provenance
from kpis.selectors.series import grains_of
from kpis.views.kpi import KpiDetail
from kpis.views.points import points_of


class PeriodDetail(KpiDetail):
    """Where the number of one period comes from."""

    template_name = "kpis/period.html"
    partial_name = "kpis/_provenance.html"

    def origin(self):
        places = self.places()
        chosen = self.chosen(places)
        found = provenance(
            self.object,
            chosen,
            grain=asked_choice(self.request.GET, "grain", grains_of(self.object), Grain(self.object.cadence)),
            period=day(self.kwargs["period"]),
            within=self.within(places, chosen),
            on=self.day,
            known_at=self.known_at,
            reach=reach(self.request.user),
        )
        if found is None:
            raise Http404("There is no such period.")
        return found

    def discussion(self, found):
        kpi, place, grain = self.object.pk, found.series.department.pk, found.series.grain
        topic = PeriodTopic.objects.about(kpi_id=kpi, department_id=place, grain=grain, period=found.cell.period)
        return discussion(topic, reader=self.request.user, at=timezone.now(), known_at=self.known_at)

    def get_context_data(self, **kwargs):
        found = self.origin()
        calendar = found.series.calendar
        points = {point.period: point for point in points_of(found.series, calendar)}
        return super(KpiDetail, self).get_context_data(
            kpi=found.series.kpi,
            found=found,
            cell=found.cell,
            point=points.get(found.cell.period),
            department=found.series.department,
            grain=found.series.grain,
            formula=found.series.formula(found.cell.period),
            first_formula=found.series.first_formula(found.cell.period),
            made_of=self.worked_from(found),
            links=reach(self.request.user) is None,
            label=calendar.label(found.cell.period, found.series.grain),
            discussion=self.discussion(found),
            **kwargs,
        )

    def worked_from(self, found) -> list[tuple[Kpi, Decimal | None, bool]]:
        """Each input with its value, and whether this user may ask where that comes from."""
        made_of = found.series.made_of(found.cell.period)
        spoken_of = Kpi.objects.filter(pk__in=[kpi.pk for kpi, _ in made_of])
        reachable = set(spoken_of.reachable_by(self.request.user, on=timezone.localdate())) if made_of else ()
        return [(kpi, value, kpi in reachable) for kpi, value in made_of]


def day(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise Http404("There is no such period.") from None
    if not FIRST_DAY <= found <= LAST_DAY:
        raise Http404("There is no such period.")
    return found
