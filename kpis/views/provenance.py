from datetime import date

from django.http import Http404
from django.utils import timezone

from kpis.asked import asked_choice, asked_moment
from kpis.periods import FIRST_DAY, LAST_DAY, Grain
from kpis.selectors.provenance import provenance
from kpis.selectors.series import grains_of
from kpis.views.kpi import KpiDetail, reach
from kpis.views.points import points_of


class PeriodDetail(KpiDetail):
    """Where the number of one period comes from."""

    template_name = "kpis/period.html"
    partial_name = "kpis/_provenance.html"

    def get_context_data(self, **kwargs):
        places = self.places()
        chosen, today = self.chosen(places), timezone.localdate()
        grain = asked_choice(self.request.GET, "grain", grains_of(self.object), Grain(self.object.cadence))
        known_at = asked_moment(self.request.GET, "as_known_on", on=today)
        found = provenance(
            self.object,
            chosen,
            grain=grain,
            period=day(self.kwargs["period"]),
            within=self.within(places, chosen),
            on=timezone.localdate(known_at),
            known_at=known_at,
            reach=reach(self.request.user),
        )
        if found is None:
            raise Http404("There is no such period.")
        calendar = found.series.calendar
        points = {point.period: point for point in points_of(found.series, calendar)}
        return super(KpiDetail, self).get_context_data(
            kpi=found.series.kpi,
            found=found,
            cell=found.cell,
            point=points.get(found.cell.period),
            department=chosen,
            grain=grain,
            known_at=known_at,
            links=reach(self.request.user) is None,
            label=calendar.label(found.cell.period, grain),
            **kwargs,
        )


def day(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise Http404("There is no such period.") from None
    if not FIRST_DAY <= found <= LAST_DAY:
        raise Http404("There is no such period.")
    return found
