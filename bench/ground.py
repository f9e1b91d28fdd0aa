"""What is measured on: a database of its own with a given number of observations, always the same ones."""

import os
import shutil
from contextlib import contextmanager
from copy import deepcopy
from datetime import date, datetime, timedelta
from functools import cached_property

from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.db.utils import load_backend
from django.utils import timezone

from departments.models import Department
from kpis.models import Assignment, Batch, Kpi
from kpis.services.judging import judge
from kpis.services.rollups import rebuild

DATABASE = deepcopy(connections.settings["default"])
SEED = 20261124
COMBINATIONS = [("sum", "sum"), ("mean", "mean"), ("last", "sum"), ("ratio", "ratio"), ("max", "max")]
PRIME = 1000003
PLACE = f"((k.position * 7919 + d.position * 104729 + w.number * 1299709 + {SEED}) % {PRIME})"


def squared(number: str) -> str:
    """Twice in a row, and nobody sees any more how one place follows from the one before."""
    return f"({number} * {number} % {PRIME})"


CHANCE = squared(squared(PLACE))

BARE = "bare_observation"
COLUMNS = "kpi_id, department_id, date, reference, value, numerator, denominator, note, batch_id, recorded_at"

FILL = f"""
INSERT INTO kpis_observation ({COLUMNS})
SELECT k.id, d.id, w.day, '',
    CASE WHEN k.over_time <> 'ratio' THEN {CHANCE} * 1000 END,
    CASE WHEN k.over_time = 'ratio' THEN {CHANCE} % 1000 * 1000000 END,
    CASE WHEN k.over_time = 'ratio' THEN 1000000000 END, '', {{batch}}, '{{moment}}'
FROM bench_workday w CROSS JOIN kpis_kpi k CROSS JOIN departments_department d
WHERE d.position > 0 ORDER BY w.number, k.position, d.position
"""


class Ground:
    """A database with so many observations of 500 daily KPIs in 8 departments, up to yesterday."""

    KPIS, GROUPS, LEAVES, RECORDED = 500, 3, 8, "day"  # 12 nodes with the agency itself

    def __init__(self, size: int, *, now: datetime, blank: "Ground | None" = None, tenth: "Ground | None" = None):
        self.size, self.now, self.blank, self.tenth = size, now, blank, tenth
        self.days = self.before(timezone.localdate(now), max(1, round(size / self.KPIS / self.LEAVES)))
        self.settings = deepcopy(DATABASE)
        name = f"opsroom_bench_{os.getpid()}_{type(self).__name__.lower()}_{size}"
        self.settings["NAME"] = name if self.is_postgresql else str(settings.FOLDER / f"{name}.sqlite3")
        self.wrapper = load_backend(self.settings["ENGINE"]).DatabaseWrapper(self.settings, "default")

    @property
    def is_postgresql(self) -> bool:
        return self.settings["ENGINE"].endswith("postgresql")

    @property
    def url(self) -> str:
        """Its address, for other processes."""
        at = self.settings
        if not self.is_postgresql:
            return f"sqlite:///{at['NAME']}"
        return f"postgres://{at['USER']}:{at['PASSWORD']}@{at['HOST'] or '127.0.0.1'}:{at['PORT'] or 5432}/{at['NAME']}"

    def before(self, until: date, many: int) -> list[date]:
        """So many Mondays to Fridays before a day, oldest first."""
        back = (until - timedelta(days=n) for n in range(1, 2 * many + 3))
        return sorted([day for day in back if day.weekday() < 5][:many])

    def use(self):
        """From here on, this is the database that everybody talks to."""
        connections.settings["default"] = self.settings
        connections["default"] = self.wrapper

    @contextmanager
    def laid(self):
        """Made, filled, used; and gone afterwards, whatever happens. Without a blank one to copy, it stays blank."""
        with standing(self.settings, self.blank and self.blank.settings):
            self.use()
            try:
                if self.blank:
                    self.people()
                    self.observations()
                    rebuild(now=self.now)
                    judge(on=timezone.localdate(self.now), now=self.now)
                    settle()
                else:
                    call_command("migrate", verbosity=0)
                    self.wrapper.close()
                yield self
            finally:
                self.wrapper.close()

    @cached_property
    def bare(self) -> str:
        """The name of a table like the one of observations in every key, law and foreign key, that leaves no marks."""
        with connection.cursor() as cursor:
            make_bare(cursor)
        settle()
        return BARE

    def people(self):
        root = Department.objects.create(name="Agency", slug="agency")
        groups = [
            Department.objects.create(name=f"Group {n}", slug=f"group-{n}", parent=root)
            for n in range(1, self.GROUPS + 1)
        ] or [root]
        leaves = [
            Department.objects.create(name=f"Team {n}", slug=f"team-{n}", parent=groups[n % len(groups)], position=n)
            for n in range(1, self.LEAVES + 1)
        ]
        kpis = [
            Kpi(
                code=f"kpi-{n}", name=f"KPI {n}", owner=leaves[n % len(leaves)], cadence="week", recorded=self.RECORDED,
                position=n,
                over_time=COMBINATIONS[n % 5][0], over_departments=COMBINATIONS[n % 5][1],
            )
            for n in range(self.KPIS)
        ]  # fmt: skip
        Kpi.objects.bulk_create(kpis)
        stays = [Assignment(kpi=kpi, department=leaf, starts_on=self.days[0]) for kpi in kpis for leaf in leaves]
        Assignment.objects.bulk_create(stays, batch_size=1000)
        self.kpis, self.departments = [kpi.pk for kpi in kpis], [leaf.pk for leaf in leaves]

    def observations(self):
        """In the order in which they would have come, a day after the other; keys afterwards."""
        self.batch = Batch.objects.create(source="file", recorded_at=self.now, file_name="bench")
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE bench_workday (number bigint, day date)")
            cursor.executemany("INSERT INTO bench_workday VALUES (%s, %s)", list(enumerate(self.days)))
            moment = connection.ops.adapt_datetimefield_value(self.now)
            with without_keys(cursor):
                cursor.execute(FILL.format(batch=self.batch.pk, moment=moment))
            cursor.execute("DELETE FROM kpis_mark")
            cursor.execute("DROP TABLE bench_workday")
        settle()


@contextmanager
def standing(database: dict, blank: dict | None):
    """The database exists, a copy of a blank one; on SQLite it is a file in a folder that goes with the process."""
    if not database["ENGINE"].endswith("postgresql"):
        if blank:
            shutil.copyfile(blank["NAME"], database["NAME"])
        yield
        return
    server = load_backend(database["ENGINE"]).DatabaseWrapper({**database, "NAME": "postgres"}, "default")
    with server.cursor() as cursor:
        copied = f'TEMPLATE "{blank["NAME"]}"' if blank else ""
        cursor.execute(f'CREATE DATABASE "{database["NAME"]}" {copied}')
    try:
        yield
    finally:
        with server.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{database["NAME"]}" WITH (FORCE)')
        server.close()


@contextmanager
def without_keys(cursor):
    """Millions of rows into a table without keys and triggers take a tenth of the time."""
    if connection.vendor == "postgresql":
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        cut = f"ALTER TABLE kpis_observation {{}} TRIGGER {'ALL' if cursor.fetchone()[0] else 'USER'}"
        found = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'kpis_observation'"
        cursor.execute(f"{found} AND indexname <> 'kpis_observation_pkey'")
    else:
        found = "SELECT name, sql FROM sqlite_master WHERE tbl_name = 'kpis_observation' AND sql IS NOT NULL"
        cursor.execute(f"{found} AND type IN ('index', 'trigger') ORDER BY type")
        cut = None
    made = cursor.fetchall()
    if cut:
        cursor.execute(cut.format("DISABLE"))
    for name, sql in made:
        cursor.execute(f"DROP {'TRIGGER' if sql.startswith('CREATE TRIGGER') else 'INDEX'} {name}")
    yield
    for _, sql in made:
        cursor.execute(sql)
    if cut:
        cursor.execute(cut.format("ENABLE"))


def make_bare(cursor):
    if connection.vendor == "postgresql":
        cursor.execute(f"CREATE TABLE {BARE} (LIKE kpis_observation INCLUDING ALL EXCLUDING INDEXES)")
        cursor.execute(f"INSERT INTO {BARE} OVERRIDING SYSTEM VALUE SELECT * FROM kpis_observation")
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'kpis_observation'")
        for (sql,) in cursor.fetchall():
            head, _, tail = sql.partition(" ON public.kpis_observation ")
            cursor.execute(f"{head.replace('INDEX ', 'INDEX bare_')} ON {BARE} {tail}")
        for column, table in (
            ("kpi_id", "kpis_kpi"),
            ("department_id", "departments_department"),
            ("batch_id", "kpis_batch"),
        ):
            cursor.execute(
                f"ALTER TABLE {BARE} ADD FOREIGN KEY ({column}) REFERENCES {table} DEFERRABLE INITIALLY DEFERRED"
            )
        cursor.execute(f"SELECT setval(pg_get_serial_sequence('{BARE}', 'id'), (SELECT MAX(id) FROM {BARE}))")
        return
    cursor.execute("SELECT type, sql FROM sqlite_master WHERE tbl_name = 'kpis_observation' AND sql IS NOT NULL")
    made = sorted(cursor.fetchall(), key=lambda row: row[0] != "table")
    for kind, sql in made:
        if kind == "trigger":
            continue
        sql = sql.replace('"kpis_observation"', BARE).replace('INDEX "', 'INDEX "bare_')
        cursor.execute(sql)
        if kind == "table":
            cursor.execute(f"INSERT INTO {BARE} SELECT * FROM kpis_observation")


def settle():
    """Statistics are fresh, and nothing dead is in the way."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
