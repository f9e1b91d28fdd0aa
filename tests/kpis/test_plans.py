"""No page and no drain walks through all observations or rollups, however many there come to be."""

import json
import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kpis.models import Kpi
from kpis.services.recording import Entry, record_observations, reverse_batch
from kpis.services.rollups import drain
from tests import make
from tests.clock import NOW

LARGE = "kpis_(?:observation|rollup|own)"
WEEK = date(2026, 11, 9)


@pytest.fixture
def history(creative, media):
    """Ten years of weeks of thirty KPIs, and a year of days of one: enough for planners to mean what they say."""
    entries = []
    for number in range(30):
        weekly = make.kpi(creative, media, code=f"jobs-{number}")
        entries += [
            Entry(weekly.pk, each.pk, WEEK - timedelta(weeks=n), value=Decimal(n))
            for each in (creative, media)
            for n in range(520)
        ]
    daily = make.kpi(creative, media, code="uptime", cadence="day", over_time="last")
    entries += [Entry(daily.pk, creative.pk, WEEK - timedelta(days=n), value=Decimal(n)) for n in range(365)]
    record_observations(entries, by=None, at=NOW, source="api")
    drain(now=NOW)
    if connection.vendor == "postgresql":  # where it is done now and then by itself
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return daily


def scans(queries) -> list[str]:
    """The statements among these that read a large table without a key."""
    asked = [query["sql"].strip() for query in queries]
    asked = [sql for sql in asked if re.match("(SELECT|INSERT|UPDATE|DELETE|WITH)", sql) and re.search(LARGE, sql)]
    with connection.cursor() as cursor:
        read = on_postgresql if connection.vendor == "postgresql" else on_sqlite
        return [f"{found}: {sql}" for sql in asked for found in read(cursor, sql)]


def on_sqlite(cursor, sql: str):
    names = {alias or name for name, alias in re.findall(rf'({LARGE})"?(?: (?:AS )?(?!SET|WHERE|ON|CROSS)(\w+))?', sql)}
    cursor.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name NOT REGEXP %s", [LARGE])
    others = {name for (name,) in cursor.fetchall()}
    cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
    for *_, step in cursor.fetchall():
        scan = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", step)
        if scan and scan[1] in names and scan[2] not in others:
            yield step


def on_postgresql(cursor, sql: str):
    cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
    (found,) = cursor.fetchone()
    yield from walked((found if isinstance(found, list) else json.loads(found))[0]["Plan"])


def walked(node, table=""):
    table, kind = node.get("Relation Name", table), node["Node Type"]
    keyless = kind == "Seq Scan" or ("Index" in kind and "Index Cond" not in node)
    if keyless and re.fullmatch(LARGE, table):
        yield f"{kind} on {table}"
    for below in node.get("Plans", []):
        yield from walked(below, table)


PAGES = [
    "/overview/", "/overview/?on=1999-01-01", "/overview/?on=2003-05-05",
    "/overview/table.csv", "/departments/creative/",
    "/departments/creative/?on=1999-01-01", "/departments/media/?grain=year", "/departments/creative/values/", "/kpis/",
    "/kpis/uptime/?grain=day&department=agency", "/kpis/uptime/?grain=week", "/kpis/jobs-0/?grain=quarter",
    "/kpis/jobs-0/table.csv", "/search/?q=jobs", "/api/v1/rollups/?kpi=jobs-0&department=agency&grain=month",
    "/api/v1/series/?kpi=uptime&department=creative&grain=day", "/api/v1/observations/?kpi=jobs-0",
]  # fmt: skip


def test_a_scan_is_recognised(db):
    blind = [
        {"sql": "SELECT sum FROM kpis_rollup WHERE n = 3"},
        {"sql": "DELETE FROM kpis_own WHERE n = 3"},
        {"sql": "SELECT 1 FROM kpis_kpi WHERE EXISTS (SELECT 1 FROM kpis_observation U0 WHERE U0.value = 3)"},
    ]
    assert len(scans(blind)) == 3


def test_every_page_finds_its_rows_by_a_key(client, coo, history):
    client.force_login(coo)
    with CaptureQueriesContext(connection) as asked:
        assert {page: client.get(page).status_code for page in PAGES} == dict.fromkeys(PAGES, 200)
    assert scans(asked) == []


def test_a_list_of_all_observations_is_read_in_its_order_and_not_sorted(client, coo, history):
    client.force_login(coo)
    with CaptureQueriesContext(connection) as asked:
        client.get("/api/v1/observations/")
    (sql,) = [q["sql"] for q in asked if 'ORDER BY "kpis_observation"."id" DESC' in q["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(f"{'EXPLAIN' if connection.vendor == 'postgresql' else 'EXPLAIN QUERY PLAN'} {sql}")
        plan = str(cursor.fetchall())
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan


def test_a_drain_of_a_few_changes_and_one_of_a_whole_kpi_find_their_rows_by_a_key(history, creative):
    changes = {
        "a few": lambda: make.observations(history, creative, {WEEK: 1000}),
        "all": lambda: Kpi.objects.filter(pk=history.pk).update(over_time="sum"),
    }
    for what, change in changes.items():
        change()
        with CaptureQueriesContext(connection) as asked:
            assert drain(now=NOW) == 1
        assert len(asked) > 15, what
        assert scans(asked) == [], what


KNOWN = {
    "postgresql": "SELECT reltuples FROM pg_class WHERE oid = %s::regclass",
    "sqlite": "SELECT MAX(CAST(stat AS integer)) FROM temp.sqlite_stat1 WHERE tbl = %s",  # its first number
}


def rows_and_what_the_planner_knows_of_them(table: str) -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {table}")
        (many,) = cursor.fetchone()
        cursor.execute(KNOWN[connection.vendor], [table])
        return many, cursor.fetchone()[0]


@pytest.mark.parametrize("table", ["claimed", "touched", "touched_tree"])
def test_the_planner_is_told_how_much_there_is_to_drain(history, creative, table):
    for days in (1, 5):
        make.observations(history, creative, {WEEK - timedelta(days=n): 1000 + days for n in range(days)})
        drain(now=NOW)
        many, known = rows_and_what_the_planner_knows_of_them(table)
        assert many == known >= days


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL groups a whole KPI, and lists no periods.")
def test_the_planner_is_told_how_many_periods_a_whole_kpi_has(history):
    Kpi.objects.filter(pk=history.pk).update(over_time="sum")
    drain(now=NOW)
    many, known = rows_and_what_the_planner_knows_of_them("touched")
    assert many == known > 50


def test_undoing_a_batch_looks_at_what_the_batch_touched_and_no_further(history, creative):
    batch = make.observations(history, creative, {WEEK: 1000}).batch
    with CaptureQueriesContext(connection) as asked:
        reverse_batch(batch, by=None, at=NOW)
    assert scans(asked) == []
