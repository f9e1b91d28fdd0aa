"""Whether totals are right: every rollup against a recomputation that shares nothing with the drain.

A KPI is read in one view of the database, marks included. A change and its mark are committed together, and a mark
goes together with the rollups that follow from it; so a KPI of which that view shows no mark has all its rollups
right, or wrong, whatever other workers do meanwhile. On PostgreSQL none of them is held up for it; on SQLite who
writes waits while one KPI is compared.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import BigIntegerField, ExpressionWrapper, F

from departments.models import Department
from kpis import recomputation
from kpis.models import CalendarDay, Kpi, Observation, OwnRollup, Rollup, RollupLock
from kpis.models.fields import from_micro
from kpis.recomputation import Sums, Total
from kpis.services.calendar import wrong_days
from kpis.services.rollups import drain

TRIES = 5
CHUNK = 5000
FIRST = 20  # so many differences of a KPI are logged
log = logging.getLogger(__name__)
PLAIN = {"n", "last_on", "reporting"}  # columns that are not in millionths


class Difference(NamedTuple):
    """A rollup, or a column of it, that is not what the observations say. `own` columns are without what lies below."""

    kpi: str
    department: str
    grain: str
    period: date
    column: str
    expected: object
    found: object

    def __str__(self):
        where = f"{self.kpi} {self.department} {self.grain} {self.period} {self.column}"
        return f"{where}: expected {self.expected}, found {self.found}"


class Comparison(NamedTuple):
    """How many rollups were compared, and where they differ."""

    compared: int
    differences: list[Difference]


def verified_longest_ago() -> list[int]:
    """Keys of all KPIs, those first that were never verified."""
    locks = RollupLock.objects.order_by(F("verified_at").asc(nulls_first=True), "kpi")
    return list(locks.values_list("kpi", flat=True))


def verify(kpi: int, *, now: datetime) -> Comparison | None:
    """Compare every rollup of a KPI, with all changes rolled up, and note the outcome on its lock.

    None where changes were still waiting after some tries: then nothing is said about the KPI, and nothing noted.
    Totals are left as they are. Safe to run twice, and beside drains.
    """
    for _ in range(TRIES):
        drain(now=now)
        with one_view():
            found = None if is_waiting(kpi) else compare(kpi)
        if found is not None:
            RollupLock.objects.filter(kpi=kpi).update(verified_at=now, differences=len(found.differences))
            return found
        wait_for_others(kpi)
    return None


def verify_in_turn(*, clock: Callable[[], datetime], for_at_most: timedelta) -> int:
    """Verify the calendar, and then KPIs until the time is up, those first that were verified longest ago; how many.

    What differs is logged as an error and noted on the KPI's lock, and left as it is: somebody should know why.
    """
    until, verified = clock() + for_at_most, 0
    report("the calendar", wrong_days())
    for kpi in verified_longest_ago():
        if clock() >= until:
            break
        if found := verify(kpi, now=clock()):
            report(f"KPI {kpi}", found.differences)
            verified += 1
    return verified


def report(what: str, differences: list):
    if differences:
        log.error("%s: %d differences, the first: %s", what, len(differences), "; ".join(map(str, differences[:FIRST])))


def repair(kpi: int, *, now: datetime) -> Comparison | None:
    """Have the drain make the KPI anew from its observations, and compare once more."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO kpis_mark (kpi_id) VALUES (%s)", [kpi])
    return verify(kpi, now=now)


@contextmanager
def one_view() -> Iterator[None]:
    """What is read inside was true at one moment, and is not written. Inside a transaction: at that transaction's."""
    first = not connection.in_atomic_block
    with transaction.atomic():
        if first and connection.vendor == "postgresql":  # on SQLite every transaction is like that
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                cursor.execute("LOCK TABLE kpis_own, kpis_rollup IN ACCESS SHARE MODE")  # a rebuild exchanges them
        yield


def is_waiting(kpi: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM kpis_mark WHERE kpi_id = %s LIMIT 1", [kpi])
        return cursor.fetchone() is not None


@transaction.atomic
def wait_for_others(kpi: int):
    """Until the worker that holds the KPI is through with it."""
    list(RollupLock.objects.select_for_update(no_key=True).filter(kpi=kpi))


def compare(key: int) -> Comparison:
    """A KPI's rollups as they stand against those that its observations ask for, both ways; none where it is gone."""
    kpi = Kpi.objects.filter(pk=key).first()
    if kpi is None:
        return Comparison(0, [])
    compared, differences, slugs = 0, [], dict(Department.objects.values_list("pk", "slug"))
    alone, with_below = recomputed(kpi)
    for model, row, expected, whose in ((OwnRollup, Sums, alone, "own "), (Rollup, Total, with_below, "")):
        for (department, *period), want, got in pairs(expected, stored(model, row, kpi)):
            compared += 1
            for column, *values in unlike(want, got):
                differences.append(Difference(kpi.code, slugs[department], *period, f"{whose}{column}", *values))
    return Comparison(compared, sorted(differences, key=lambda each: each[1:5]))


def recomputed(kpi: Kpi) -> tuple[dict, dict]:
    """What each department comes to alone, and with all below it, from the current observations."""
    numbers = map(millionths, ("value", "numerator", "denominator"))
    current = Observation.objects.current().filter(kpi=kpi).values_list("department", "date", *numbers)
    calendar = CalendarDay.objects.calendar()
    parents = dict(Department.objects.values_list("pk", "parent"))
    alone = recomputation.own(current.iterator(CHUNK), recorded=kpi.recorded, calendar=calendar)
    rules = {"over_time": kpi.over_time, "over_departments": kpi.over_departments}
    return alone, recomputation.tree(alone, **rules, parents=parents)


def millionths(name: str) -> ExpressionWrapper:
    """A column's whole number as it is stored."""
    return ExpressionWrapper(F(name), output_field=BigIntegerField())


def stored(model, row: type[tuple], kpi: Kpi) -> Iterator[tuple]:
    """(key, row) of each rollup that stands."""
    columns = [name if name in PLAIN else millionths(name) for name in row._fields]
    found = model.objects.filter(kpi=kpi).values_list("department", "grain", "period", *columns)
    for department, grain, period, *values in found.iterator(CHUNK):
        yield (department, grain, period), row(*values)


def pairs(expected: dict, found: Iterable[tuple]) -> Iterator[tuple]:
    """(key, expected, found), None for what is not there; empties `expected`."""
    for key, row in found:
        yield key, expected.pop(key, None), row
    for key, row in expected.items():
        yield key, row, None


def unlike(want, got) -> Iterator[tuple]:
    """(column, expected, found) of all that differs between two rows."""
    if want is None or got is None:
        yield "rollup", *("none" if row is None else f"one of {row.n} values" for row in (want, got))
        return
    for column, expected, found in zip(want._fields, want, got, strict=True):
        if expected != found:
            yield column, in_units(column, expected), in_units(column, found)


def in_units(column: str, number):
    return number if column in PLAIN or number is None else f"{from_micro(number).normalize():f}"
