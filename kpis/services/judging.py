"""Makes signals follow rollups: what changed is judged anew, and rows say what is found.

Nothing is added up: each time the signals of a KPI are what its values say now. What stands already keeps its row, and
with it its explanation; what no longer does is withdrawn, and comes back in the same row should it stand again.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from django.db import connection, transaction

from departments.models import Department
from kpis.models import Judgement, Kpi, Process, RollupLock, Signal
from kpis.periods import Grain
from kpis.selectors.book import Book
from kpis.selectors.judged import UNREPORTED
from kpis.selectors.processes import Course, courses, in_a_row
from kpis.selectors.worked import Workings

AT_ONCE = 50
NOT_JUDGED = "not judged: "
log = logging.getLogger(__name__)
STALE = """
SELECT l.kpi_id, e.number, l.version FROM kpis_lock l CROSS JOIN departments_edition e
JOIN kpis_kpi k ON k.id = l.kpi_id LEFT JOIN kpis_judgement j ON j.kpi_id = l.kpi_id
WHERE k.over_time <> 'formula'
    AND (j.kpi_id IS NULL OR j.version <> l.version OR j.edition <> e.number OR j."on" < %s)
ORDER BY j.kpi_id IS NOT NULL, l.kpi_id
"""

JUDGED = """
UPDATE kpis_judgement SET edition = %s, version = %s, "on" = %s, changes = changes + %s WHERE kpi_id = %s
"""


class Sign(NamedTuple):
    """What a signal should say."""

    kind: str
    rules: str
    first: date
    last: date
    known: date


class Found(NamedTuple):
    """What there is to write of a course. Its points are let go before those of the next are made."""

    kpi: Kpi
    department: int
    grain: Grain
    process: Process | None
    signs: list[Sign]
    watched: list[date]
    missing: list[date]
    there: set[date]  # those watched that have a value


def judge(*, on: date, now: datetime) -> int:
    """Judge every KPI whose rollups or definitions changed since it last was, or the day; how many.

    Safe to run twice, or many at once: the second finds nothing to do, and of two the one that knows more counts.
    """
    with connection.cursor() as cursor:
        cursor.execute(STALE, [on.isoformat()])
        stale = [*cursor.fetchall(), *stale_formulas(cursor, on)]
    for begin in range(0, len(stale), AT_ONCE):
        some = {kpi: (edition, version) for kpi, edition, version in stale[begin : begin + AT_ONCE]}
        try:
            judge_some(some, on=on, now=now)
        except Exception as error:  # noqa: BLE001: each on its own, so that one keeps none of the others waiting
            log.warning("some KPIs could not be judged together: %s", error)
            judge_each(some, on=on, now=now)
    return len(stale)


def stale_formulas(cursor, on: date) -> list[tuple[int, int, int]]:
    """As STALE, for what formulas work out: the version of such a KPI is the sum of its inputs'."""
    formulas = list(Kpi.objects.filter(over_time="formula").order_by("pk"))
    if not formulas:
        return []
    cursor.execute("SELECT number FROM departments_edition")
    (edition,) = cursor.fetchone()
    workings = Workings(formulas)
    inputs = {kpi.pk: [each.pk for each in workings.inputs(kpi)] for kpi in formulas}
    versions = dict(RollupLock.objects.filter(kpi__in=set().union(*inputs.values())).values_list("pk", "version"))
    now = {kpi: (edition, sum(versions.get(each, 0) for each in made_of)) for kpi, made_of in inputs.items()}
    stood = Judgement.objects.filter(kpi__in=now, on__gte=on).values_list("pk", "edition", "version")
    said = {kpi: tuple(state) for kpi, *state in stood}
    return [(kpi, *state) for kpi, state in now.items() if said.get(kpi) != state]


def judge_each(stale: dict[int, tuple[int, int]], *, on: date, now: datetime):
    for kpi, state in stale.items():
        try:
            judge_some({kpi: state}, on=on, now=now)
        except Exception as error:
            log.exception("KPI %s could not be judged", kpi)
            RollupLock.objects.filter(pk=kpi).update(trouble=f"{NOT_JUDGED}{error!r}"[:200])


def judge_some(stale: dict[int, tuple[int, int]], *, on: date, now: datetime):
    """Read and reckon first, then write what differs: on SQLite nobody waits for the arithmetic.

    `stale`: the edition and the version that each KPI is judged at.
    """
    book = Book(Department.objects.all(), Kpi.objects.filter(pk__in=stale), on=on)
    found = defaultdict(list)
    for each in courses(book):
        found[each.kpi.pk].append(found_in(each))
    with transaction.atomic():
        Judgement.objects.bulk_create(
            [Judgement(kpi_id=kpi, version=-1, edition=-1, on=on) for kpi in stale], ignore_conflicts=True
        )
        mine = Judgement.objects.filter(pk__in=stale).select_for_update(of=("self",), no_key=True)
        current = [j.pk for j in mine.order_by("pk") if (j.edition, j.version) <= stale[j.pk] and j.on <= on]
        changed = write_processes(current, found) | write_signals(current, found, now)
        with connection.cursor() as cursor:
            RollupLock.objects.filter(pk__in=current, trouble__startswith=NOT_JUDGED).update(trouble="")
            cursor.executemany(JUDGED, [(*stale[kpi], on.isoformat(), int(kpi in changed), kpi) for kpi in current])


def found_in(course: Course) -> Found:
    newest = list(zip(course.periods, course.points, strict=True))[-len(course.watched) :]
    there = {period for period, point in newest if point.value is not None}
    place = course.kpi, course.department, course.grain
    return Found(*place, process(course), signs(course), course.watched, course.missing, there)


def write_processes(kpis: list[int], found: dict[int, list[Found]]) -> set[int]:
    """The KPIs of which anything was written."""
    columns = [field.attname for field in Process._meta.concrete_fields]
    stood, fresh = defaultdict(set), {kpi: [each.process for each in found[kpi] if each.process] for kpi in kpis}
    for row in Process.objects.filter(kpi__in=kpis).values_list(*columns):
        stood[row[0]].add(row)
    changed = {kpi for kpi in kpis if stood[kpi] != {tuple(getattr(p, c) for c in columns) for p in fresh[kpi]}}
    Process.objects.filter(kpi__in=changed).delete()
    Process.objects.bulk_create([p for kpi in changed for p in fresh[kpi]], batch_size=500)
    return changed


def process(course: Course) -> Process | None:
    newest = course.newest
    if newest is None:
        return None
    point = course.points[newest]
    limits = point.limits
    phase = next(i for i, p in enumerate(course.points) if p.phase == point.phase)
    return Process(
        kpi=course.kpi,
        department_id=course.department,
        grain=course.grain,
        period=course.periods[newest],
        kind=point.kind(course.kpi.direction),
        assurance=course.assurance,
        values=limits.values if limits else sum(p.value is not None for p in course.points[phase:]),
        lower=limits and limits.lower,
        centre=limits and limits.centre,
        upper=limits and limits.upper,
        phase_from=course.periods[phase] if point.phase else None,
    )


def write_signals(kpis: list[int], found: dict[int, list[Found]], now: datetime) -> set[int]:
    """The KPIs of which anything was written."""
    stood = defaultdict(list)
    for signal in Signal.objects.filter(kpi__in=kpis).order_by("pk"):
        stood[signal.kpi_id, signal.department_id].append(signal)
    changes = Changes(now)
    for kpi in kpis:
        for each in found[kpi]:
            before = stood.pop((kpi, each.department), [])
            changes.withdraw(s for s in before if s.grain != each.grain)  # it is judged at another one now
            before = [s for s in before if s.grain == each.grain]
            changes.reconcile(each, [s for s in before if s.kind not in UNREPORTED], each.signs)
            silent = [s for s in before if s.kind == Signal.Kind.MISSING and s.last >= each.watched[0]]
            changes.came_late(each, silent, [s for s in before if s.kind == Signal.Kind.LATE])
            changes.reconcile(each, silent, gaps(each, silent))
    for gone in stood.values():  # nobody measures it there any more
        changes.withdraw(signal for signal in gone if signal.kind != Signal.Kind.LATE)
    return changes.write()


def signs(course: Course) -> list[Sign]:
    return [Sign(*each) for each in course.stretches]


def gaps(course: Found, silent: list[Signal]) -> list[Sign]:
    """Stretches of periods that are missing. One that began before the first that is watched keeps its beginning."""
    edge = course.watched[0]
    begun = min((s.first for s in silent if s.withdrawn_at is None and s.first < edge), default=edge)
    runs = in_a_row(course.watched, course.missing)
    firsts = [begun if run[0] == edge else run[0] for run in runs]
    return [Sign("missing", "", first, run[-1], first) for first, run in zip(firsts, runs, strict=True)]


class Changes:
    """What has to be written so that signals say what they should."""

    def __init__(self, now: datetime):
        self.now, self.fresh, self.changed, self.moved, self.gone = now, [], [], [], []

    def reconcile(self, course: Found, stood: list[Signal], wanted: list[Sign]):
        """Each sign finds the row of its kind that overlaps it, one that stands before one that was withdrawn."""
        left = list(stood)
        for sign in wanted:
            same = [s for s in left if s.kind == sign.kind and s.first <= sign.last and s.last >= sign.first]
            if not same:
                self.add(course, sign)
                continue
            signal = min(same, key=lambda s: (s.withdrawn_at is not None, s.first != sign.first, s.pk))
            left.remove(signal)
            self.update(signal, sign)
        self.withdraw(left)

    def add(self, course: Found, sign: Sign):
        place = {"kpi": course.kpi, "department_id": course.department, "grain": course.grain}
        self.fresh.append(Signal(**place, **sign._asdict(), found_at=self.now))

    def update(self, signal: Signal, sign: Sign):
        if signal.withdrawn_at is None and sign == tuple(getattr(signal, field) for field in Sign._fields):
            return
        if signal.first != sign.first:
            self.moved.append(signal.pk)
        for field, value in sign._asdict().items():
            setattr(signal, field, value)
        signal.withdrawn_at = None
        self.changed.append(signal)

    def withdraw(self, signals: Iterable[Signal]):
        self.gone += [signal for signal in signals if signal.withdrawn_at is None]

    def came_late(self, course: Found, silent: list[Signal], late: list[Signal]):
        """What was missing when it was last looked at, and is there now, came late: that stays, and is said once."""
        said = {p for s in late if s.withdrawn_at is None for p in course.watched if s.first <= p <= s.last}
        was = {p for s in silent if s.withdrawn_at is None for p in course.watched if s.first <= p <= s.last}
        for run in in_a_row(course.watched, (was & course.there) - said):
            self.add(course, Sign("late", "", run[0], run[-1], run[0]))

    def write(self) -> set[int]:
        """No two rows may ever stand for the same start: so what moves steps aside first."""
        aside = self.moved + [signal.pk for signal in self.gone]
        Signal.objects.filter(pk__in=aside).update(withdrawn_at=self.now)
        Signal.objects.bulk_update(self.changed, [*Sign._fields, "withdrawn_at"], batch_size=200)
        Signal.objects.bulk_create(self.fresh, batch_size=500)
        return {signal.kpi_id for signal in (*self.gone, *self.changed, *self.fresh)}
