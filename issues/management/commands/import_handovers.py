from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from issues.eventlog import Columns, LogInvalid
from issues.models.eventlog import NAME
from issues.services.handovers import import_handovers
from kpis.management.commands.import_observations import Progress, person
from kpis.sheets import UnreadableFile

COUNTS = {
    "rows": "events",
    "passed_over": "without a group",
    "cases": "cases",
    "groups": "groups",
    "handovers": "hand-overs",
    "reopened": "reopenings",
    "kept": "agreement kept",
    "missed": "agreement missed",
}


class Command(BaseCommand):
    help = "Import an event log: cases, and the hand-overs between the groups that had them. All of it or nothing."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--name", help="what the log is called; the file's name unless said")
        parser.add_argument("--case", required=True, metavar="COLUMN", help="which case an event is of")
        parser.add_argument("--group", required=True, metavar="COLUMN", help="who had it then")
        parser.add_argument("--at", required=True, metavar="COLUMN", help="when that was")
        parser.add_argument("--reopened", default="", metavar="COLUMN", help="how often the case was reopened so far")
        parser.add_argument("--reopening", metavar="COLUMN=VALUE", help="or: what an event of a reopened case says")
        parser.add_argument("--kept", default="", metavar="COLUMN", help="whether its agreement was kept so far")
        parser.add_argument("--format", default="", help="how times are written, such as '%%d-%%m-%%Y %%H:%%M'")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, and write nothing")
        parser.add_argument("--by", metavar="USER", help="who brings it in (username)")

    def handle(self, *, file, name, dry_run, by, **options):
        name = (file.stem if name is None else name).encode(errors="replace").decode().strip()
        if not 0 < len(name) <= NAME or "\0" in name:
            raise CommandError(f"--name: found {len(name)} characters, expected 1 to {NAME}.")
        progress = Progress(self.stderr)
        try:
            report = import_handovers(
                file,
                name=name,
                columns=columns(options),
                by=person(by),
                at=timezone.now(),
                dry_run=dry_run,
                progress=progress.tell,
            )
        except (UnreadableFile, LogInvalid) as error:
            raise CommandError(str(error)) from None
        except KeyboardInterrupt:
            raise CommandError("Interrupted: nothing was written. Run it again.", returncode=130) from None
        finally:
            progress.end()
        self.tell(report, dry_run=dry_run)

    def tell(self, report, *, dry_run: bool):
        if report.before:
            at = timezone.localtime(report.before.imported_at)
            self.stdout.write(f"Nothing changed: this file was imported as “{report.before}” on {at:%-d %b %Y, %H:%M}.")
            return
        for problem in report.problems:
            where = f"row {problem.row}, column {problem.column}"
            self.stderr.write(f"{where}: found “{problem.found}”, expected {problem.expected}")
        if hidden := report.problem_count - len(report.problems):
            self.stderr.write(f"and {hidden:,} more")
        if report.rejected:
            self.stdout.write(f"{'events':<18}{report.rows:>10,}\n{'rejected':<18}{report.rejected:>10,}")
            raise CommandError("Nothing was written: put the rejected cells right.", returncode=2)
        for field, words in COUNTS.items():
            if (number := getattr(report, field)) is not None:
                self.stdout.write(f"{words:<18}{number:>10,}")
        self.stdout.write("Dry run: nothing was written." if dry_run else f"Imported as “{report.log}”.")


def columns(options) -> Columns:
    again = options["reopening"]
    if again and options["reopened"]:
        raise CommandError("Give --reopened (a count) or --reopening (a value), not both.")
    head, sign, value = (again or "").rpartition("=")
    if again and not (head.strip() and value.strip()):
        raise CommandError(f"--reopening: found “{again}”, expected COLUMN=VALUE, such as State=Reopened.")
    given = {name: options[name] for name in ("case", "group", "at", "reopened", "kept")}
    return Columns(**given, again=(head, value) if again else None, written=options["format"])
