from typing import NamedTuple

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from kpis.models import Kpi
from kpis.services import calendar, verifying


class Verified(NamedTuple):
    compared: int
    left: int


class Command(BaseCommand):
    help = (
        "Compares every rollup with a recomputation from the observations, and the calendar with the fiscal year."
        " Ends with 2 where something differs, and was not repaired."
    )

    def add_arguments(self, parser):
        parser.add_argument("--kpi", nargs="+", action="extend", metavar="CODE", help="these KPIs alone")
        parser.add_argument("--repair", action="store_true", help="have what differs made anew, and compare once more")

    def handle(self, *, kpi, repair, **options):
        codes, days = asked(kpi), self.days(repair)
        found = [self.verified(key, code, repair) for key, code in codes.items()]
        done = [each for each in found if each]
        left = days + sum(each.left for each in done)
        self.stdout.write(f"{sum(each.compared for each in done):,} rollups of {len(done):,} KPIs compared.")
        if left:
            raise CommandError(f"{left:,} differences.", returncode=2)
        self.stdout.write("No differences.")

    def days(self, repair: bool) -> int:
        """How many days of the calendar are wrong in the end."""
        wrong = calendar.wrong_days()
        self.name(wrong)
        if wrong and repair:
            calendar.lay_days_anew({each.day for each in wrong})
            self.stdout.write(f"Repaired the calendar: {len({each.day for each in wrong}):,} days.")
            wrong = calendar.wrong_days()
        return len(wrong)

    def verified(self, key: int, code: str, repair: bool) -> Verified | None:
        found = verifying.verify(key, now=timezone.now())
        if found is None:
            self.stderr.write(f"{code} was not compared: changes are still waiting to be rolled up.")
            return None
        self.name(found.differences)
        if found.differences and repair:
            after = verifying.repair(key, now=timezone.now())
            if after and not after.differences:
                self.stdout.write(f"Repaired {code}: {len(found.differences):,} differences.")
            found = after or found
        return Verified(found.compared, len(found.differences))

    def name(self, differences):
        for each in differences:
            self.stdout.write(str(each))


def asked(codes: list[str] | None) -> dict[int, str]:
    """The KPIs that were named, by key; all, where none was."""
    kpis = Kpi.objects.order_by("code")
    if codes is None:
        return dict(kpis.values_list("pk", "code"))
    found = dict(kpis.filter(code__in=codes).values_list("pk", "code"))
    if unknown := sorted(set(codes) - set(found.values())):
        raise CommandError(f"There is no KPI {', '.join(unknown)}.")
    return found
