"""How rollups are made from observations: the statements, for some periods, for some KPIs, or for all at once.

First within each department (`kpis_own`), then up the tree (`kpis_rollup`). Whoever calls holds the locks of the KPIs.
"""

from django.db import connection

from departments.models.department import ANCESTRY
from kpis.periods import FIRST_DAY

CACHE = "PRAGMA cache_size = -65536"  # 64 MB; with SQLite's own 2 MB every page of a KPI's history is read many times
AT_ONCE = "SET LOCAL jit = off"  # to compile a statement takes longer than a drain
ROOM = f"{AT_ONCE}; SET LOCAL work_mem = '128MB'"  # with PostgreSQL's own 4 MB all groups are made on disk

# A session's own tables are never swept: what is deleted from one stays in the way of all that comes later.
EMPTY = {"postgresql": "TRUNCATE", "sqlite": "DELETE FROM"}

TEMPORARY = {
    "claimed": "kpi_id bigint, department_id bigint, date date",
    "touched": "kpi_id bigint, department_id bigint, grain varchar(7), period date, first_day date, last_day date",
    "touched_tree": "kpi_id bigint, department_id bigint, grain varchar(7), period date",
    "lineage": "department_id bigint, ancestor_id bigint, alone boolean",
}
# Kept in the order in which they are asked for, so that SQLite need not sort what it finds.
IN_ORDER = "PRIMARY KEY (grain, kpi_id, department_id, period)) WITHOUT ROWID"

# Alone is who has nobody below: what holds for it, holds for all of it.
LINEAGE = f"""
INSERT INTO lineage {ANCESTRY}
SELECT department_id, ancestor_id,
    NOT EXISTS (SELECT 1 FROM departments_department d WHERE d.parent_id = ancestor_id) FROM line
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

# Every period from a department's first date to its last; a week's month may begin six days after the week did.
ALL_TOUCHED = """
INSERT INTO touched
WITH series AS (
    SELECT kpi_id, department_id, MIN(date) AS first, date(MAX(date), '+6 days') AS last
    FROM kpis_observation o WHERE superseded_at IS NULL AND {mine} GROUP BY kpi_id, department_id
), days AS (
    SELECT * FROM kpis_calendar WHERE year BETWEEN
        (SELECT year FROM kpis_calendar WHERE day = (SELECT MIN(first) FROM series))
        AND (SELECT MAX(year) FROM kpis_calendar WHERE day <= (SELECT MAX(last) FROM series))
), spans AS (
    SELECT 'week' AS grain, NULL AS of_weeks, week AS period, MIN(day) AS first_day, MAX(day) AS last_day
    FROM days GROUP BY week
    UNION ALL SELECT 'month', 0, month, MIN(day), MAX(day) FROM days GROUP BY month
    UNION ALL SELECT 'month', 1, week_month, MIN(day), MAX(day) FROM days GROUP BY week_month
    UNION ALL SELECT 'quarter', NULL, quarter, quarter, MAX(day) FROM days GROUP BY quarter
    UNION ALL SELECT 'year', NULL, year, year, MAX(day) FROM days GROUP BY year
)
SELECT series.kpi_id, series.department_id, grain, period, first_day, last_day
FROM series JOIN kpis_kpi k ON k.id = series.kpi_id
JOIN spans ON first_day <= series.last AND last_day >= series.first
WHERE (grain <> 'week' OR k.recorded IN ('day', 'week')) AND (grain <> 'month' OR k.recorded <> 'quarter')
  AND (of_weeks IS NULL OR of_weeks = (k.recorded = 'week'))
ORDER BY grain, series.kpi_id, series.department_id, period
"""

SAME_ROW = "o.kpi_id = t.kpi_id AND o.department_id = t.department_id AND o.grain = t.grain AND o.period = t.period"

SUMS = "kpi_id, department_id, grain, period, n, sum, min, max, numerator, denominator, last_on, last"

# Of several values on the last day the greatest is the last; the array and the look-up say the same.
LAST = {
    "postgresql": "(MAX(ARRAY[{on} - DATE '1970-01-01', {value}]))[2] AS last",
    "sqlite": "NULL AS none",
}
FOUND_LAST = {
    "postgresql": "last",
    "sqlite": """CASE WHEN sum IS NOT NULL THEN (
        SELECT MAX(o.value) FROM kpis_observation o WHERE o.kpi_id = made.kpi_id
        AND o.department_id = made.department_id AND o.date = made.last_on AND o.superseded_at IS NULL) END""",
}

FROM_OBSERVATIONS = """
INSERT INTO {own} ({sums})
SELECT kpi_id, department_id, '{grain}', period, n, sum, min, max, numerator, denominator, last_on, {found_last}
FROM (
    SELECT {kpi}.kpi_id, {kpi}.department_id, {period} AS period, COUNT(*) AS n, SUM(o.value) AS sum,
        MIN(o.value) AS min, MAX(o.value) AS max, SUM(o.numerator) AS numerator, SUM(o.denominator) AS denominator,
        MAX(o.date) AS last_on, {last}
    FROM {source}
    WHERE o.superseded_at IS NULL AND {condition}
    GROUP BY 1, 2, 3
) made
"""

FROM_OWN = """
INSERT INTO {own} ({sums})
SELECT kpi_id, department_id, '{grain}', period, n, sum, min, max, numerator, denominator, last_on, {found_last}
FROM (
    SELECT {kpi}.kpi_id, {kpi}.department_id, {period} AS period, SUM(o.n) AS n, SUM(o.sum) AS sum,
        MIN(o.min) AS min, MAX(o.max) AS max, SUM(o.numerator) AS numerator, SUM(o.denominator) AS denominator,
        MAX(o.last_on) AS last_on, {last}
    FROM {source}
    WHERE o.grain = '{finer}' AND {condition}
    GROUP BY 1, 2, 3
) made
"""

# `amount` is what a KPI that is neither mean nor ratio comes to: each department's own result, combined.
BASIS = "CASE k.over_time WHEN 'sum' THEN o.sum WHEN 'last' THEN o.last WHEN 'min' THEN o.min WHEN 'max' THEN o.max END"

UP_THE_TREE = f"""
INSERT INTO {{rollup}} ({SUMS}, amount, reporting)
SELECT k.id, lineage.ancestor_id, o.grain, o.period,
    SUM(o.n), SUM(o.sum), MIN(o.min), MAX(o.max), SUM(o.numerator), SUM(o.denominator), MAX(o.last_on),
    CASE k.over_departments WHEN 'min' THEN MIN(o.last) WHEN 'max' THEN MAX(o.last) ELSE SUM(o.last) END,
    CASE k.over_departments WHEN 'min' THEN MIN({BASIS}) WHEN 'max' THEN MAX({BASIS}) ELSE SUM({BASIS}) END,
    COUNT(*)
FROM {{source}}
WHERE {{condition}}
GROUP BY k.id, lineage.ancestor_id, o.grain, o.period
"""
ADDS_UP = "(k.over_departments <> 'none' OR lineage.department_id = lineage.ancestor_id)"

AS_IT_IS = f"""
INSERT INTO {{rollup}} ({SUMS}, amount, reporting)
SELECT o.kpi_id, o.department_id, o.grain, o.period, o.n, o.sum, o.min, o.max, o.numerator, o.denominator, o.last_on,
    o.last, {BASIS}, 1
FROM {{own}} o JOIN kpis_kpi k ON k.id = o.kpi_id
JOIN lineage ON lineage.department_id = o.department_id AND lineage.ancestor_id = o.department_id
WHERE {{mine}} AND (lineage.alone OR k.over_departments = 'none')
"""

# A quarter may begin before the calendar does; the calendar's first day lies in it.
FIRST_DAY_OF_OWN = f"CASE WHEN o.period < '{FIRST_DAY}' THEN '{FIRST_DAY}' ELSE o.period END"

FINER = {"quarter": "month", "year": "quarter"}

KEY = "PRIMARY KEY (kpi_id, department_id, grain, period)"
OWN, ROLLUP = "kpis_own", "kpis_rollup"


def keys(numbers) -> str:
    return ", ".join(str(int(number)) for number in numbers)


def prepare(cursor):
    """Empty tables for this transaction."""
    statements = [AT_ONCE] if connection.vendor == "postgresql" else [CACHE]
    for table, columns in TEMPORARY.items():
        ordered = table == "touched" and connection.vendor == "sqlite"
        end = f", {IN_ORDER}" if ordered else ")"
        statements += [
            f"CREATE TEMPORARY TABLE IF NOT EXISTS {table} ({columns}{end}",
            f"{EMPTY[connection.vendor]} {table}",
        ]
    if connection.vendor == "postgresql":
        statements = [";".join(statements)]  # there each costs a way to the server
    for statement in statements:
        cursor.execute(statement)


def trace_lineage(cursor):
    """Who lies below whom. Read when the marks are gone: a move in between would lose its mark and not be seen."""
    cursor.execute(LINEAGE)


def remake_touched(cursor):
    """The periods that `claimed` touches, and no others."""
    analyse(cursor, "claimed")
    cursor.execute(TOUCHED)
    cursor.execute(
        "INSERT INTO touched_tree SELECT DISTINCT t.kpi_id, lineage.ancestor_id, t.grain, t.period"
        " FROM touched t JOIN lineage ON lineage.department_id = t.department_id"
    )
    analyse(cursor, "touched", "touched_tree")
    clear(cursor, OWN, "touched")
    clear(cursor, ROLLUP, "touched_tree")
    add_own_touched(cursor)
    cursor.execute(
        UP_THE_TREE.format(
            rollup=ROLLUP,
            source="touched_tree t CROSS JOIN lineage CROSS JOIN kpis_own o CROSS JOIN kpis_kpi k",
            condition="lineage.ancestor_id = t.department_id AND o.kpi_id = t.kpi_id AND k.id = t.kpi_id"
            f" AND o.department_id = lineage.department_id AND o.grain = t.grain AND o.period = t.period AND {ADDS_UP}",
        )
    )


def remake_whole(cursor, kpis: list[int]):
    """All periods of these KPIs."""
    for table in (OWN, ROLLUP):
        cursor.execute(f"DELETE FROM {table} WHERE kpi_id IN ({keys(kpis)})")
    mine = f"o.kpi_id IN ({keys(kpis)})"
    add_own(cursor, mine)
    add_tree(cursor, mine)


def add_own(cursor, mine: str, own: str = OWN):
    """Each department's periods of the KPIs for which this condition on `o` holds."""
    if connection.vendor == "postgresql":
        cursor.execute(ROOM)
        add_own_grouped(cursor, mine, own)
    else:
        cursor.execute("DELETE FROM touched")
        cursor.execute(ALL_TOUCHED.format(mine=mine))
        analyse(cursor, "touched")
        add_own_touched(cursor)


def add_tree(cursor, mine: str, own: str = OWN, rollup: str = ROLLUP):
    """Up the tree from there. Where nothing is below, or nothing adds up, it is what the department says."""
    if connection.vendor == "postgresql":
        cursor.execute(ROOM)
    cursor.execute(AS_IT_IS.format(own=own, rollup=rollup, mine=mine))
    cursor.execute(
        UP_THE_TREE.format(
            rollup=rollup,
            source=f"{own} o JOIN kpis_kpi k ON k.id = o.kpi_id JOIN lineage USING (department_id)",
            condition=f"{mine} AND NOT lineage.alone AND k.over_departments <> 'none'",
        )
    )


def from_observations(cursor, grain: str, **words):
    last = LAST[connection.vendor].format(on="o.date", value="o.value")
    found = FOUND_LAST[connection.vendor]
    cursor.execute(FROM_OBSERVATIONS.format(sums=SUMS, grain=grain, last=last, found_last=found, **words))


def from_own(cursor, grain: str, **words):
    last = LAST[connection.vendor].format(on="o.last_on", value="o.last")
    found = FOUND_LAST[connection.vendor]
    cursor.execute(FROM_OWN.format(sums=SUMS, grain=grain, finer=FINER[grain], last=last, found_last=found, **words))


def add_own_touched(cursor):
    """Each department's periods that stand in `touched`: on SQLite this is the quickest way to all periods, too."""
    words = {"own": OWN, "kpi": "t", "period": "t.period"}
    same = "o.kpi_id = t.kpi_id AND o.department_id = t.department_id AND t.grain = "
    for grain, only in (
        ("week", ""),
        ("month", ""),
        ("quarter", " AND t.kpi_id IN (SELECT id FROM kpis_kpi WHERE recorded = 'quarter')"),
    ):
        condition = f"{same}'{grain}' AND o.date BETWEEN t.first_day AND t.last_day{only}"
        from_observations(cursor, grain, source="touched t CROSS JOIN kpis_observation o", condition=condition, **words)
    for grain in FINER:
        condition = f"{same}'{grain}' AND o.period BETWEEN t.first_day AND t.last_day"
        from_own(cursor, grain, source="touched t CROSS JOIN kpis_own o", condition=condition, **words)


def add_own_grouped(cursor, mine: str, own: str):
    words = {"own": own, "kpi": "o"}
    days = "kpis_observation o JOIN kpis_kpi k ON k.id = o.kpi_id JOIN kpis_calendar c ON c.day = o.date"
    month = "CASE WHEN k.recorded = 'week' THEN c.week_month ELSE c.month END"
    for grain, period, recorded in (
        ("week", "c.week", "'day', 'week'"),
        ("month", month, "'day', 'week', 'month'"),
        ("quarter", "c.quarter", "'quarter'"),
    ):
        condition = f"{mine} AND k.recorded IN ({recorded})"
        from_observations(cursor, grain, period=period, source=days, condition=condition, **words)
    months = f"{own} o JOIN kpis_calendar c ON c.day = {FIRST_DAY_OF_OWN}"
    for grain in FINER:
        from_own(cursor, grain, period=f"c.{grain}", source=months, condition=mine, **words)


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
