import random
from datetime import date, timedelta
from decimal import Decimal
from threading import Thread

import pytest
from django.db import connection

from departments.models import Department
from kpis.models import Kpi, Observation, Rollup
from kpis.periods import FIRST_DAY, Calendar, Grain
from kpis.services import rollups
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
    assert open_jobs(week_53, "month") == {"Print": (12, 1), "Traffic": (56, 2), "Agency": (56, 2)}
    make.observations(jobs, printing, {week_53: 10}, at=NOW)
    drain(now=NOW)
    for grain in ("week", "month", "quarter", "year"):
        assert open_jobs(week_53, grain) == {"Print": (10, 1), "Traffic": (54, 2), "Agency": (54, 2)}
    Department.objects.filter(pk=printing.pk).update(parent=creative)
    drain(now=NOW)
    moved = {"Print": (10, 1), "Creative": (10, 1), "Traffic": (44, 1), "Agency": (54, 2)}
    assert open_jobs(week_53, "month") == moved
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
