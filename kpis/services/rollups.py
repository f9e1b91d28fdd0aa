"""The drain: makes rollups follow observations. `docs/algorithms/rollups.md` tells it in prose.

Marks say what changed. One transaction takes the locks of some KPIs, then removes their marks, then makes
the touched periods anew from the observations: first within each department (`kpis_own`), then up the tree
(`kpis_rollup`). Nothing is ever added to a total, so a crash or a second run changes nothing.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic, sleep

from django.db import DataError, OperationalError, connection, transaction

from kpis.models import RollupLock
from kpis.services.afresh import remake_all
from kpis.services.remaking import keys, prepare, remake_touched, remake_whole, trace_lineage

log = logging.getLogger(__name__)

KPIS_AT_ONCE = {"postgresql": 20, "sqlite": 1}  # SQLite lets one write at a time, and others want to
# Seconds until a gentle drain lets others write on SQLite, and for how long: who waits looks every 100 ms at last.
BITE, BREATH = 0.05, 0.1
FEW = 5  # marks of a KPI up to which its periods are always made one by one
WHOLESALE_SHARE = 66  # from one mark in so many observations on, the whole KPI is made anew

# How long the oldest mark has waited, in seconds by the database's clock, which also dated it.
WAITED = {
    "postgresql": "EXTRACT(EPOCH FROM clock_timestamp() - MIN(marked_at))",
    "sqlite": "(julianday('now') - julianday(MIN(marked_at))) * 86400",
}
BUMP = """
UPDATE kpis_lock SET version = version + 1, drained_at = %s, trouble = '',
    waited = (SELECT {waited} FROM kpis_mark WHERE kpis_mark.kpi_id = kpis_lock.kpi_id)
WHERE kpi_id IN ({kpis})
"""


@dataclass
class Claim:
    """What one transaction took upon itself: some KPIs in part, some whole."""

    kpis: list[int]
    whole: list[int] = field(default_factory=list)
    in_part: bool = False


class OutOfRange(Exception):
    """What one of these KPIs adds up to is more than the database can hold."""

    def __init__(self, kpis: list[int]):
        self.kpis = kpis


def drain(*, now: datetime, at_most: int | None = None, gently: bool = False) -> int:
    """Bring the rollups up to date with all marks that nobody else is working on; how many KPIs were.

    Safe to run twice, or many at once: a KPI is one worker's until its transaction ends. A KPI that cannot be added
    up keeps its marks and its old rollups, its lock says why, and all others are drained. `gently` leaves time for
    others to write, on SQLite.
    """
    done, left, at_once, began = 0, set(), None, monotonic()
    while (at_most is None or done < at_most) and anything_marked():
        try:
            drained = drain_some(now=now, at_once=at_once, but=left)
        except OutOfRange as error:
            if len(error.kpis) == 1:
                left.update(error.kpis)
                keep_trouble(error)
            at_once = 1  # which of them it was shows when each is on its own
            continue
        if not drained:
            break
        done += len(drained)
        if gently and connection.vendor == "sqlite" and monotonic() - began > BITE:
            sleep(BREATH)
            began = monotonic()
    return done


def rebuild(*, now: datetime, sessions: int = 1) -> int:
    """Make every rollup anew from the observations, all at once; how many KPIs. Twice gives the same.

    Waits for whoever works on a KPI; until it ends readers see what was there before. Where it cannot be done at
    once (a sum is out of range, a reader does not end), KPIs are done one batch after the other. PostgreSQL can work
    in several sessions; then the caller must not be in a transaction.
    """
    try:
        with transaction.atomic(durable=sessions > 1), connection.cursor() as cursor:
            kpis = lock_all(cursor)
            if kpis:
                bump(cursor, kpis, now)
                cursor.execute(f"DELETE FROM kpis_mark WHERE kpi_id IN ({keys(kpis)})")
                remake_all(cursor, kpis, sessions=sessions)
        return len(kpis)
    except (DataError, OperationalError) as error:
        log.warning("rollups are not rebuilt at once, but KPI by KPI: %s", error)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO kpis_mark (kpi_id) SELECT kpi_id FROM kpis_lock")
    return drain(now=now)


@transaction.atomic
def drain_some(*, now: datetime, at_once: int | None = None, but: Collection[int] = ()) -> list[int]:
    with connection.cursor() as cursor:
        kpis = lock_some(cursor, at_once or KPIS_AT_ONCE[connection.vendor], but)
        if not kpis:
            return []
        bump(cursor, kpis, now)
        try:
            remake(cursor, kpis)
        except (DataError, OperationalError) as error:
            if isinstance(error, DataError) or "integer overflow" in str(error):
                raise OutOfRange(kpis) from error
            raise
    return kpis


def remake(cursor, kpis: list[int]):
    prepare(cursor)
    claim = take_marks(cursor, kpis)
    trace_lineage(cursor)
    if claim.in_part:
        remake_touched(cursor)
    if claim.whole:
        remake_whole(cursor, claim.whole)


def bump(cursor, kpis: list[int], now: datetime):
    """While the marks are still there: they say how long they waited."""
    statement = BUMP.format(waited=WAITED[connection.vendor], kpis=keys(kpis))
    cursor.execute(statement, [connection.ops.adapt_datetimefield_value(now)])


def keep_trouble(error: OutOfRange):
    """Said once, until it is something else or over."""
    kpi, why = error.kpis[0], str(error.__cause__).strip().split("\n")[0][:200]
    marked = RollupLock.objects.filter(kpi=kpi).exclude(trouble=why)
    if marked.update(trouble=why):
        log.error("KPI %s could not be rolled up: %s", kpi, why)


def lock_some(cursor, at_once: int, but: Collection[int]) -> list[int]:
    """Locks first, marks afterwards and in a statement of its own: a snapshot older than the lock would be stale.

    Whatever rollups are made from, the tree of departments too, is read when the marks are gone, for the same reason.
    KPIs come in turn, so that one which always changes keeps none waiting; those in trouble last and alone.
    """
    # One mark of each is looked for: a burst leaves hundreds of thousands, which would be read for every batch.
    marked = "SELECT kpi_id FROM kpis_lock l WHERE (SELECT 1 FROM kpis_mark m WHERE m.kpi_id = l.kpi_id LIMIT 1) = 1"
    if but:
        marked += f" AND kpi_id NOT IN ({keys(but)})"
    suffix = " FOR NO KEY UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    order = "ORDER BY drained_at IS NOT NULL, drained_at, kpi_id"
    for trouble, limit in (("=", at_once), ("<>", 1)):
        cursor.execute(f"{marked} AND trouble {trouble} '' {order} LIMIT {limit}{suffix}")
        if found := cursor.fetchall():
            return [number for (number,) in found]
    return []


def lock_all(cursor) -> list[int]:
    suffix = " FOR NO KEY UPDATE" if connection.vendor == "postgresql" else ""
    cursor.execute(f"SELECT kpi_id FROM kpis_lock ORDER BY kpi_id{suffix}")
    return [number for (number,) in cursor.fetchall()]


def take_marks(cursor, kpis: list[int]) -> Claim:
    """Remove these KPIs' marks; into `claimed` go those whose periods are made one by one."""
    mine = f"kpi_id IN ({keys(kpis)})"
    cursor.execute(
        f"SELECT kpi_id, COUNT(*) / 2, COUNT(*) - COUNT(department_id) FROM kpis_mark WHERE {mine} GROUP BY 1"
    )
    claim = Claim(kpis, to_be_made_anew(cursor, cursor.fetchall()))  # a correction leaves two marks
    if claim.whole:
        cursor.execute(f"DELETE FROM kpis_mark WHERE kpi_id IN ({keys(claim.whole)})")
    if rest := set(kpis).difference(claim.whole):
        claim_some(cursor, claim, f"kpi_id IN ({keys(rest)})")
    return claim


def claim_some(cursor, claim: Claim, mine: str):
    if connection.vendor == "postgresql":
        cursor.execute(
            f"WITH gone AS (DELETE FROM kpis_mark WHERE {mine} RETURNING kpi_id, department_id, date)"
            " INSERT INTO claimed SELECT DISTINCT kpi_id, department_id, date FROM gone"
        )
    else:  # BEGIN IMMEDIATE: nobody else writes between these two
        cursor.execute(f"INSERT INTO claimed SELECT DISTINCT kpi_id, department_id, date FROM kpis_mark WHERE {mine}")
        cursor.execute(f"DELETE FROM kpis_mark WHERE {mine}")
    cursor.execute("SELECT kpi_id, COUNT(*), COUNT(*) - COUNT(department_id) FROM claimed GROUP BY kpi_id")
    counted = cursor.fetchall()
    if whole := to_be_made_anew(cursor, counted):
        cursor.execute(f"DELETE FROM claimed WHERE kpi_id IN ({keys(whole)})")
    claim.whole += whole
    claim.in_part = len(counted) > len(whole)


def to_be_made_anew(cursor, counted: list[tuple[int, int, int]]) -> list[int]:
    """Of KPIs with so many marks, and so many that mean all of it, those that take less time whole than in part.

    Observations are not counted for it: as many as were rolled up last is near enough.
    """
    many = {kpi: marks for kpi, marks, _ in counted if marks > FEW}
    if many:
        asked = f"SELECT kpi_id, SUM(n) FROM kpis_own WHERE kpi_id IN ({keys(many)}) AND grain = 'year' GROUP BY kpi_id"
        cursor.execute(asked)
        known = dict(cursor.fetchall())
        many = {kpi for kpi, marks in many.items() if marks * WHOLESALE_SHARE > known.get(kpi, 0)}
    return [kpi for kpi, _, all_of_it in counted if all_of_it or kpi in many]


def anything_marked() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM kpis_mark LIMIT 1")
        return cursor.fetchone() is not None


def oldest_mark() -> datetime | None:
    """When the oldest change that is not rolled up yet was made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT MIN(marked_at) FROM kpis_mark")
        (moment,) = cursor.fetchone()
    return datetime.fromisoformat(moment).replace(tzinfo=UTC) if isinstance(moment, str) else moment


def last_drained() -> datetime | None:
    return (
        RollupLock.objects.exclude(drained_at=None).order_by("-drained_at").values_list("drained_at", flat=True).first()
    )
