import re
from pathlib import Path
from time import monotonic

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import pluralize
from django.utils import timezone

from departments.models import User
from kpis.mapping import MappingInvalid
from kpis.mapping_file import load
from kpis.services.importing import import_observations
from kpis.services.recording import ChangedMeanwhile, TooMuchToAdd
from kpis.services.rollups import drain
from kpis.sheets import UnreadableFile

COUNTS = ("rows", "added", "corrected", "unchanged", "rejected", "empty")
ALSO = {"targets": "targets added", "departments_created": "departments created", "kpis_created": "KPIs created"}


class Command(BaseCommand):
    help = "Import observations (and targets) from a CSV file or spreadsheet: all of it or nothing."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--mapping", type=Path, help="TOML file that says what the columns mean (docs/importing.md)"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, and write nothing")
        parser.add_argument("--skip-rejected", action="store_true", help="write the rest where rows are rejected")
        parser.add_argument("--by", metavar="USER", help="who brings it in (username)")

    def handle(self, *, file, mapping, dry_run, skip_rejected, by, **options):
        progress = Progress(self.stderr)
        try:
            report = import_observations(
                file,
                mapping=load(mapping, beside=file) if mapping else None,
                by=person(by),
                at=timezone.now(),
                dry_run=dry_run,
                skip_rejected=skip_rejected,
                progress=progress.tell,
            )
        except (UnreadableFile, MappingInvalid, TooMuchToAdd, ChangedMeanwhile) as error:
            raise CommandError(str(error)) from None
        except KeyboardInterrupt:
            raise CommandError("Interrupted: nothing was written. Run it again.", returncode=130) from None
        finally:
            progress.end()
        tell(self, report, COUNTS, ALSO, dry_run=dry_run)
        conclude(self, report, dry_run=dry_run, drain=lambda: drain(now=timezone.now()))


class Progress:
    """One line that says how far it is: written over on a terminal, now and then where the output is kept."""

    def __init__(self, out):
        self.out, self.began, self.on_terminal = out, monotonic(), out.isatty()
        self.pause = 0.2 if self.on_terminal else 10
        self.due = self.began if self.on_terminal else self.began + self.pause
        self.has_spoken = False

    def tell(self, rows: int):
        now = monotonic()
        if now < self.due:
            return
        self.due, self.has_spoken = now + self.pause, True
        words = f"{rows:,} rows read, {rows / (now - self.began):,.0f} a second"
        self.out.write(f"\r{words}" if self.on_terminal else words, ending="" if self.on_terminal else "\n")
        self.out.flush()

    def end(self):
        """Leave a clean line to what follows."""
        if self.on_terminal and self.has_spoken:
            self.out.write("")


def person(username: str | None) -> User | None:
    if username is None:
        return None
    try:
        return User.objects.get(username=username)
    except User.DoesNotExist:
        raise CommandError(f"There is no user “{username}”.") from None


def tell(command: BaseCommand, report, counts: tuple[str, ...], also: dict[str, str], *, dry_run: bool):
    """What was written, or in a dry run would be; where nothing was, only how many rows were read and rejected."""
    happened = report.written or dry_run
    for name in counts:
        if happened or name in ("rows", "rejected", "empty"):
            command.stdout.write(f"{name:<10}{getattr(report, name):>12,}")
    for name, words in also.items():
        if happened and (number := getattr(report, name)):
            command.stdout.write(f"{words}: {number:,}")


def conclude(command: BaseCommand, report, *, dry_run: bool, drain):
    """Name the rejected cells, bring the rollups up to date; fail where rejected rows kept all from being written."""
    for problem in report.problems:
        column = problem.column if re.match("column [0-9]+$", problem.column) else f"column {problem.column}"
        command.stderr.write(f"row {problem.row}, {column}: found “{problem.found}”, expected {problem.expected}")
    if hidden := report.problem_count - len(report.problems):
        command.stderr.write(f"and {hidden:,} more")
    if report.written:
        try:
            kpis = drain()
            command.stdout.write(f"rollups brought up to date: {kpis:,} KPI{pluralize(kpis)}")
        except KeyboardInterrupt:
            raise CommandError("Interrupted: all is written, and the worker does the rest.", returncode=130) from None
    elif report.rejected and not dry_run:
        raise CommandError("Nothing was written: put the rejected cells right, or --skip-rejected.", returncode=2)
    else:
        command.stdout.write("Dry run: nothing was written.")
        if report.rejected:
            raise CommandError("Rows would be rejected.", returncode=2)
