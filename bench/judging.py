"""Judging everything there is, as after a whole history was brought in."""

from datetime import date, timedelta

from django.utils import timezone

from bench.ground import Ground, settle
from bench.measure import measure, seconds
from kpis.models import Judgement, Kpi, Process, Signal, Target
from kpis.services.judging import judge

KPIS, DEPARTMENTS, WEEKS = 200, 6, 104
ALLOWED = 2.0  # seconds


class Agency(Ground):
    """Weekly KPIs, each measured by departments right below the agency, and each with a target."""

    KPIS, GROUPS, LEAVES, RECORDED = KPIS, 0, DEPARTMENTS, "week"

    def before(self, until: date, many: int) -> list[date]:
        """So many Mondays of weeks that are over, oldest first."""
        monday = until - timedelta(days=until.weekday())
        return [monday - timedelta(weeks=back) for back in range(many, 0, -1)]

    def people(self):
        super().people()
        Target.objects.bulk_create(
            Target(kpi=kpi, lower=400, starts_on=self.days[0], recorded_at=self.now) for kpi in Kpi.objects.all()
        )


@measure(f"judging {KPIS} KPIs of {DEPARTMENTS} departments over {WEEKS} weeks", floor="allowed", at_most=1)
def all_anew(ground: Ground):
    weeks = min(WEEKS, ground.size // KPIS // DEPARTMENTS)
    with Agency(KPIS * DEPARTMENTS * weeks, now=ground.now, blank=ground.blank).laid():
        while True:
            for model in (Signal, Process, Judgement):
                model.objects.all().delete()
            settle()
            judged = seconds(lambda: judge(on=timezone.localdate(ground.now), now=ground.now))
            assert Judgement.objects.count() == KPIS
            yield judged, ALLOWED
