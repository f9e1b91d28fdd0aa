"""Importing an event log of another system: all of it or nothing, every cell that cannot be taken named."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path

from django.contrib.admin.models import DELETION, LogEntry
from django.db import IntegrityError, transaction
from django.utils import timezone

from departments.business import BusinessHours
from departments.models import Department, User
from departments.selectors import business_hours
from issues.eventlog import Case, Columns, Event, LogInvalid, Pass, Reader, Sorted, shows_day_first
from issues.models import EventCase, EventGroup, EventLog, Handover
from kpis import sheets
from kpis.cells import one_line
from kpis.services.rejections import Rejections

A_STEP, TOGETHER = 10_000, 500  # rows between two words about progress; rows written at a time


@dataclass
class Report(Rejections):
    """What an import did, or would do. `reopened` are reopenings; None and a `kept` of None: the log does not say.

    `before` is the log that the same file with the same columns became earlier: then nothing was done.
    """

    rows: int = 0
    passed_over: int = 0
    cases: int = 0
    groups: int = 0
    handovers: int = 0
    reopened: int | None = None
    kept: int | None = None
    missed: int | None = None
    before: EventLog | None = None
    log: EventLog | None = None

    @property
    def written(self) -> bool:
        return self.log is not None

    def count(self, case: Case):
        self.cases += 1
        self.handovers += case.handovers
        if case.reopened is not None:
            self.reopened = (self.reopened or 0) + case.reopened
        if case.kept is not None:
            self.kept, self.missed = (self.kept or 0) + case.kept, (self.missed or 0) + (not case.kept)


def import_handovers(
    source: Path,
    *,
    name: str,
    columns: Columns,
    by: User | None,
    at: datetime,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda rows: None,
) -> Report:
    """Record what happened to the cases of a log, in one transaction: nothing where a row is rejected.

    Safe to run twice: the same file with the same columns changes nothing. A dry run does all of it and takes it back.
    Raises UnreadableFile or LogInvalid where the file is no table, or not one with these columns.
    """
    source, sha256 = Path(source), sheets.fingerprint(source)
    said = dict(columns._asdict(), again=list(columns.again or ()))
    same = EventLog.objects.filter(file_sha256=sha256, columns=said)
    if before := same.first():
        return Report(before=before)
    report = Report()
    with closing(Sorted(taken(source, columns, report, progress))) as events:
        if report.rejected:
            return report
        if (span := events.span()) is None:
            raise LogInvalid(f"{source.name} has no events below the names of its columns.")
        hours = business_hours(*(timezone.localdate(each) for each in span))
        file_name = source.name.encode(errors="replace").decode()[:255]
        try:
            with transaction.atomic():
                log = EventLog.objects.create(
                    name=name,
                    file_name=file_name,
                    file_sha256=sha256,
                    columns=said,
                    imported_at=at,
                    imported_by=by,
                    events=report.rows,
                    passed_over=report.passed_over,
                )
                record_cases(log, events, hours, report)
                transaction.set_rollback(dry_run)
        except IntegrityError:
            if before := same.first():  # somebody else was faster
                return Report(before=before)
            raise
    report.log = None if dry_run else log
    return report


@transaction.atomic
def remove(log: EventLog, *, by: User):
    """Take an event log out with all that it said; who did so is on record. Its file may be imported again."""
    LogEntry.objects.log_actions(
        by.pk, [log], DELETION, change_message=f"{log.events} events of {log.file_name}", single_object=True
    )
    for rows in (Handover.objects.filter(case__log=log), log.cases.all(), log.groups.all()):
        rows._raw_delete(rows.db)  # one statement each, where Django would fetch all that goes with them
    log.delete()


def taken(source: Path, columns: Columns, report: Report, progress: Callable[[int], None]) -> Iterator[Event]:
    zone = timezone.get_default_timezone()
    day_first = None if columns.written else shows_day_first(Reader(sheets.read(source), columns, zone))
    for event in Reader(sheets.read(source), columns, zone, day_first).events():
        report.rows += 1
        if report.rows % A_STEP == 0:
            progress(report.rows)
        if isinstance(event, Event):
            report.passed_over += event.group is None
            yield event
        else:
            report.reject(event)


def record_cases(log: EventLog, events: Sorted, hours: BusinessHours, report: Report):
    """A step at a time: neither all cases nor all hand-overs of one have room in memory."""
    groups: dict[str, int] = {}
    rows = written(log, events.cases(), groups, report)
    for name, found in groupby(events.passes(), itemgetter(0)):
        row = next(each for each in rows if each.name == name)
        while some := list(islice(found, TOGETHER)):
            Handover.objects.bulk_create(handover(row, each, groups, hours) for _, each in some)
    for _ in rows:
        pass  # those without a hand-over that come last
    report.groups = len(groups)


def written(log: EventLog, cases: Iterator[Case], groups: dict[str, int], report: Report) -> Iterator[EventCase]:
    """Each case as a row, in order; the groups that it lay with are rows, too, and stand in `groups`."""
    departments = {one_line(name).casefold(): pk for pk, name in Department.objects.values_list("pk", "name")}
    while some := list(islice(cases, TOGETHER)):
        new = sorted({name for case in some for name in case.groups} - groups.keys())
        made = EventGroup.objects.bulk_create(
            EventGroup(log=log, name=each, department_id=departments.get(each.casefold())) for each in new
        )
        groups |= {group.name: group.pk for group in made}
        for case in some:
            report.count(case)
        yield from EventCase.objects.bulk_create(
            EventCase(
                log=log,
                name=case.name,
                first_at=case.first_at,
                last_at=case.last_at,
                reopened=case.reopened,
                is_kept=case.kept,
            )
            for case in some
        )


def handover(case: EventCase, passed: Pass, groups: dict[str, int], hours: BusinessHours) -> Handover:
    return Handover(
        case=case,
        left_id=groups[passed.left],
        came_to_id=groups[passed.came_to],
        at=passed.at,
        elapsed=int((passed.at - passed.since).total_seconds()),
        worked=int(hours.between(passed.since, passed.at).total_seconds()),
    )
