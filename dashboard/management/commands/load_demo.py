from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from dashboard.demo.load import NotEmpty, in_use, load


class Command(BaseCommand):
    help = "Loads a demo agency with two years of numbers into an empty database (only with DEMO=1)."

    def add_arguments(self, parser):
        parser.add_argument("--if-empty", action="store_true", help="do nothing, rather than refuse, where data exist")

    def handle(self, *, if_empty, **options):
        if not settings.DEMO:
            raise CommandError("The demo agency's passwords are public: it is loaded with DEMO=1 only.")
        if if_empty and in_use():
            return
        try:
            loaded = load(now=timezone.now())
        except NotEmpty as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            f"Demo agency: {loaded.departments} departments, {loaded.people} people, {loaded.kpis} KPIs,"
            f" {loaded.observations} values."
        )
