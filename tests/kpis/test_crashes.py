"""Workers that are killed while others write: real processes, at moments that a seed chooses."""

import random
import signal
import time
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from statistics import median, quantiles

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from departments.models import Department
from kpis import tasks
from kpis.models import Batch, Judgement, Kpi, Observation, Process, RollupLock, Signal
from kpis.services.judging import judge
from kpis.services.recording import Entry, record_observations, retract_observations
from kpis.services.rollups import oldest_mark, rebuild
from tests import make
from tests.clock import NOW
from tests.crew import Crew
from tests.effort import LONG
from tests.kpis.oracle import differences
from tests.test_serve import eventually

pytestmark = [pytest.mark.usefixtures("on_disk"), pytest.mark.process, pytest.mark.long]
MONDAY = date(2026, 11, 9)
SEEDS, KILLS = ((1, 2, 3), 34) if LONG else ((1,), 10)


class Aborted(Exception):
    """A transaction that its writer gave up."""


@pytest.fixture
def places(on_disk, agency):
    """Two branches, of which each writer has one; they meet in the totals of the agency."""
    branches = [make.department(name) for name in ("North", "South")]
    return [[top, *(make.department(f"{top} {n}", parent=top) for n in range(3))] for top in branches]


@pytest.fixture
def kpis(places):
    everywhere = [department for branch in places for department in branch]
    return [
        make.kpi(*everywhere, recorded=("day", "week")[n % 2], over_time=("sum", "last", "max")[n % 3])
        for n in range(12)
    ]


def work():
    while True:
        if not tasks.drain():
            time.sleep(0.005)


def until_told(act):
    """Again and again, until SIGTERM; what has begun is brought to its end."""
    told = []
    signal.signal(signal.SIGTERM, lambda *_: told.append(True))
    while not told:
        act()


def write(seed, kpis, departments, acknowledged):
    """Values, corrections, retractions, and now and then a change of mind; whatever was committed is put on record."""
    chance = random.Random(seed)

    def one():
        with suppress(Aborted):
            with transaction.atomic():
                batch = change(chance, kpis, departments)
                if chance.random() < 0.2:
                    raise Aborted
            if batch:
                acknowledged.write(f"{batch.pk}\n")
                acknowledged.flush()

    until_told(one)


def change(chance, kpis, departments):
    kpi, department = chance.choice(kpis), chance.choice(departments)
    if chance.random() < 0.1:
        gone = Observation.objects.current().filter(kpi=kpi, department=department, date__gte=MONDAY)
        return retract_observations(gone, by=None, at=NOW, reason="wrong").batch
    days = {MONDAY - timedelta(weeks=chance.randrange(60)) for _ in range(chance.choice([1, 1, 3, 40]))}
    entries = [Entry(kpi.pk, department.pk, day, Decimal(chance.randrange(1000))) for day in days]
    return record_observations(entries, by=None, at=NOW, source="api").batch


def not_the_same_after_a_rebuild() -> int:
    """How many rows a rebuild makes otherwise, counted both ways, doubles included."""
    tables = ("kpis_own", "kpis_rollup")
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"CREATE TEMPORARY TABLE before_{table} AS SELECT * FROM {table}")
        rebuild(now=NOW)
        both = [(f"before_{table}", table) for table in tables] + [(table, f"before_{table}") for table in tables]
        every = "EXCEPT ALL" if connection.vendor == "postgresql" else "EXCEPT"  # SQLite has no other; keys are unique
        found = 0
        for one, other in both:
            cursor.execute(f"SELECT COUNT(*) FROM (SELECT * FROM {one} {every} SELECT * FROM {other}) only_here")
            found += cursor.fetchone()[0]
    return found


def standing(*, judged_from_nothing=False) -> list[tuple]:
    """The signals of values, after the last judgement."""
    if judged_from_nothing:
        for model in (Signal, Process, Judgement):
            model.objects.all().delete()
    judge(on=timezone.localdate(), now=NOW)
    told = Signal.objects.standing().exclude(kind__in=["missing", "late"])
    return sorted(told.values_list("kpi", "department", "kind", "rules", "first", "last", "known"))


@pytest.mark.parametrize("seed", SEEDS)
def test_killed_workers_lose_nothing_and_double_nothing(kpis, places, tmp_path, seed):
    chance = random.Random(seed)
    with Crew() as workers, Crew() as writers, (tmp_path / "acknowledged").open("a+") as acknowledged:
        for number, branch in enumerate(places):
            writers.start(write, f"{seed} {number}", kpis, branch, acknowledged)
        for _ in range(4):
            workers.start(work)
        for number in range(KILLS):
            time.sleep(chance.uniform(0, 0.15))
            workers.kill(chance.choice(workers.members))
            workers.start(work)
            if number % 4 == 0:
                rearrange(chance, kpis, places)
        for writer in writers.members:
            writer.terminate()
            writer.join(20)
            assert writer.exitcode == 0
        eventually(lambda: oldest_mark() is None, within=60)
        acknowledged.seek(0)
        told = [int(line) for line in acknowledged]
    assert len(told) > KILLS
    assert sorted(told) == sorted(Batch.objects.values_list("pk", flat=True))
    assert differences() == []
    assert not_the_same_after_a_rebuild() == 0
    assert standing() == standing(judged_from_nothing=True)


def rearrange(chance, kpis, places):
    """A department moves, a rule changes."""
    north, south = places
    moved, parent = chance.choice(north[1:]), chance.choice([north[0], south[0]])
    Department.objects.filter(pk=moved.pk).update(parent=parent)
    Kpi.objects.filter(pk=chance.choice(kpis).pk).update(over_departments=chance.choice(["sum", "max", "none"]))
    connections.close_all()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL: whoever writes waits for no drain.")
def test_on_sqlite_whoever_writes_waits_for_a_drain_a_moment_only(places, tmp_path, capsys):
    kpis, waits = burst(places), tmp_path / "waits"
    with Crew() as drainers, Crew() as writers, waits.open("a+") as found:
        for number, branch in enumerate(places):
            writers.start(write_and_measure, number, kpis, branch, found)
        drainers.start(work)
        eventually(lambda: not RollupLock.objects.filter(version=0).exists(), within=120)
        for writer in writers.members:
            writer.terminate()
            writer.join(30)
            assert writer.exitcode == 0  # none was told that the database is locked
        found.seek(0)
        seconds = [float(line) for line in found]
    middle, worst = median(seconds), quantiles(seconds, n=100)[98]
    with capsys.disabled():
        print(f"\n{len(seconds)} writes beside a drain: median {middle * 1000:.0f} ms, p99 {worst * 1000:.0f} ms")  # noqa: T201
    assert not LONG or worst < 0.25


def burst(places):
    """KPIs whose every value is new: each will be made whole."""
    everywhere = [department for branch in places for department in branch]
    kpis = [make.kpi(*everywhere, recorded="day", over_time="last") for _ in range(120 if LONG else 8)]
    for kpi in kpis:
        days = [MONDAY - timedelta(days=n) for n in range(400 if LONG else 300)]
        entries = [Entry(kpi.pk, place.pk, day, Decimal(day.day)) for place in everywhere for day in days]
        record_observations(entries, by=None, at=NOW, source="api")
    return kpis


def write_and_measure(seed, kpis, departments, found):
    chance = random.Random(seed)

    def one():
        time.sleep(chance.uniform(0, 0.1))  # people are not a loop
        kpi, department = chance.choice(kpis), chance.choice(departments)
        entry = Entry(kpi.pk, department.pk, MONDAY, Decimal(chance.randrange(1000)))
        began = time.perf_counter()
        record_observations([entry], by=None, at=NOW, source="entry")
        found.write(f"{time.perf_counter() - began}\n")
        found.flush()

    until_told(one)
