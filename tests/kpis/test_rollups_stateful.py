"""Whatever is done in whatever order: rollups equal a recomputation, exactly.

Hypothesis chooses what happens and, where something differs, cuts the story down to the few steps that matter. Seeds
are fixed: a run does what the run before did. Every story begins with the same empty tables (a savepoint that is
rolled back), and ends with a comparison of every row with tests/kpis/oracle.py, from a book kept in plain Python.
"""

import csv
from datetime import date, timedelta
from decimal import Decimal
from functools import wraps
from itertools import count

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from departments.models import Department
from kpis import rules
from kpis.models import Assignment, Kpi, Observation
from kpis.periods import FIRST_DAY
from kpis.services import verifying
from kpis.services.calendar import QuartersWouldMove, start_year_in
from kpis.services.importing import import_observations
from kpis.services.recording import (
    AlreadyReversed,
    BatchSuperseded,
    Entry,
    record_observations,
    retract_observations,
    reverse_batch,
)
from kpis.services.rollups import FEW, drain, rebuild
from tests import make
from tests.clock import NOW
from tests.effort import LONG
from tests.kpis.book import Book, Numbers, Place
from tests.kpis.oracle import differences, periods_of

OPERATIONS = 100_000 if LONG else 10_000
PARTS = 8  # so that several processes share them
CHOSEN = settings(
    max_examples=8,
    stateful_step_count=50,
    database=None,
    deadline=None,
    report_multiple_bugs=False,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
LATER = NOW + timedelta(days=365)  # so that week 53 of 2026 has begun

# Where periods meet: leap days, weeks 53, turns of months, quarters and years, where the calendar begins.
TURNS = [
    date(1990, 1, 1), date(2020, 2, 29), date(2020, 12, 31), date(2023, 12, 31), date(2024, 2, 29), date(2024, 3, 31),
    date(2025, 6, 30), date(2026, 9, 30), date(2026, 12, 31), date(2027, 1, 31),
]  # fmt: skip
DAYS = st.builds(lambda turn, days: max(turn + timedelta(days), FIRST_DAY), st.sampled_from(TURNS), st.integers(-9, 9))
INDEX = st.integers(0, 11)
RARELY, NOW_AND_THEN = (st.integers(0, most).map(lambda n: n == 0) for most in (14, 3))
NUMBERS = st.integers(-(10**15), 10**15).map(lambda n: Decimal(n).scaleb(-6))
VALUES = st.lists(st.tuples(INDEX, DAYS, NUMBERS, st.sampled_from(["", "", "", "again"])), min_size=1, max_size=4)
COMBINATIONS = [(t.value, d.value) for t in rules.OverTime for d in rules.OverDepartments if rules.is_exact(t, d)]
IDLE = object()
RECORDED = ["day", "week", "month", "quarter"]


def step(**drawn):
    """A rule that is counted, unless it says that it did nothing."""

    def counted(act):
        @rule(**drawn)
        @wraps(act)
        def told(self, **chosen):
            Story.steps += act(self, **chosen) is not IDLE

        return told

    return counted


class Story(RuleBasedStateMachine):
    steps = 0

    def __init__(self, folder):
        super().__init__()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.book, self.file, self.said, self.starts_in = Book(), folder / "values.csv", None, 1
        self.departments = list(Department.objects.order_by("pk"))
        self.kpis = list(Kpi.objects.order_by("pk"))

    def teardown(self):
        try:
            self.compare()
        finally:
            transaction.set_rollback(True)
            self.undone.__exit__(None, None, None)

    def kpi(self, index):
        return self.kpis[index % len(self.kpis)]

    def department(self, index):
        return self.departments[index % len(self.departments)]

    def values(self, kpi, rows):
        """The places that rows name, and what is to stand there; the first of several for one place."""
        found = {}
        for index, day, number, reference in rows:
            first = self.first_day(day, kpi)
            if first >= FIRST_DAY:
                numbers = Numbers(None, number, Decimal(number % 3)) if kpi.is_ratio else Numbers(number)
                found.setdefault(Place(kpi.pk, self.department(index).pk, first, reference), numbers)
        return found

    def first_day(self, day, kpi):
        return {"day": day, **dict(periods_of(day, kpi.recorded, self.starts_in))}[kpi.recorded]

    def record(self, values):
        entries = [Entry(*p[:3], **numbers._asdict(), reference=p.reference) for p, numbers in values.items()]
        outcome = record_observations(entries, by=None, at=LATER, source="entry")
        assert outcome[1:4] == self.book.counts(values)
        self.book.write(outcome.batch, values)

    # --- What is recorded -----------------------------------------------------------------------

    @step(kpi=INDEX, rows=VALUES)
    def enter(self, kpi, rows):
        self.record(self.values(self.kpi(kpi), rows))

    enter_more = enter_still_more = enter

    @precondition(lambda self: self.book.current)
    @step(index=st.integers(0, 999), number=NUMBERS)
    def correct(self, index, number):
        place = list(self.book.current)[index % len(self.book.current)]
        kpi = next(kpi for kpi in self.kpis if kpi.pk == place.kpi_id)
        self.record({place: Numbers(None, number, Decimal(1)) if kpi.is_ratio else Numbers(number)})

    correct_more = correct

    @precondition(lambda self: self.book.current)
    @step(index=st.integers(0, 999), many=st.integers(1, 5))
    def retract(self, index, many):
        places = list(self.book.current)
        start = index % len(places)
        gone = places[start : start + many]
        rows = Observation.objects.current().filter(kpi__in={place.kpi_id for place in gone})
        keys = [key for key, *place in rows.values_list("pk", *Place._fields) if Place(*place) in gone]
        outcome = retract_observations(Observation.objects.filter(pk__in=keys), by=None, at=LATER, reason="wrong")
        assert outcome.retracted == len(gone)
        self.book.write(outcome.batch, {}, gone=gone)

    @step(kpi=INDEX, day=DAYS, number=NUMBERS, really=RARELY)
    def enter_in_a_burst(self, kpi, day, number, really):
        """More than the drain makes one by one."""
        if not really:
            return IDLE
        rows = [(n % 3, day + timedelta(n // 3), number, "") for n in range(FEW + 10)]
        return self.record(self.values(self.kpi(kpi), rows))

    # --- Files ----------------------------------------------------------------------------------

    @step(files=st.lists(st.tuples(INDEX, VALUES), min_size=1, max_size=3))
    def import_a_file(self, files):
        rows = [(self.kpi(kpi), *row) for kpi, table in files for row in table]
        rows = [row for row in rows if self.first_day(row[2], row[0]) >= FIRST_DAY]
        places = [(self.values(kpi, [row]), (kpi, *row)) for kpi, *row in rows]
        kept = {next(iter(place)): row for place, row in reversed(places)}
        with self.file.open("w", newline="") as file:
            table = csv.writer(file)
            table.writerow(["department", "kpi", "date", "value", "numerator", "denominator", "reference"])
            for kpi, index, day, number, reference in kept.values():
                numbers = ["", number, number % 3] if kpi.is_ratio else [number, "", ""]
                table.writerow([self.department(index).slug, kpi.code, day, *numbers, reference])
        self.said = {place: self.values(row[0], [row[1:]])[place] for place, row in kept.items()}
        self.import_it()

    @precondition(lambda self: self.said)
    @step()
    def import_the_file_again(self):
        self.import_it()

    def import_it(self):
        report = import_observations(self.file, by=None, at=LATER)
        assert report.problems == []
        assert (report.added, report.corrected, report.unchanged) == self.book.counts(self.said)
        self.book.write(report.batch, self.said)

    @precondition(lambda self: self.book.writings)
    @step(index=st.integers(0, 99))
    def undo(self, index):
        writing = self.book.writings[-1 - index % len(self.book.writings)]
        if self.book.can_undo(writing):
            self.book.undo(writing, reverse_batch(writing.batch, by=None, at=LATER))
        else:
            with pytest.raises((AlreadyReversed, BatchSuperseded)):
                reverse_batch(writing.batch, by=None, at=LATER)

    # --- What it means --------------------------------------------------------------------------

    @step(index=st.integers(1, 11), parent=INDEX)
    def move(self, index, parent):
        moved, parent = self.department(index), self.department(parent)
        if moved.parent_id is None or moved.pk in above(parent):
            return IDLE
        moved.parent = parent
        return moved.save()

    @step(index=st.integers(1, 11), closed_on=st.sampled_from([None, date(2026, 6, 30)]))
    def close_or_open(self, index, closed_on):
        department = self.department(index)
        department.closed_on = closed_on
        department.save()

    @precondition(lambda self: len(self.departments) < 10)
    @step(parent=INDEX)
    def found_a_department(self, parent):
        founded = make.department(f"New {len(self.departments)}", parent=self.department(parent))
        Assignment.objects.bulk_create(
            Assignment(kpi=kpi, department=founded, starts_on=FIRST_DAY) for kpi in self.kpis
        )
        self.departments.append(founded)

    @step(kpi=INDEX, index=st.integers(0, 99))
    def combine_otherwise(self, kpi, index):
        kpi = self.kpi(kpi)
        fits = [each for each in COMBINATIONS if (each[0] == "ratio") == kpi.is_ratio]
        kpi.over_time, kpi.over_departments = fits[index % len(fits)]
        kpi.clean()
        kpi.save()

    @step(kpi=INDEX, recorded=st.sampled_from(RECORDED))
    def record_per(self, kpi, recorded):
        kpi = self.kpi(kpi)
        if kpi.pk in self.book.ever:
            return IDLE
        kpi.recorded = recorded
        kpi.clean()
        return kpi.save()

    @step(month=st.integers(1, 12), really=RARELY)
    def start_the_year_in(self, month, really):
        if not really:
            return IDLE
        quarterly = any(kpi.recorded == "quarter" and kpi.pk in self.book.ever for kpi in self.kpis)
        if quarterly and (month - self.starts_in) % 3:
            with pytest.raises(QuartersWouldMove):
                start_year_in(month)
        else:
            assert start_year_in(month) == (month != self.starts_in)
            self.starts_in = month
        return None

    # --- What follows ---------------------------------------------------------------------------

    @step()
    def drain(self):
        drain(now=NOW)

    drain_more = drain_again = drain

    @step()
    def drain_a_few(self):
        drain(now=NOW, at_most=1)

    @step(really=RARELY)
    def rebuild(self, really):
        return rebuild(now=NOW) if really else IDLE

    @step(kpi=INDEX, really=NOW_AND_THEN)
    def verify(self, kpi, really):
        if not really:
            return IDLE
        assert verifying.verify(self.kpi(kpi).pk, now=NOW).differences == []
        return None

    def compare(self):
        drain(now=NOW)
        rows = Observation.objects.current().values_list(*Place._fields, *Numbers._fields)
        stands = {Place(*row[:4]): Numbers(*row[4:]) for row in rows}
        assert stands == {place: standing.numbers for place, standing in self.book.current.items()}
        assert differences(self.starts_in) == []


def above(department):
    """Its key and those of the departments above it."""
    while department:
        yield department.pk
        department = department.parent


@pytest.fixture
def room(agency):
    """Six departments in three layers, and a KPI for each way to combine values over time, at each grain."""
    north, south = make.department("North"), make.department("South")
    below = [make.department("East", parent=north), make.department("West", parent=north)]
    everyone = [agency, north, south, *below, make.department("Far west", parent=below[1])]
    for number, recorded in enumerate([*RECORDED, *RECORDED]):
        over_time, over_departments = COMBINATIONS[number * 5 % len(COMBINATIONS)]
        make.kpi(
            *everyone, cadence="quarter", recorded=recorded, over_time=over_time, over_departments=over_departments,
            starts_on=FIRST_DAY,
        )  # fmt: skip
    record_observations([], by=None, at=NOW, source="entry")
    rebuild(now=NOW)  # temporary tables are there now, and need not be made for every story


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_rollups_equal_a_recomputation_after_whatever_is_done(room, tmp_path, part):
    def story():
        return Story(tmp_path)

    so_far = Story.steps
    for number in count(part, PARTS):
        run_state_machine_as_test(seed(number)(story), settings=CHOSEN)
        if Story.steps - so_far >= OPERATIONS / PARTS:
            break
