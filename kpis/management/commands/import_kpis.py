from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from kpis.management.commands.import_observations import conclude, person, tell
from kpis.mapping import MappingInvalid
from kpis.services.defining import import_kpis
from kpis.services.rollups import drain
from kpis.sheets import UnreadableFile

COUNTS = ("rows", "created", "changed", "unchanged", "rejected")


class Command(BaseCommand):
    help = "Import KPI definitions from a CSV file or spreadsheet: all of it or nothing."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, and write nothing")
        parser.add_argument("--skip-rejected", action="store_true", help="write the rest where rows are rejected")
        parser.add_argument("--by", metavar="USER", help="who brings it in (username)")

    def handle(self, *, file, dry_run, skip_rejected, by, **options):
        try:
            report = import_kpis(file, by=person(by), at=timezone.now(), dry_run=dry_run, skip_rejected=skip_rejected)
        except (UnreadableFile, MappingInvalid) as error:
            raise CommandError(str(error)) from None
        tell(self, report, COUNTS, {"targets": "targets added"}, dry_run=dry_run)
        conclude(self, report, dry_run=dry_run, drain=lambda: drain(now=timezone.now()))
