"""The drain: makes rollups follow observations. `docs/algorithms/rollups.md` tells it in prose.

Marks say what changed. One transaction takes the locks of some KPIs, then removes their marks, then makes
the touched periods anew from the observations: first within each department (`kpis_own`), then up the tree
(`kpis_rollup`). Nothing is ever added to a total, so a crash or a second run changes nothing.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db import connection, transaction

from departments.models.department import ANCESTRY
from kpis.models import RollupLock

KPIS_AT_ONCE = 20
FEW = 200  # marks of a KPI up to which its periods are always made one by one
WHOLESALE_SHARE = 33  # from one mark in so many observations on, the whole KPI is made anew

TEMPORARY = """
CREATE TEMPORARY TABLE IF NOT EXISTS claimed (kpi_id bigint, department_id bigint, date date);
CREATE TEMPORARY TABLE IF NOT EXISTS touched
    (kpi_id bigint, department_id bigint, grain varchar(7), period date, first_day date, last_day date);
CREATE TEMPORARY TABLE IF NOT EXISTS touched_tree
    (kpi_id bigint, department_id bigint, grain varchar(7), period date);
CREATE TEMPORARY TABLE IF NOT EXISTS lineage (department_id bigint, ancestor_id bigint)
"""

# A week's month is that of its Thursday, and its quarter and year are those of that month.
TOUCHED = """
INSERT INTO touched
SELECT kpi_id, department_id, grain, period,
    CASE WHEN recorded = 'week' AND grain = 'month' THEN (SELECT MIN(day) FROM kpis_calendar WHERE week_month = period)
         ELSE period END,
    CASE WHEN recorded = 'week' AND grain = 'month' THEN (SELECT MAX(day) FROM kpis_calendar WHERE week_month = period)
         WHEN grain = 'week' THEN (SELECT MAX(day) FROM kpis_calendar WHERE week = period)
         WHEN grain = 'month' THEN (SELECT MAX(day) FROM kpis_calendar WHERE month = period)
         WHEN grain = 'quarter' THEN (SELECT MAX(day) FROM kpis_calendar WHERE quarter = period)
         ELSE (SELECT MAX(day) FROM kpis_calendar WHERE year = period) END
FROM (
    SELECT DISTINCT claimed.kpi_id, claimed.department_id, k.recorded, g.grain,
        CASE g.grain WHEN 'week' THEN c.week WHEN 'month' THEN m.month WHEN 'quarter' THEN m.quarter ELSE m.year END
            AS period
    FROM claimed
    JOIN kpis_kpi k ON k.id = claimed.kpi_id
    JOIN kpis_calendar c ON c.day = claimed.date
    JOIN kpis_calendar m ON m.day = CASE WHEN k.recorded = 'week' THEN c.week_month ELSE c.month END
    CROSS JOIN (SELECT 'week' AS grain UNION ALL SELECT 'month' UNION ALL SELECT 'quarter' UNION ALL SELECT 'year') g
    WHERE (g.grain <> 'week' OR k.recorded IN ('day', 'week')) AND (g.grain <> 'month' OR k.recorded <> 'quarter')
) periods
"""

SAME_ROW = "o.kpi_id = t.kpi_id AND o.department_id = t.department_id AND o.grain = t.grain AND o.period = t.period"

SUMS = "kpi_id, department_id, grain, period, n, sum, min, max, numerator, denominator, last_on, last"

# Of several values on the last day the greatest is the last; the array and the look-up say the same.
LAST_OF_OBSERVATIONS = {
    "postgresql": "(MAX(ARRAY[o.date - DATE '1970-01-01', o.value]))[2]",
    "sqlite": "NULL",
}
LAST_OF_OWN = {
    "postgresql": "(MAX(ARRAY[o.last_on - DATE '1970-01-01', o.last]))[2]",
    "sqlite": "NULL",
}
FILL_LAST = """
UPDATE kpis_own SET last = (
    SELECT MAX(o.value) FROM kpis_observation o
    WHERE o.kpi_id = kpis_own.kpi_id AND o.department_id = kpis_own.department_id
      AND o.date = kpis_own.last_on AND o.superseded_at IS NULL)
WHERE {which} AND sum IS NOT NULL
"""

FROM_OBSERVATIONS = """
INSERT INTO kpis_own ({sums})
SELECT o.kpi_id, o.department_id, '{grain}', {period},
    COUNT(*), SUM(o.value), MIN(o.value), MAX(o.value), SUM(o.numerator), SUM(o.denominator), MAX(o.date), {last}
FROM {source}
WHERE o.superseded_at IS NULL AND {condition}
GROUP BY 1, 2, 4
"""

FROM_OWN = """
INSERT INTO kpis_own ({sums})
SELECT o.kpi_id, o.department_id, '{grain}', {period},
    SUM(o.n), SUM(o.sum), MIN(o.min), MAX(o.max), SUM(o.numerator), SUM(o.denominator), MAX(o.last_on), {last}
FROM {source}
WHERE o.grain = '{finer}' AND {condition}
GROUP BY 1, 2, 4
"""

# `amount` is what a KPI that is neither mean nor ratio comes to: each department's own result, combined.
BASIS = "CASE k.over_time WHEN 'sum' THEN o.sum WHEN 'last' THEN o.last WHEN 'min' THEN o.min WHEN 'max' THEN o.max END"

UP_THE_TREE = f"""
INSERT INTO kpis_rollup ({SUMS}, amount, reporting)
SELECT o.kpi_id, lineage.ancestor_id, o.grain, o.period,
    SUM(o.n), SUM(o.sum), MIN(o.min), MAX(o.max), SUM(o.numerator), SUM(o.denominator), MAX(o.last_on),
    CASE k.over_departments WHEN 'min' THEN MIN(o.last) WHEN 'max' THEN MAX(o.last) ELSE SUM(o.last) END,
    CASE k.over_departments WHEN 'min' THEN MIN({BASIS}) WHEN 'max' THEN MAX({BASIS}) ELSE SUM({BASIS}) END,
    COUNT(*)
FROM {{source}}
WHERE {{condition}} AND (k.over_departments <> 'none' OR lineage.department_id = lineage.ancestor_id)
GROUP BY o.kpi_id, lineage.ancestor_id, o.grain, o.period, k.over_departments
"""

FINER = {"quarter": "month", "year": "quarter"}


@dataclass
class Claim:
    """What one transaction took upon itself: some KPIs in part, some whole."""

    kpis: list[int]
    whole: list[int] = field(default_factory=list)
    in_part: bool = False


def drain(*, now: datetime, at_most: int | None = None) -> int:
    """Bring the rollups up to date with all marks that nobody else is working on; how many KPIs were.

    Safe to run twice, or many at once: a KPI is one worker's until its transaction ends.
    """
    done = 0
    while (at_most is None or done < at_most) and oldest_mark():
        drained = drain_some(now=now)
        if not drained:
            break
        done += len(drained)
    return done


def rebuild(*, now: datetime) -> int:
    """Make every rollup anew from the observations."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO kpis_mark (kpi_id) SELECT kpi_id FROM kpis_lock")
    return drain(now=now)


@transaction.atomic
def drain_some(*, now: datetime) -> list[int]:
    with connection.cursor() as cursor:
        kpis = lock_some(cursor)
        if not kpis:
            return []
        make_temporary_tables(cursor)
        claim = take_marks(cursor, kpis)
        if claim.in_part:
            remake_touched(cursor)
        if claim.whole:
            remake_whole(cursor, claim.whole)
        bump = f"UPDATE kpis_lock SET version = version + 1, drained_at = %s WHERE kpi_id IN ({keys(kpis)})"
        cursor.execute(bump, [connection.ops.adapt_datetimefield_value(now)])
    return kpis


def keys(numbers) -> str:
    return ", ".join(str(int(number)) for number in numbers)


def lock_some(cursor) -> list[int]:
    """Locks first, marks afterwards and in a statement of its own: a snapshot older than the lock would be stale."""
    marked = "SELECT kpi_id FROM kpis_lock WHERE kpi_id IN (SELECT DISTINCT kpi_id FROM kpis_mark) ORDER BY kpi_id"
    suffix = " FOR NO KEY UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    cursor.execute(f"{marked} LIMIT {KPIS_AT_ONCE}{suffix}")
    return [number for (number,) in cursor.fetchall()]


def make_temporary_tables(cursor):
    for statement in TEMPORARY.split(";"):
        cursor.execute(statement)
    for table in ("claimed", "touched", "touched_tree", "lineage"):
        cursor.execute(f"DELETE FROM {table}")
    cursor.execute(f"INSERT INTO lineage {ANCESTRY} SELECT department_id, ancestor_id FROM line")


def take_marks(cursor, kpis: list[int]) -> Claim:
    """Move these KPIs' marks into `claimed`; afterwards it holds only those whose periods are made one by one."""
    mine = f"kpi_id IN ({keys(kpis)})"
    if connection.vendor == "postgresql":
        cursor.execute(
            f"WITH gone AS (DELETE FROM kpis_mark WHERE {mine} RETURNING kpi_id, department_id, date)"
            " INSERT INTO claimed SELECT DISTINCT kpi_id, department_id, date FROM gone"
        )
    else:  # BEGIN IMMEDIATE: nobody else writes between these two
        cursor.execute(f"INSERT INTO claimed SELECT DISTINCT kpi_id, department_id, date FROM kpis_mark WHERE {mine}")
        cursor.execute(f"DELETE FROM kpis_mark WHERE {mine}")
    cursor.execute("SELECT kpi_id, COUNT(*), COUNT(department_id) FROM claimed GROUP BY kpi_id")
    claim = Claim(kpis)
    for kpi, marks, placed in cursor.fetchall():
        if placed < marks or (marks > FEW and marks * WHOLESALE_SHARE > observations_of(cursor, kpi)):
            claim.whole.append(kpi)
        else:
            claim.in_part = True
    if claim.whole:
        cursor.execute(f"DELETE FROM claimed WHERE kpi_id IN ({keys(claim.whole)})")
    return claim


def observations_of(cursor, kpi: int) -> int:
    cursor.execute("SELECT COUNT(*) FROM kpis_observation WHERE kpi_id = %s AND superseded_at IS NULL", [kpi])
    return cursor.fetchone()[0]


def remake_touched(cursor):
    cursor.execute(TOUCHED)
    cursor.execute(
        "INSERT INTO touched_tree SELECT DISTINCT t.kpi_id, lineage.ancestor_id, t.grain, t.period"
        " FROM touched t JOIN lineage ON lineage.department_id = t.department_id"
    )
    analyse(cursor, "touched", "touched_tree")
    clear(cursor, "kpis_own", "touched")
    clear(cursor, "kpis_rollup", "touched_tree")
    vendor = connection.vendor
    same = "o.kpi_id = t.kpi_id AND o.department_id = t.department_id AND t.grain = '{grain}'"
    for grain, recorded in (("week", None), ("month", None), ("quarter", "quarter")):
        only = f" AND t.kpi_id IN (SELECT id FROM kpis_kpi WHERE recorded = '{recorded}')" if recorded else ""
        cursor.execute(
            FROM_OBSERVATIONS.format(
                sums=SUMS,
                grain=grain,
                period="t.period",
                last=LAST_OF_OBSERVATIONS[vendor],
                source="touched t CROSS JOIN kpis_observation o",
                condition=same.format(grain=grain) + " AND o.date BETWEEN t.first_day AND t.last_day" + only,
            )
        )
    for grain, finer in FINER.items():
        cursor.execute(
            FROM_OWN.format(
                sums=SUMS,
                grain=grain,
                period="t.period",
                last=LAST_OF_OWN[vendor],
                finer=finer,
                source="touched t CROSS JOIN kpis_own o",
                condition=same.format(grain=grain) + " AND o.period BETWEEN t.first_day AND t.last_day",
            )
        )
    if vendor == "sqlite":
        cursor.execute(
            FILL_LAST.format(which=f"rowid IN (SELECT o.rowid FROM touched t CROSS JOIN kpis_own o ON {SAME_ROW})")
        )
    cursor.execute(
        UP_THE_TREE.format(
            source="touched_tree t CROSS JOIN lineage CROSS JOIN kpis_own o CROSS JOIN kpis_kpi k",
            condition="lineage.ancestor_id = t.department_id AND o.kpi_id = t.kpi_id AND k.id = t.kpi_id"
            " AND o.department_id = lineage.department_id AND o.grain = t.grain AND o.period = t.period",
        )
    )


def remake_whole(cursor, kpis: list[int]):
    vendor, mine = connection.vendor, f"o.kpi_id IN ({keys(kpis)})"
    for table in ("kpis_own", "kpis_rollup"):
        cursor.execute(f"DELETE FROM {table} WHERE kpi_id IN ({keys(kpis)})")
    days = "kpis_observation o JOIN kpis_kpi k ON k.id = o.kpi_id JOIN kpis_calendar c ON c.day = o.date"
    month = "CASE WHEN k.recorded = 'week' THEN c.week_month ELSE c.month END"
    for grain, period, recorded in (
        ("week", "c.week", "'day', 'week'"),
        ("month", month, "'day', 'week', 'month'"),
        ("quarter", "c.quarter", "'quarter'"),
    ):
        cursor.execute(
            FROM_OBSERVATIONS.format(
                sums=SUMS,
                grain=grain,
                period=period,
                last=LAST_OF_OBSERVATIONS[vendor],
                source=days,
                condition=f"{mine} AND k.recorded IN ({recorded})",
            )
        )
    for grain, finer in FINER.items():
        cursor.execute(
            FROM_OWN.format(
                sums=SUMS,
                grain=grain,
                period=f"c.{grain}",
                last=LAST_OF_OWN[vendor],
                finer=finer,
                source="kpis_own o JOIN kpis_calendar c ON c.day = o.period",
                condition=mine,
            )
        )
    if vendor == "sqlite":
        cursor.execute(FILL_LAST.format(which=f"kpi_id IN ({keys(kpis)})"))
    cursor.execute(
        UP_THE_TREE.format(
            source="kpis_own o JOIN kpis_kpi k ON k.id = o.kpi_id JOIN lineage USING (department_id)",
            condition=mine,
        )
    )


def clear(cursor, table: str, claim: str):
    """Remove the rows that are about to be made anew; what became empty stays away."""
    if connection.vendor == "postgresql":
        cursor.execute(f"DELETE FROM {table} o USING {claim} t WHERE {SAME_ROW}")
    else:
        found = f"SELECT o.rowid FROM {claim} t CROSS JOIN {table} o ON {SAME_ROW}"
        cursor.execute(f"DELETE FROM {table} WHERE rowid IN ({found})")


def analyse(cursor, *tables: str):
    """Without statistics SQLite takes a temporary table for a million rows, and PostgreSQL for a handful."""
    for table in tables:
        cursor.execute(f"ANALYZE {'temp.' if connection.vendor == 'sqlite' else ''}{table}")


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
