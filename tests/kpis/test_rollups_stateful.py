"""Whatever is done in whatever order: rollups equal a recomputation, exactly.

Every story begins with the same empty tables (a savepoint that is rolled back), and ends with a comparison: what stands
with a book kept in plain Python, and every rollup with tests/kpis/oracle.py. Seeds are fixed: a run does what the run
before did.
"""

import csv
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from django.db import transaction

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
from tests.kpis.oracle import above, differences, periods_of
from tests.kpis.stories import IDLE, drawn, step, told_shortly

STEPS = 100_000 if LONG else 10_000
PARTS = 8  # so that several processes share them
A_STORY = 60  # steps
LATER = NOW + timedelta(days=365)  # so that week 53 of 2026 has begun

# Where periods meet: leap days, weeks 53, turns of months, quarters and years, where the calendar begins.
TURNS = [
    date(1990, 1, 1), date(2020, 2, 29), date(2020, 12, 31), date(2023, 12, 31), date(2024, 2, 29), date(2024, 3, 31),
    date(2025, 6, 30), date(2026, 9, 30), date(2026, 12, 31), date(2027, 1, 31),
]  # fmt: skip
RECORDED = [rule for rule in rules.OverTime if rule is not rules.OverTime.FORMULA]  # what is worked out has no rollups
COMBINATIONS = [(t.value, d.value) for t in RECORDED for d in rules.OverDepartments if rules.is_exact(t, d)]
RECORDED = ["day", "week", "month", "quarter"]


def an_index(chance):
    return chance.randrange(1000)


def a_day(chance):
    return max(chance.choice(TURNS) + timedelta(chance.randint(-9, 9)), FIRST_DAY)


def a_number(chance):
    """Often one of a few, so that values repeat; else any with six decimals."""
    most = chance.choice([2, 10**9, 10**15])
    return Decimal(chance.randint(-most, most)).scaleb(-6)


def some_values(chance):
    """(department, day, number, reference) of each."""
    references = chance.choices(["", "again"], [3, 1], k=chance.randint(1, 4))
    return [(an_index(chance), a_day(chance), a_number(chance), reference) for reference in references]


def a_file(chance):
    """A KPI for each value."""
    return [(an_index(chance), *value) for value in some_values(chance) + some_values(chance)]


class Story:
    def __init__(self, folder):
        self.book, self.file, self.said, self.starts_in = Book(), folder / "values.csv", None, 1
        self.departments = list(Department.objects.order_by("pk"))
        self.kpis = list(Kpi.objects.order_by("pk"))

    def tell(self, steps) -> int:
        """How many of the steps did something. Everything is taken back in the end."""
        with transaction.atomic():
            did = sum(getattr(self, step.name)(**step.drawn) is not IDLE for step in steps)
            self.compare()
            transaction.set_rollback(True)
        return did

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
                place = Place(kpi.pk, self.department(index).pk, first, reference)
                found.setdefault(place, numbers_of(kpi, number))
        return found

    def first_day(self, day, kpi):
        return {"day": day, **dict(periods_of(day, kpi.recorded, self.starts_in))}[kpi.recorded]

    def record(self, values):
        entries = [Entry(*p[:3], **numbers._asdict(), reference=p.reference) for p, numbers in values.items()]
        outcome = record_observations(entries, by=None, at=LATER, source="entry")
        assert outcome[1:4] == self.book.counts(values)
        self.book.write(outcome.batch, values)

    # --- What is recorded -----------------------------------------------------------------------

    @step(weight=12, kpi=an_index, rows=some_values)
    def enter(self, kpi, rows):
        self.record(self.values(self.kpi(kpi), rows))

    @step(weight=8, index=an_index, number=a_number)
    def correct(self, index, number):
        if not self.book.current:
            return IDLE
        place = list(self.book.current)[index % len(self.book.current)]
        kpi = next(kpi for kpi in self.kpis if kpi.pk == place.kpi_id)
        return self.record({place: numbers_of(kpi, number)})

    @step(index=an_index, many=lambda chance: chance.randint(1, 5))
    def retract(self, index, many):
        if not self.book.current:
            return IDLE
        start = index % len(self.book.current)
        gone = list(self.book.current)[start : start + many]
        rows = Observation.objects.current().filter(kpi__in={place.kpi_id for place in gone})
        keys = [key for key, *place in rows.values_list("pk", *Place._fields) if Place(*place) in gone]
        outcome = retract_observations(Observation.objects.filter(pk__in=keys), by=None, at=LATER, reason="wrong")
        assert outcome.retracted == len(gone)
        return self.book.write(outcome.batch, {}, gone=gone)

    @step(weight=1, kpi=an_index, day=a_day, number=a_number, really=lambda chance: chance.random() < 0.2)
    def enter_in_a_burst(self, kpi, day, number, really):
        """More than the drain makes one by one."""
        if not really:
            return IDLE
        rows = [(n % 3, day + timedelta(n // 3), number, "") for n in range(FEW + 10)]
        return self.record(self.values(self.kpi(kpi), rows))

    # --- Files ----------------------------------------------------------------------------------

    @step(rows=a_file)
    def import_a_file(self, rows):
        """Each row names any day of its period."""
        self.said, table = {}, []
        for kpi, *row in rows:
            for place, numbers in self.values(self.kpi(kpi), [row]).items():
                if place not in self.said:
                    self.said[place] = numbers
                    table.append([self.department(row[0]).slug, self.kpi(kpi).code, row[1], place.reference, *numbers])
        with self.file.open("w", newline="") as file:
            heads = ["department", "kpi", "date", "reference", *Numbers._fields]
            csv.writer(file).writerows([heads, *table])
        return self.import_it()

    @step(weight=2)
    def import_the_file_again(self):
        return self.import_it() if self.said else IDLE

    def import_it(self):
        report = import_observations(self.file, by=None, at=LATER)
        assert report.problems == []
        assert (report.added, report.corrected, report.unchanged) == self.book.counts(self.said)
        self.book.write(report.batch, self.said)

    @step(weight=3, index=an_index)
    def undo(self, index):
        """One of the last few, more likely than not."""
        if not self.book.writings:
            return IDLE
        writing = self.book.writings[-1 - index % 5 % len(self.book.writings)]
        if self.book.can_undo(writing):
            return self.book.undo(writing, reverse_batch(writing.batch, by=None, at=LATER))
        with pytest.raises((AlreadyReversed, BatchSuperseded)):
            reverse_batch(writing.batch, by=None, at=LATER)
        return None

    # --- What it means --------------------------------------------------------------------------

    @step(index=an_index, parent=an_index)
    def move(self, index, parent):
        moved, parent = self.department(index), self.department(parent)
        parents = dict(Department.objects.values_list("pk", "parent"))
        if moved.parent_id is None or moved.pk in above(parent.pk, parents):
            return IDLE
        moved.parent = parent
        return moved.save()

    @step(weight=1, index=an_index, closed_on=lambda chance: chance.choice([None, date(2026, 6, 30)]))
    def close_or_open(self, index, closed_on):
        department = self.department(index)
        department.closed_on = closed_on
        department.save()

    @step(weight=2, parent=an_index)
    def found_a_department(self, parent):
        if len(self.departments) == 10:
            return IDLE
        founded = make.department(f"New {len(self.departments)}", parent=self.department(parent))
        Assignment.objects.bulk_create(
            Assignment(kpi=kpi, department=founded, starts_on=FIRST_DAY) for kpi in self.kpis
        )
        return self.departments.append(founded)

    @step(kpi=an_index, index=an_index)
    def combine_otherwise(self, kpi, index):
        kpi = self.kpi(kpi)
        fits = [each for each in COMBINATIONS if (each[0] == "ratio") == kpi.is_ratio]
        kpi.over_time, kpi.over_departments = fits[index % len(fits)]
        kpi.clean()
        kpi.save()

    @step(kpi=an_index, recorded=lambda chance: chance.choice(RECORDED))
    def record_per(self, kpi, recorded):
        kpi = self.kpi(kpi)
        if kpi.pk in self.book.ever:
            return IDLE
        kpi.recorded = recorded
        kpi.clean()
        return kpi.save()

    @step(weight=1, month=lambda chance: chance.randint(1, 12), really=lambda chance: chance.random() < 0.2)
    def start_the_year_in(self, month, really):
        if not really:  # it touches every day of the calendar, and takes its time
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

    @step(weight=10)
    def drain(self):
        drain(now=NOW)

    @step()
    def drain_a_few(self):
        drain(now=NOW, at_most=1)

    @step(weight=1)
    def rebuild(self):
        rebuild(now=NOW)

    @step(weight=1, kpi=an_index)
    def verify(self, kpi):
        assert verifying.verify(self.kpi(kpi).pk, now=NOW).differences == []

    def compare(self):
        drain(now=NOW)
        rows = Observation.objects.current().values_list(*Place._fields, *Numbers._fields)
        stands = {Place(*row[:4]): Numbers(*row[4:]) for row in rows}
        assert stands == {place: standing.numbers for place, standing in self.book.current.items()}
        assert differences(self.starts_in) == []


def numbers_of(kpi, number):
    return Numbers(numerator=number, denominator=number % 3) if kpi.is_ratio else Numbers(number)


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
    def tell(steps):
        return Story(tmp_path).tell(steps)

    did, chance = 0, Random(part)
    while did < STEPS / PARTS:
        did += told_shortly(tell, drawn(Story, chance, A_STORY))
