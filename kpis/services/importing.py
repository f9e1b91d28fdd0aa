"""Importing a file of observations: all of it or nothing, every cell that cannot be taken named."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from departments.models import Department, User
from departments.models.department import DepartmentQuerySet
from kpis import sheets
from kpis.mapping import NUMBERS, Mapping
from kpis.models import Batch, Kpi
from kpis.numbers import A_BAND
from kpis.periods import FIRST_DAY, LAST_DAY, Grain
from kpis.reading import Problem, Reading, Row
from kpis.services.discovering import bring_along
from kpis.services.fitting import a_kpi_of, wrong_numbers, wrong_time
from kpis.services.known import Known
from kpis.services.recording import Entry, record_observations
from kpis.services.rejections import Rejections
from kpis.services.targets import Aim, NeedsABand, goal_for, record_targets

A_STEP = 10_000  # rows between two words about progress


@dataclass
class Report(Rejections):
    """What an import did, or would do. `written` says which; `empty` are rows with neither a number nor a target."""

    rows: int = 0
    added: int = 0
    corrected: int = 0
    unchanged: int = 0
    empty: int = 0
    targets: int = 0
    departments_created: int = 0
    kpis_created: int = 0
    batch: Batch | None = None
    written: bool = False


def import_observations(
    source: Path,
    *,
    mapping: Mapping | None = None,
    by: User | None,
    at: datetime,
    dry_run: bool = False,
    skip_rejected: bool = False,
    file_name: str = "",
    within: DepartmentQuerySet | None = None,
    progress: Callable[[int], None] = lambda rows: None,
) -> Report:
    """Record what a file says, in one transaction: nothing where a row is rejected, unless those are skipped.

    Safe to run twice: the second time all is unchanged. A dry run does all of it and takes it back. Interrupted, it
    has written nothing. `progress` is told now and then how many rows were read. Rows for departments that are not
    `within` are rejected, where that is given.
    Raises UnreadableFile or MappingInvalid where the file is no table or the mapping does not fit it.
    """
    source = Path(source)
    run = Run(source, mapping or Mapping(), progress)
    report = run.report
    name = (file_name or source.name).encode(errors="replace").decode()  # a name need not be text
    file = {"file_name": name[:255], "file_sha256": sheets.fingerprint(source)}
    with transaction.atomic():
        run.prepare(by=by, at=at, within=within)
        entries = (checked.entry for checked in run.checked(report) if checked.entry)
        outcome = record_observations(entries, by=by, at=at, source=Batch.Source.FILE, **file)
        if run.has_targets:
            aims = (checked.aim for checked in run.checked(Report()) if checked.aim)
            report.targets = record_targets(aims, by=by, at=at, reason=name[:200])
        report.written = not dry_run and (skip_rejected or not report.rejected)
        transaction.set_rollback(not report.written)
    report.added, report.corrected, report.unchanged = outcome.added, outcome.corrected, outcome.unchanged
    report.batch = outcome.batch if report.written else None
    return report


class Checked(NamedTuple):
    """A row that can be taken: what to record, and what was to be reached."""

    entry: Entry | None
    aim: Aim | None


class Run:
    """One import: goes through the file once for what is new, once for the values, and once more for targets."""

    def __init__(self, source: Path, mapping: Mapping, progress: Callable[[int], None]):
        self.source, self.mapping, self.progress = source, mapping, progress
        self.report, self.refused = Report(), set()

    def reading(self) -> Reading:
        return Reading(self.mapping.open(self.source), self.mapping)

    def prepare(self, *, by: User | None, at: datetime, within: DepartmentQuerySet | None):
        self.known, self.on = Known(within), timezone.localdate(at)
        reading = self.reading()
        self.has_targets = reading.has_targets
        if self.mapping.create.departments or self.mapping.create.kpis is not None:
            found = bring_along(reading, self.known, by=by, at=at)
            self.refused = found.refused
            self.report.name(found.problems)
            self.report.departments_created, self.report.kpis_created = found.departments_created, found.kpis_created

    def checked(self, report: Report) -> Iterator[Checked]:
        seen = {}
        for row in self.reading().rows():
            report.rows += 1
            if report.rows % A_STEP == 0:
                self.progress(report.rows)
            if row.is_empty:
                report.empty += 1
            elif row.problems:
                report.reject(row.problems)
            elif row.kpi in self.refused:  # its definition is the problem, and named
                report.reject([])
            else:
                found = self.check(row, seen)
                if isinstance(found, Checked):
                    yield found
                else:
                    report.reject(found)
        self.progress(report.rows)

    def check(self, row: Row, seen: dict) -> Checked | list[Problem]:
        department, kpi = self.known.department(row.department), self.known.kpis.get(row.kpi)
        unknown = []
        if department is None:
            unknown.append(row.problem("department", row.department, self.known.a_department(row.department)))
        if kpi is None:
            unknown.append(row.problem("kpi", row.kpi, self.known.a_kpi(row.kpi)))
        if unknown:
            return unknown
        inside = FIRST_DAY <= row.date <= LAST_DAY
        period, end = self.known.period(kpi, row.date) if inside else (row.date, row.date)
        if problems := self.faults(row, kpi, department, period, end):
            return problems
        place = place_of(kpi, department, period, row.reference)
        if place in seen:
            expected = f"a period and reference that row {seen[place]} does not give already"
            return [row.problem("date", row.date, expected)]
        seen[place] = row.number
        return Checked(entry(row, kpi, department, period), self.aim(row, kpi, department))

    def faults(self, row: Row, kpi: Kpi, department: Department, period: date, end: date) -> list[Problem]:
        """What the KPI's contract does not allow."""
        if not FIRST_DAY <= period <= LAST_DAY:
            return [row.problem("date", row.date, f"a date from {FIRST_DAY} to {LAST_DAY}")]
        numbers = {name: getattr(row, name) for name in NUMBERS}
        is_value = any(number is not None for number in numbers.values())  # else a target alone, and that may lie ahead
        spans, on = self.known.assignments.get((kpi.pk, department.pk), ()), self.on if is_value else None
        if not spans:
            return [row.problem("kpi", kpi.code, a_kpi_of(department))]
        if expected := wrong_time(kpi, department, spans, period=period, end=end, on=on):
            return [row.problem("date", row.date, expected)]
        if row.target is not None:
            try:
                goal_for(row.target, direction=kpi.direction)
            except NeedsABand:
                return [row.problem("target", row.target, A_BAND)]
        wrong = wrong_numbers(kpi, numbers) if is_value else {}
        return [row.problem(name, "" if numbers[name] is None else numbers[name], wrong[name]) for name in wrong]

    def aim(self, row: Row, kpi: Kpi, department: Department) -> Aim | None:
        """An exception for the period in which the KPI is judged."""
        if row.target is None:
            return None
        judged = Grain(kpi.cadence)
        first = self.known.calendar.start(row.date, judged)
        goal = goal_for(row.target, direction=kpi.direction)
        return Aim(kpi.pk, department.pk, first, self.known.calendar.end(first, judged), goal)


def entry(row: Row, kpi: Kpi, department: Department, period: date) -> Entry | None:
    numbers = row.value, row.numerator, row.denominator
    if numbers == (None, None, None):
        return None
    return Entry(kpi.pk, department.pk, period, *numbers, row.reference, row.note, row.number)


def place_of(kpi: Kpi, department: Department, period: date, reference: str) -> int | bytes:
    """Tells apart what may be recorded once, in little memory: there is one for every row of the file."""
    place = kpi.pk << 64 | department.pk << 32 | period.toordinal()
    return blake2b(f"{place} {reference}".encode(), digest_size=16).digest() if reference else place
