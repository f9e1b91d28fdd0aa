import random
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from threading import Event, Thread
from time import monotonic

import pytest
from django.db import connection
from django.db.models import Count, Sum
from django.test.utils import CaptureQueriesContext

from departments.models import Department
from kpis.models import Batch, Kpi, Observation, Rollup, RollupLock
from kpis.numbers import LIMIT
from kpis.periods import FIRST_DAY, Calendar, Grain
from kpis.services import afresh, rollups
from kpis.services.calendar import start_year_in
from kpis.services.recording import Entry, record_observations, retract_observations, reverse_batch
from kpis.services.rollups import drain, oldest_mark, rebuild
from tests import make
from tests.clock import NOW
from tests.kpis.oracle import differences

COMBINATIONS = [
    ("sum", "sum"), ("sum", "mean"), ("sum", "min"), ("sum", "max"), ("sum", "none"), ("last", "sum"), ("last", "mean"),
    ("min", "min"), ("max", "max"), ("mean", "mean"), ("mean", "none"), ("ratio", "ratio"), ("ratio", "none"),
]  # fmt: skip


def scatter(kpi, departments, chance, many=60):
    """Random observations of the last two years, an entry per period and department."""
    entries = {}
    for _ in range(many):
        day = date(2025, 1, 1) + timedelta(days=chance.randrange(700))
        day -= {"day": timedelta(0), "week": timedelta(days=day.weekday())}.get(
            kpi.recorded, timedelta(days=day.day - 1)
        )
        if kpi.recorded == "quarter":
            day = day.replace(month=(day.month - 1) // 3 * 3 + 1)
        number = Decimal(chance.randrange(-(10**9), 10**9)).scaleb(-chance.randrange(7))
        numbers = (
            {"numerator": number, "denominator": Decimal(chance.randrange(3))} if kpi.is_ratio else {"value": number}
        )
        department = chance.choice(departments)
        entries[department.pk, day] = Entry(kpi.pk, department.pk, day, **numbers)
    return list(entries.values())


@pytest.fixture
def tree(agency):
    north, south = make.department("North"), make.department("South")
    return [
        agency,
        north,
        south,
        make.department("North-east", parent=north),
        make.department("North-west", parent=north),
    ]


@pytest.mark.parametrize("recorded", ["day", "week", "month", "quarter"])
def test_rollups_equal_a_recomputation_for_every_combination(tree, recorded):
    chance = random.Random(recorded)
    for over_time, over_departments in COMBINATIONS:
        kpi = make.kpi(
            *tree, cadence="quarter", recorded=recorded, over_time=over_time, over_departments=over_departments
        )
        record_observations(scatter(kpi, tree, chance), by=None, at=NOW, source="api")
    drain(now=NOW)
    assert Rollup.objects.exists()
    assert differences() == []


def test_rollups_follow_corrections_retractions_reversals_moves_and_new_rules(tree):
    chance = random.Random(7)
    kpi = make.kpi(*tree, recorded="day", over_time="last")
    for _ in range(25):
        record_observations(scatter(kpi, tree, chance, many=9), by=None, at=NOW, source="api")
        drain(now=NOW)
        assert differences() == []
    retract_observations(Observation.objects.filter(department=tree[1]), by=None, at=NOW, reason="wrong")
    reverse_batch(make.observations(kpi, tree[2], {date(2025, 5, 5): 1}).batch, by=None, at=NOW)
    drain(now=NOW)
    assert differences() == []
    Department.objects.filter(pk=tree[3].pk).update(parent=tree[2])
    Kpi.objects.filter(pk=kpi.pk).update(over_time="sum", over_departments="max")
    drain(now=NOW)
    assert differences() == []


def test_a_full_rebuild_gives_the_same_rows(tree):
    kpi = make.kpi(*tree, recorded="day")
    record_observations(scatter(kpi, tree, random.Random(3), many=300), by=None, at=NOW, source="api")
    drain(now=NOW)
    before = set(Rollup.objects.values_list())
    rebuild(now=NOW)
    assert set(Rollup.objects.values_list()) == before


def test_the_last_day_of_a_week_belongs_to_the_month_of_its_thursday(creative):
    kpi = make.kpi(creative, recorded="week")
    make.observations(kpi, creative, {date(2026, 9, 28): 5, date(2026, 12, 28): 7})
    drain(now=NOW)
    months = Rollup.objects.filter(grain="month", department=creative).values_list("period", "sum")
    assert set(months) == {(date(2026, 10, 1), 5), (date(2026, 12, 1), 7)}


def test_a_silent_department_keeps_its_last_head_count(agency, creative, media):
    kpi = make.kpi(creative, media, cadence="month", over_time="last")
    make.observations(kpi, creative, {date(2026, 10, 1): 12, date(2026, 11, 1): 13})
    make.observations(kpi, media, {date(2026, 10, 1): 9})
    drain(now=NOW)
    quarter = Rollup.objects.get(grain="quarter", department=agency)
    assert (quarter.amount, quarter.reporting) == (22, 2)


def test_nothing_to_drain_is_nothing_done(agency):
    assert drain(now=NOW) == 0


def test_the_worked_example_of_the_documentation(agency):
    """docs/algorithms/rollups.md, line by line."""
    creative, traffic = make.department("Creative"), make.department("Traffic")
    printing = make.department("Print", parent=traffic)
    jobs = make.kpi(traffic, printing, over_time="last")
    week_52, week_53 = date(2026, 12, 21), date(2026, 12, 28)
    make.observations(jobs, traffic, {week_52: 40, week_53: 44})
    make.observations(jobs, printing, {week_52: 12})
    drain(now=NOW)
    for grain in ("month", "quarter", "year"):
        assert open_jobs(week_53, grain) == {"Print": (12, 1), "Traffic": (56, 2), "Agency": (56, 2)}
    Department.objects.filter(pk=printing.pk).update(parent=creative)
    drain(now=NOW)
    moved = {"Print": (12, 1), "Traffic": (44, 1), "Creative": (12, 1), "Agency": (56, 2)}
    for grain in ("month", "quarter", "year"):
        assert open_jobs(week_53, grain) == moved
    of_week_52 = {"Print": (12, 1), "Traffic": (40, 1), "Creative": (12, 1), "Agency": (52, 2)}
    assert open_jobs(week_52, "week") == of_week_52
    make.observations(jobs, printing, {week_53: 10})
    with CaptureQueriesContext(connection) as asked:
        drain(now=NOW)
    assert any("INSERT INTO touched_tree" in query["sql"] for query in asked), "period by period"
    late = {"Print": (10, 1), "Traffic": (44, 1), "Creative": (10, 1), "Agency": (54, 2)}
    for grain in ("week", "month", "quarter", "year"):
        assert open_jobs(week_53, grain) == late
    assert open_jobs(week_52, "week") == of_week_52
    assert not Rollup.objects.filter(period__gte=date(2027, 1, 1)).exists()


def open_jobs(week, grain):
    period = Calendar().start(week + timedelta(days=3 if grain != "week" else 0), Grain(grain))
    rows = Rollup.objects.filter(grain=grain, period=period).select_related("department")
    return {row.department.name: (row.amount, row.reporting) for row in rows}


def test_a_kpi_that_is_deleted_takes_its_marks_along(creative):
    kpi = make.kpi(creative)
    Kpi.objects.filter(pk=kpi.pk).update(over_departments="max")
    assert oldest_mark()
    kpi.assignments.all().delete()
    kpi.delete()
    assert oldest_mark() is None


@pytest.mark.parametrize("month", [2, 4, 12])
def test_a_fiscal_year_that_begins_before_the_calendar_does_has_its_total(creative, month):
    kpi = make.kpi(creative, recorded="day")
    make.observations(kpi, creative, {FIRST_DAY: 5})
    start_year_in(month)
    drain(now=NOW)
    assert differences(month) == []
    assert Rollup.objects.filter(grain="year", department=creative).get().amount == 5


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time: nothing can come between.")
@pytest.mark.django_db(transaction=True)
def test_a_department_that_moves_while_its_marks_are_taken_is_followed(monkeypatch):
    agency = Department.objects.create(name="Agency", slug="agency")
    north, south = make.department("North"), make.department("South")
    east = make.department("East", parent=north)
    make.observations(make.kpi(east), east, {date(2026, 11, 9): 5})

    def move():
        Department.objects.filter(pk=east.pk).update(parent=south)
        connection.close()

    def take_after_the_move(*arguments):
        beside = Thread(target=move)
        beside.start()
        beside.join()
        return take_marks(*arguments)

    take_marks = rollups.take_marks
    monkeypatch.setattr(rollups, "take_marks", take_after_the_move)
    rollups.drain_some(now=NOW)
    assert oldest_mark() is None
    assert differences() == []
    assert agency.rollups.count() == 4


@pytest.fixture
def too_much(creative):
    """A KPI whose year is more than the database can hold, though each value may be recorded."""
    kpi = make.kpi(creative, recorded="day")
    batch = Batch.objects.create(source="api", recorded_at=NOW)
    days = (date(2026, 1, 1) + timedelta(days=n) for n in range(2**63 // (LIMIT * 10**6) + 1))
    Observation.objects.bulk_create(
        Observation(kpi=kpi, department=creative, date=day, value=LIMIT, batch=batch, recorded_at=NOW) for day in days
    )
    return kpi


def test_a_kpi_out_of_range_holds_nobody_up(creative, too_much, caplog):
    others = [make.kpi(creative) for _ in range(3)]
    for kpi in others:
        make.observations(kpi, creative, {date(2026, 11, 2): 5})
    assert drain(now=NOW) == 3
    assert set(Rollup.objects.values_list("kpi", flat=True)) == {kpi.pk for kpi in others}
    lock = RollupLock.objects.get(kpi=too_much)
    assert "out of range" in lock.trouble or "overflow" in lock.trouble
    assert [(r.levelname, f"KPI {too_much.pk} could" in r.message) for r in caplog.records] == [("ERROR", True)]

    make.observations(others[0], creative, {date(2026, 11, 9): 6})
    assert drain(now=NOW) == 1
    assert len(caplog.records) == 1, "said once"
    assert oldest_mark()

    retract_observations(Observation.objects.filter(kpi=too_much), by=None, at=NOW, reason="wrong")
    assert drain(now=NOW) == 1
    assert not RollupLock.objects.exclude(trouble="").exists()
    assert differences() == []


def test_a_rebuild_does_all_it_can_where_a_kpi_is_out_of_range(creative, too_much):
    make.observations(make.kpi(creative), creative, {date(2026, 11, 2): 5})
    assert rebuild(now=NOW) == 1
    assert Rollup.objects.exclude(kpi=too_much).filter(amount=5).count() == 8


def test_where_much_is_marked_the_whole_kpi_is_made_anew(creative):
    kpi = make.kpi(creative, recorded="day")
    days = {date(2025, 1, 1) + timedelta(days=n): n for n in range(100)}
    make.observations(kpi, creative, days)
    drain(now=NOW)
    make.observations(kpi, creative, {day: n + 1 for day, n in list(days.items())[:50]})
    with CaptureQueriesContext(connection) as asked:
        drain(now=NOW)
    assert not any("INSERT INTO touched_tree" in query["sql"] for query in asked)
    assert differences() == []


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL's planner has its own ways.")
@pytest.mark.parametrize("marks", [1, 50])
def test_sqlite_walks_from_what_is_touched_to_what_it_touches(creative, marks):
    kpi = make.kpi(creative, recorded="day")
    days = [date(2025, 1, 1) + timedelta(days=n) for n in range(300)]
    make.observations(kpi, creative, dict.fromkeys(days, 1))
    drain(now=NOW)
    make.observations(kpi, creative, dict.fromkeys(days[:marks], 2))
    with CaptureQueriesContext(connection) as asked:
        drain(now=NOW)
    walks = [query["sql"] for query in asked if "CROSS JOIN kpis_o" in query["sql"]]
    assert len(walks) >= 5
    for sql in walks:
        assert "SCAN o" not in (plan := explained(sql)), plan
        assert "kpis_rollup" in sql or "TEMP B-TREE" not in plan, plan


def explained(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return "\n".join(row[3] for row in cursor.fetchall())


on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer, and no sessions.")


@pytest.fixture
def committed(transactional_db):
    """Three KPIs of three departments, that other connections see, not yet rolled up."""
    root = Department.objects.create(name="Agency", slug="agency")
    tree = [root, make.department("North"), make.department("South")]
    kpis = [make.kpi(*tree, recorded=recorded, cadence="quarter") for recorded in ("day", "week", "month")]
    for kpi in kpis:
        record_observations(scatter(kpi, tree, random.Random(kpi.recorded)), by=None, at=NOW, source="api")
    return kpis


@on_postgresql
@pytest.mark.parametrize("sessions", [1, 2])
def test_a_rebuild_leaves_tables_as_they_were_and_takes_all_marks(committed, sessions):
    with connection.cursor() as cursor:
        cursor.execute("GRANT SELECT ON kpis_own TO PUBLIC")
    before = described()
    assert rebuild(now=NOW, sessions=sessions) == 3
    assert (described(), differences(), oldest_mark()) == (before, [], None)
    with connection.cursor() as cursor:
        cursor.execute("REVOKE SELECT ON kpis_own FROM PUBLIC")


def described():
    """What else there is to a table than its rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, c.relacl::text, pg_get_indexdef(i.indexrelid), i.indisprimary, a.attname, a.attnotnull"
            " FROM pg_class c JOIN pg_index i ON i.indrelid = c.oid JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE c.relname LIKE 'kpis_own%' OR c.relname LIKE 'kpis_rollup%' ORDER BY 1, a.attnum"
        )
        return cursor.fetchall()


@on_postgresql
@pytest.mark.parametrize("sessions", [1, 2])
def test_a_reader_never_sees_half_of_a_rebuild(committed, sessions):
    rebuild(now=NOW)
    all_of_it = Rollup.objects.aggregate(rows=Count("*"), values=Sum("n"))
    done, seen = Event(), []
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read_until, done, seen)
        for _ in range(5):
            rebuild(now=NOW, sessions=sessions)
        done.set()
        reading.result()
    assert len(seen) > 5
    assert all(found == all_of_it for found in seen)


def read_until(done, seen):
    try:
        while not done.is_set():
            seen.append(Rollup.objects.aggregate(rows=Count("*"), values=Sum("n")))
    finally:
        connection.close()


@on_postgresql
def test_a_reader_that_does_not_end_is_not_waited_for(committed, monkeypatch):
    monkeypatch.setattr(afresh, "PATIENCE", "50ms")
    reader = connection.copy()
    reader.set_autocommit(False)
    with reader.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM kpis_rollup")
    try:
        assert rebuild(now=NOW, sessions=2) == 3
    finally:
        reader.close()
    assert (differences(), oldest_mark()) == ([], None)
    assert not [name for name in connection.introspection.table_names() if "fresh" in name]


@on_postgresql
def test_a_kpi_that_is_drained_during_a_rebuild_keeps_its_rollups(committed, monkeypatch):
    """It was defined after the locks were taken; its rows must not end in the table that goes."""
    take_places, draining = afresh.take_places, []

    def meanwhile(cursor):
        draining.append(pool.submit(define_and_drain))
        eventually(lambda: draining[0].done() or waits_for_a_table())
        take_places(cursor)

    monkeypatch.setattr(afresh, "take_places", meanwhile)
    with ThreadPoolExecutor(1) as pool:
        rebuild(now=NOW)
        assert draining[0].result() == 1
    assert Rollup.objects.filter(amount=5, kpi__code="new").count() == 8
    assert (differences(), oldest_mark()) == ([], None)


def define_and_drain():
    try:
        north = Department.objects.get(slug="north")
        make.observations(make.kpi(north, code="new"), north, {date(2026, 11, 2): 5})
        return drain(now=NOW)
    finally:
        connection.close()


def waits_for_a_table() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM pg_locks WHERE NOT granted AND relation = 'kpis_own'::regclass")
        return cursor.fetchone()[0] > 0


def eventually(condition, *, within=10.0):
    deadline = monotonic() + within
    while not condition():
        assert monotonic() < deadline, f"still not so after {within} s"
