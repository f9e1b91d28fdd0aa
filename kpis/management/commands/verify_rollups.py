from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from kpis.models import Kpi
from kpis.services import calendar, verifying


class Command(BaseCommand):
    help = (
        "Compares every rollup with a recomputation from the observations, and the calendar with the fiscal year."
        " Ends with 2 where something differs, and was not repaired."
    )

    def add_arguments(self, parser):
        parser.add_argument("--kpi", nargs="+", metavar="CODE", help="these KPIs alone")
        parser.add_argument("--repair", action="store_true", help="have what differs made anew, and compare once more")

    def handle(self, *, kpi, repair, **options):
        codes = asked(kpi)
        days = self.days(repair)
        compared, left, waiting = 0, 0, 0
        for key, code in codes.items():
            found = verifying.verify(key, now=timezone.now())
            self.name(found.differences if found else [])
            if found and found.differences and repair:
                found = self.repaired(key, code, found)
            compared += found.compared if found else 0
            left += len(found.differences) if found else 0
            if found is None:
                waiting += 1
                self.stderr.write(f"{code} was not compared: changes are still waiting to be rolled up.")
        self.stdout.write(f"{compared:,} rollups of {len(codes) - waiting:,} KPIs compared.")
        if left or days:
            raise CommandError(f"{left + days:,} differences.", returncode=2)
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

    def repaired(self, key: int, code: str, before: verifying.Comparison) -> verifying.Comparison | None:
        after = verifying.repair(key, now=timezone.now())
        if after and not after.differences:
            self.stdout.write(f"Repaired {code}: {len(before.differences):,} differences.")
        return after

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
