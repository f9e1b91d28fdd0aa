from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import pluralize
from django.utils import timezone

from kpis.periods import MONTHS
from kpis.services.calendar import QuartersWouldMove, start_year_in
from kpis.services.rollups import drain


class Command(BaseCommand):
    help = "Says in which month the fiscal year starts, and brings quarters and years up to date."

    def add_arguments(self, parser):
        parser.add_argument(
            "month", type=int, choices=range(1, 13), metavar="MONTH", help="1 = January … 12 = December"
        )

    def handle(self, *, month, **options):
        try:
            changed = start_year_in(month)
        except QuartersWouldMove as error:
            raise CommandError(f"Nothing was changed: {error}") from None
        if not changed:
            self.stdout.write(f"The fiscal year starts in {MONTHS[month - 1]} already.")
            return
        kpis = drain(now=timezone.now())
        brought = f"{kpis} KPI{pluralize(kpis)} brought up to date"
        self.stdout.write(f"The fiscal year starts in {MONTHS[month - 1]} now; {brought}.")
