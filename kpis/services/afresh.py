"""All rollups at once: on PostgreSQL in fresh tables beside those that are read, which then take their place.

Rows go in without keys and keys are made afterwards, in half the time that rows take which find their place in a key.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from django.db import connection, transaction

from kpis.services.remaking import OWN, ROLLUP, add_own, add_tree, prepare, trace_lineage

FRESH = {OWN: f"{OWN}_fresh", ROLLUP: f"{ROLLUP}_fresh"}
PATIENCE = "10s"  # for readers to end, when the tables change places: everybody who comes later waits as long

# Who may read the old table may read the new one.
GRANTS = """
DO $$ DECLARE given record; BEGIN
    FOR given IN SELECT a.grantee, a.privilege_type FROM pg_class, aclexplode(relacl) a
        WHERE oid = '{table}'::regclass AND a.grantee <> relowner
    LOOP
        EXECUTE format('GRANT %s ON {fresh} TO %s', given.privilege_type,
            CASE given.grantee WHEN 0 THEN 'PUBLIC' ELSE given.grantee::regrole::text END);
    END LOOP;
END $$
"""


def remake_all(cursor, kpis: list[int], *, sessions: int = 1):
    """The rollups of all KPIs, which the caller has locked; readers see the old ones until the transaction ends.

    With several sessions each makes those of some KPIs. They commit before this transaction does, but only into the
    fresh tables; if it fails, they are dropped.
    """
    if connection.vendor == "postgresql":
        remake_beside(cursor, kpis, sessions)
        return
    prepare(cursor)
    trace_lineage(cursor)
    for table in (OWN, ROLLUP):
        cursor.execute(f"DELETE FROM {table}")
    add_own(cursor, "TRUE")
    add_tree(cursor, "TRUE")


def remake_beside(cursor, kpis: list[int], sessions: int):
    cursor.execute(f"LOCK TABLE {OWN}, {ROLLUP} IN EXCLUSIVE MODE")  # also a KPI defined since has to wait
    run = partial(one_by_one, cursor) if sessions == 1 else side_by_side
    own, rollup = FRESH.values()
    shares = list(split(kpis, sessions))
    try:
        run([make_tables])
        run([partial(add_own, mine=mine, own=own) for mine in shares])
        run([lambda cursor: cursor.execute(f"ANALYZE {own}")])
        run([partial(add_fresh_tree, mine=mine) for mine in shares])
        run([partial(add_key, table=fresh) for fresh in FRESH.values()])
        take_places(cursor)
    except Exception:
        if sessions > 1:
            run([drop_tables])
        raise


def one_by_one(cursor, work: list[Callable]):
    for each in work:
        each(cursor)


def side_by_side(work: list[Callable]):
    """Each in a thread with a connection and a transaction of its own."""

    def run(each: Callable):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                each(cursor)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(work)) as pool:
        list(pool.map(run, work))


def split(kpis: list[int], many: int) -> Iterator[str]:
    """Conditions that each hold for as many KPIs, and together for all that there are."""
    bounds = [kpis[len(kpis) * n // many] for n in range(1, many)] if len(kpis) >= many else []
    for low, high in zip([None, *bounds], [*bounds, None], strict=True):
        ends = [f"o.kpi_id >= {low}" if low else "", f"o.kpi_id < {high}" if high else ""]
        yield " AND ".join(filter(None, ends)) or "TRUE"


def make_tables(cursor):
    drop_tables(cursor)
    for table, fresh in FRESH.items():
        cursor.execute(f"CREATE TABLE {fresh} (LIKE {table})")


def drop_tables(cursor):
    cursor.execute(f"DROP TABLE IF EXISTS {', '.join(FRESH.values())}")


def add_fresh_tree(cursor, mine: str):
    prepare(cursor)
    trace_lineage(cursor)
    add_tree(cursor, mine, *FRESH.values())


def add_key(cursor, table: str):
    cursor.execute(f"ALTER TABLE {table} ADD PRIMARY KEY (kpi_id, department_id, grain, period)")
    cursor.execute(f"ANALYZE {table}")


def take_places(cursor):
    cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
    for table, fresh in FRESH.items():
        cursor.execute(GRANTS.format(table=table, fresh=fresh))
        cursor.execute(f"DROP TABLE {table}")
        cursor.execute(f"ALTER TABLE {fresh} RENAME TO {table}")
        cursor.execute(f"ALTER INDEX {fresh}_pkey RENAME TO {table}_pkey")
    cursor.execute("SET LOCAL lock_timeout = DEFAULT")
