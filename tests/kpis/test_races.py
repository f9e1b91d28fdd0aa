"""What happens while a drain is at work: two connections of PostgreSQL, in an order that the tests themselves make."""

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from itertools import count
from threading import Event

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from departments.models import Department
from kpis.formulas import FormulaInvalid
from kpis.models import CalendarDay, Kpi, Observation, RollupLock
from kpis.services.calendar import start_year_in
from kpis.services.entering import Given, enter
from kpis.services.formulas import record_formula
from kpis.services.recording import ChangedMeanwhile, retract_observations
from kpis.services.rollups import KPIS_AT_ONCE, drain, oldest_mark, rebuild
from tests import make
from tests.clock import NOW
from tests.effort import LONG
from tests.kpis.oracle import differences

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one write at a time: nothing can race."),
]
WEEK = date(2026, 11, 9)
TAKES_MARKS = "DELETE FROM kpis_mark"
WRITES_TREE = "INSERT INTO kpis_rollup"
COMMIT = "COMMIT"
IMPATIENT = "SET lock_timeout = '2s'; SET synchronous_commit = off"  # nothing here takes as long, unless it has to wait


@pytest.fixture(autouse=True)
def nobody_waits():
    """Whoever must wait for somebody else's transaction fails instead."""
    with connection.cursor() as cursor:
        cursor.execute(IMPATIENT)
    yield
    connection.close()


@pytest.fixture(autouse=True)
def year_from_january():
    yield
    start_year_in(1)


@pytest.fixture
def kpi(creative, media):
    """A weekly sum of both departments and of a studio below one of them, with a value each, rolled up."""
    studio = make.department("Studio", parent=creative)
    made = make.kpi(creative, media, studio)
    for department in (creative, media, studio):
        make.observations(made, department, {WEEK: 1, WEEK - timedelta(weeks=9): 2})
    drain(now=NOW)
    return made


once = partial(drain, at_most=1)


class Drainer:
    """Work on a connection of its own, which stops before a statement, or its commit, until it may go on."""

    def __init__(self, stop, work=once):
        self.stop, self.act, self.stopped, self.may_go_on = stop, work, Event(), Event()
        self.statements = count()
        self.thread = ThreadPoolExecutor(1)
        self.outcome = self.thread.submit(self.work)
        self.outcome.add_done_callback(lambda _: self.stopped.set())
        assert self.stopped.wait(10)

    def work(self):
        mine = connections["default"]
        with mine.cursor() as cursor:
            cursor.execute(IMPATIENT)
        commit, mine.commit = mine.commit, lambda: self.watch(lambda _: commit(), COMMIT)
        try:
            with mine.execute_wrapper(self.watch):
                return self.act(now=NOW)
        finally:
            mine.close()

    def watch(self, execute, sql, *rest):
        if self.stop(next(self.statements), sql):
            self.stop = lambda number, sql: False
            self.stopped.set()
            assert self.may_go_on.wait(10)
        return execute(sql, *rest)

    def go_on(self) -> int:
        """How many KPIs it drained."""
        self.may_go_on.set()
        return self.outcome.result(10)


@contextmanager
def a_drain(*, before):
    """A drain that has come to this statement, and afterwards goes on to its end."""
    drainer = Drainer(lambda _, sql: re.search(before, sql))
    assert not drainer.outcome.done(), f"the drain never said {before}"
    try:
        yield drainer
    finally:
        drainer.may_go_on.set()
        drainer.thread.shutdown()
    drainer.outcome.result()


def a_whole_drain() -> int:
    return Drainer(lambda number, sql: False).go_on()


def exact_after_the_next_drain():
    drain(now=NOW)
    return oldest_mark() is None and differences() == []


# --- A KPI is one worker's ---------------------------------------------------------------------


@pytest.mark.parametrize("statement", [TAKES_MARKS, "DELETE FROM kpis_own", WRITES_TREE, COMMIT])
def test_a_kpi_that_is_being_drained_is_left_alone_by_the_next(kpi, creative, media, statement):
    """Two who make the same total from different snapshots leave the older one, for ever."""
    make.observations(kpi, creative, {WEEK: 10})
    with a_drain(before=statement) as first:
        make.observations(kpi, media, {WEEK: 20})
        assert drain(now=NOW) == 0
        assert first.go_on() == 1
    assert exact_after_the_next_drain()


def test_two_drains_at_once_share_out_the_kpis(creative):
    many = KPIS_AT_ONCE["postgresql"]
    kpis = [make.kpi(creative) for _ in range(many + 3)]
    for each in kpis:
        make.observations(each, creative, {WEEK: 1})
    with a_drain(before=COMMIT) as first:
        assert drain(now=NOW) == 3
        assert first.go_on() == many
    assert oldest_mark() is None
    assert set(RollupLock.objects.values_list("version", flat=True)) == {1}
    assert differences() == []


# --- Marks are appended, and taken after the lock -----------------------------------------------


def test_a_change_that_was_open_while_an_older_one_of_the_same_value_was_drained_is_not_lost(kpi, creative):
    """With one mark per value the writer's would be the older one, which the drain takes away."""
    make.observations(kpi, creative, {WEEK: 10})
    with transaction.atomic():
        make.observations(kpi, creative, {WEEK: 11})
        assert a_whole_drain() == 1
    assert oldest_mark()
    assert exact_after_the_next_drain()


def test_a_change_of_a_value_whose_older_mark_is_being_drained_neither_waits_nor_is_lost(kpi, creative):
    make.observations(kpi, creative, {WEEK: 10})
    with a_drain(before=COMMIT):
        make.observations(kpi, creative, {WEEK: 11})
    assert oldest_mark()
    assert exact_after_the_next_drain()


def test_what_is_committed_before_the_marks_are_taken_is_worked_in_with_them(kpi, creative, media):
    """A snapshot as old as the lock would show neither the mark nor the value."""
    make.observations(kpi, creative, {WEEK: 10})
    with a_drain(before=TAKES_MARKS):
        make.observations(kpi, media, {WEEK: 20})
    assert oldest_mark() is None
    assert differences() == []


def test_the_lock_is_held_before_the_marks_are_read(kpi, creative):
    make.observations(kpi, creative, {WEEK: 10})
    with a_drain(before=TAKES_MARKS), transaction.atomic():
        assert not RollupLock.objects.select_for_update(skip_locked=True, no_key=True).filter(kpi=kpi)


def test_what_is_committed_after_the_marks_were_taken_keeps_its_own(kpi, creative, media):
    make.observations(kpi, creative, {WEEK: 10})
    with a_drain(before="INSERT INTO kpis_own"):
        make.observations(kpi, media, {WEEK: 20})
    assert oldest_mark()
    assert exact_after_the_next_drain()


def test_a_change_that_was_numbered_first_and_committed_last_is_not_lost(kpi, creative, media):
    """Numbers commit out of order: a drain that removed all marks up to the highest it saw would remove this one."""
    with transaction.atomic():
        make.observations(kpi, media, {WEEK: 20})
        with ThreadPoolExecutor(1) as other:
            other.submit(committed, kpi, creative, {WEEK: 10}).result()
        drainer = Drainer(lambda _, sql: re.search(COMMIT, sql))
    assert drainer.go_on() == 1
    assert oldest_mark()
    assert exact_after_the_next_drain()


def committed(*arguments):
    try:
        make.observations(*arguments)
    finally:
        connection.close()


# --- Nobody waits ------------------------------------------------------------------------------


@pytest.mark.parametrize("statement", [TAKES_MARKS, WRITES_TREE, COMMIT])
def test_nobody_who_records_or_defines_waits_for_a_drain(kpi, creative, statement):
    """A drain that held the KPI's own row would stop everybody whose row refers to it."""
    make.observations(kpi, creative, {WEEK: 10})
    with a_drain(before=statement):
        make.observations(kpi, creative, {WEEK: 11, WEEK - timedelta(weeks=1): 3})
        Kpi.objects.filter(pk=kpi.pk).update(name="Another name")
        make.department("Workshop", parent=creative)
    assert exact_after_the_next_drain()


def test_a_drain_waits_for_nobody_who_records_or_defines(kpi, creative, media):
    make.observations(kpi, creative, {WEEK: 10})
    with transaction.atomic():
        make.observations(kpi, media, {WEEK: 20})
        Kpi.objects.filter(pk=kpi.pk).update(name="Another name")
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what refers to the KPI has asked for it by now
        assert a_whole_drain() == 1
        assert RollupLock.objects.get(kpi=kpi).version == 2
    assert exact_after_the_next_drain()


# --- Whatever happens, whenever it happens -----------------------------------------------------


def facts(kpi, n):
    creative, media, studio = (Department.objects.get(slug=slug) for slug in ("creative", "media", "studio"))
    make.observations(kpi, media, {WEEK - timedelta(weeks=n + 20): n})
    make.observations(kpi, studio, {WEEK: 100 + n})
    current = Observation.objects.current().filter(kpi=kpi, department=creative, date=WEEK - timedelta(weeks=1))
    retract_observations(current, by=None, at=NOW, reason="wrong")


def move(kpi, n):
    parent = Department.objects.get(slug=("media", "creative")[n % 2])
    Department.objects.filter(slug="studio").update(parent=parent)


def rule(kpi, n):
    over_time, over_departments = [("last", "sum"), ("max", "max"), ("sum", "none"), ("sum", "sum")][n % 4]
    Kpi.objects.filter(pk=kpi.pk).update(over_time=over_time, over_departments=over_departments)


def year(kpi, n):
    start_year_in((4, 1, 10)[n % 3])


def removal(kpi, n):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM kpis_observation WHERE kpi_id = %s AND date < %s", [kpi.pk, WEEK])


EVENTS = [facts, removal, rule, move, year]


TABLES = r"(kpis_|claimed|touched|lineage)\w*"
WORK = {"in part": once, "whole": once, "anew": rebuild}


def moments(kind, event):
    """The numbers of the statements to stop at: LONG all of them, or one for each thing that is done."""
    with CaptureQueriesContext(connection) as said:
        WORK[kind](now=NOW)
    kinds = {}
    for number, query in enumerate(said.captured_queries):
        if thing := re.search(rf"(INSERT INTO|DELETE FROM|TRUNCATE|UPDATE) {TABLES}", query["sql"]):
            kinds.setdefault(thing[0], number)
    found = list(range(len(said))) if LONG else list(kinds.values())
    assert len(found) > 5
    return found[3::5] if event is year else found  # this one takes a second


@pytest.mark.long
@pytest.mark.parametrize("event", EVENTS)
def test_what_is_committed_at_any_moment_of_a_drain_is_rolled_up_by_the_next(kpi, creative, event):
    for kind in WORK:
        change(kpi, creative, -1, kind)
        for number in moments(kind, event):
            for begun_before in (False, True) if LONG else (bool(number % 2),):
                change(kpi, creative, number, kind)
                meet(WORK[kind], number, begun_before, lambda number=number: event(kpi, number))
                drain(now=NOW)
                assert oldest_mark() is None
                wrong = differences(CalendarDay.objects.calendar().year_starts_in)
                assert wrong == [], f"{kind=} {number=} {begun_before=}"


def change(kpi, department, number, kind):
    make.observations(kpi, department, {WEEK: 1000 + number, WEEK - timedelta(weeks=1): number})
    if kind == "whole":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO kpis_mark (kpi_id) VALUES (%s)", [kpi.pk])


def meet(work, number, begun_before, event):
    """Somebody is at work and before this statement when the event is committed, which may have begun before that."""
    if begun_before:
        with transaction.atomic():
            event()
            worker = Drainer(lambda n, sql: n == number, work)
    else:
        worker = Drainer(lambda n, sql: n == number, work)
        event()
    worker.go_on()


def test_a_kpi_that_is_made_and_drained_while_a_department_moves_follows_the_move(kpi):
    """The move marks the KPIs that it sees."""
    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            move(kpi, 0)
            making = other.submit(made_and_drained, Department.objects.get(slug="studio"))
            until_done_or_waiting(making)
        making.result()
    assert exact_after_the_next_drain()


def test_a_kpi_that_is_made_and_drained_while_the_year_changes_follows_the_change(kpi):
    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            start_year_in(4)
            making = other.submit(made_and_drained, Department.objects.get(slug="studio"))
            until_done_or_waiting(making)
        making.result()
    drain(now=NOW)
    assert differences(4) == []


def made_and_drained(department):
    try:
        make.observations(make.kpi(department, code="new"), department, {WEEK: 7})
        drain(now=NOW)
    finally:
        connection.close()


def until_done_or_waiting(making):
    waiting = "SELECT COUNT(*) FROM pg_locks WHERE NOT granted AND relation = 'kpis_kpi'::regclass"
    with connection.cursor() as cursor:
        while not making.done():
            cursor.execute(waiting)
            if cursor.fetchone()[0]:
                return


# --- Two who record ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("week", "statement"),
    [
        (WEEK, "UPDATE stage"),
        (WEEK, "UPDATE kpis_observation"),
        (WEEK - timedelta(weeks=1), "UPDATE stage"),
        (WEEK - timedelta(weeks=1), "INSERT INTO kpis_observation"),
    ],
)
def test_who_saw_another_value_than_the_one_that_stands_by_now_overwrites_nothing(kpi, creative, coo, week, statement):
    saw = Observation.objects.filter(kpi=kpi, department=creative, date=week).first()
    given = [Given(0, creative.slug, kpi.code, week, value=Decimal(7))]
    everywhere = Department.objects.all()

    def give(now):
        return enter(
            given, errors={}, departments=everywhere, by=coo, at=now, source="entry", stood={0: saw and saw.pk}
        )

    late = Drainer(lambda _, sql: statement in sql, give)
    make.observations(kpi, creative, {week: 8})
    with pytest.raises(ChangedMeanwhile):
        late.go_on()
    late.thread.shutdown()
    assert Observation.objects.current().get(kpi=kpi, department=creative, date=week).value == 8
    assert exact_after_the_next_drain()


# --- Two formulas that are right alone ----------------------------------------------------------


def test_two_who_make_a_circle_of_formulas_at_once_come_in_turn_and_the_second_is_told(creative):
    money = make.kpi(creative, code="money")
    one, two = (make.formula(creative, code=code, expression=money.code, unit="") for code in ("one", "two"))

    def say(now):
        return record_formula(one, expression="two × 2", by=None, at=now)

    first = Drainer(lambda _, sql: sql == COMMIT, say)
    with pytest.raises(OperationalError, match="lock timeout"):  # it would wait
        record_formula(two, expression="one × 2", by=None, at=NOW)
    first.go_on()
    first.thread.shutdown()
    with pytest.raises(FormulaInvalid, match="two → one → two"):
        record_formula(two, expression="one × 2", by=None, at=NOW)
