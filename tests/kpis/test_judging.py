"""Signals are rows that follow the values: found, kept, withdrawn and found again."""

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from departments.models import Department
from kpis.models import Judgement, Kpi, Phase, Process, Signal
from kpis.selectors.book import Book
from kpis.selectors.freshness import freshness
from kpis.selectors.processes import courses, quick
from kpis.selectors.readings import Sums, reading
from kpis.services.judging import judge
from kpis.services.recording import reverse_batch
from kpis.services.rollups import drain
from tests import make
from tests.clock import NOW, TODAY

STEADY = [10, 11, 10, 12, 9, 10, 11, 10, 9, 11, 10, 12, 10, 11, 9, 10, 11, 10, 12, 10]


# On PostgreSQL the edition of definitions rises when they are committed.
committed = pytest.mark.django_db(transaction=True)


def judged(*, on=TODAY, now=NOW):
    drain(now=now)
    return judge(on=on, now=now)


def weekly(values):
    """The newest value is that of last week; None is a week without one."""
    return {make.weeks_ago(n): v for n, v in zip(range(len(values), 0, -1), values, strict=True) if v is not None}


def told():
    return [(s.kind, s.rules, s.first, s.last, s.known, s.state) for s in Signal.objects.order_by("pk")]


@pytest.fixture
def jobs(creative):
    return make.kpi(creative, code="jobs", direction="up", starts_on=make.weeks_ago(20))


def test_routine_variation_is_no_signal(creative, jobs):
    make.observations(jobs, creative, weekly(STEADY))
    assert judged() == 1
    assert told() == []
    process = Process.objects.get()
    assert (process.kpi, process.department_id, process.kind, process.assurance) == (
        jobs, creative.pk, "common_cause", "none",
    )  # fmt: skip
    assert process.period == make.weeks_ago(1)
    assert process.values == 20
    assert process.centre == pytest.approx(10.4)


def test_a_value_beyond_a_limit_is_one_and_its_direction_says_which(creative, jobs):
    make.observations(jobs, creative, weekly([*STEADY[1:], 2]))
    judged()
    last = make.weeks_ago(1)
    assert told() == [("concern", "beyond_limit", last, last, last, "open")]
    assert Process.objects.get().kind == "concern"


def test_seven_in_a_row_are_one_signal_that_is_known_with_the_seventh_and_grows(creative, jobs):
    Phase.objects.create(kpi=jobs, starts_on=make.weeks_ago(21), fixed_from=12, reason="from here on", recorded_at=NOW)
    make.observations(jobs, creative, weekly([*STEADY[:11], 9, 12, 12, 12, 12, 12, 12, 12, None]))
    judged()
    run = ("improvement", "one_side", make.weeks_ago(8), make.weeks_ago(2), make.weeks_ago(2), "open")
    assert told()[0] == run
    make.observations(jobs, creative, {make.weeks_ago(1): 12})
    judged()
    assert told()[0] == (*run[:3], make.weeks_ago(1), *run[4:])


def test_judging_again_changes_nothing_and_finds_nothing_to_do(creative, jobs):
    make.observations(jobs, creative, weekly([*STEADY[1:], 2]))
    judged()
    before, state = told(), list(Judgement.objects.values())
    assert judge(on=TODAY, now=NOW) == 0
    Judgement.objects.update(version=-1)
    assert judge(on=TODAY, now=NOW) == 1
    assert (told(), list(Judgement.objects.values())) == (before, state)


def test_a_page_is_another_when_the_judge_wrote_something_and_the_same_when_not(creative, jobs):
    make.observations(jobs, creative, weekly([*STEADY[1:], 2]))
    drain(now=NOW)
    before = freshness(at=NOW).edition
    judge(on=TODAY, now=NOW)
    after = freshness(at=NOW).edition
    assert after != before
    Judgement.objects.update(version=-1)
    judge(on=TODAY, now=NOW)
    assert freshness(at=NOW).edition == after


def test_a_correction_withdraws_a_signal_and_undoing_it_brings_the_same_back(creative, jobs):
    make.observations(jobs, creative, weekly([*STEADY[1:], 2]))
    judged()
    Signal.objects.update(explained_at=NOW, explanation="The system was down.")
    correction = make.observations(jobs, creative, {make.weeks_ago(1): 10})
    judged()
    assert [s[-1] for s in told()] == ["withdrawn"]
    reverse_batch(correction.batch, by=None, at=NOW + timedelta(minutes=1))
    judged()
    assert [s[-1] for s in told()] == ["explained"]


@committed
def test_a_new_phase_ends_the_signal_that_it_explains(creative, jobs):
    make.observations(jobs, creative, weekly([*STEADY[:10], *[30, 31, 30, 32, 29, 30, 31, 30, 29, 31]]))
    judged()
    assert "withdrawn" not in {s[-1] for s in told()}
    Phase.objects.create(kpi=jobs, department=creative, starts_on=make.weeks_ago(10), reason="new", recorded_at=NOW)
    assert judged() == 1
    assert {s[-1] for s in told()} == {"withdrawn"}
    process = Process.objects.get()
    assert (process.phase_from, process.values) == (make.weeks_ago(10), 10)


def test_a_value_that_is_missing_is_a_signal_and_came_late_when_it_comes(creative, jobs):
    make.observations(jobs, creative, weekly([*STEADY[2:], None, None]))
    judged()
    silent = ("missing", "", make.weeks_ago(2), make.weeks_ago(1), make.weeks_ago(2), "open")
    assert told() == [silent]
    make.observations(jobs, creative, {make.weeks_ago(2): 10})
    judged()
    assert told() == [
        ("missing", "", make.weeks_ago(1), make.weeks_ago(1), make.weeks_ago(1), "open"),
        ("late", "", make.weeks_ago(2), make.weeks_ago(2), make.weeks_ago(2), "open"),
    ]
    make.observations(jobs, creative, {make.weeks_ago(1): 10})
    judged()
    assert [(s[0], s[-1]) for s in told()] == [("missing", "withdrawn"), ("late", "open"), ("late", "open")]


def test_a_value_is_missing_after_some_days_of_grace(creative, jobs):
    make.observations(jobs, creative, weekly([*STEADY[1:], None]))
    monday = make.weeks_ago(0)
    for day, expected in ((monday, 0), (monday + timedelta(days=1), 0), (monday + timedelta(days=2), 1)):
        judged(on=day)
        assert Signal.objects.filter(kind="missing").count() == expected


def test_nothing_is_missing_before_the_department_measures(creative):
    kpi = make.kpi(creative, starts_on=make.weeks_ago(3))
    make.observations(kpi, creative, weekly([1, 2, 3]))
    judged()
    assert told() == []
    assert Process.objects.get().centre is None


def test_where_several_departments_add_up_their_total_is_judged_too(agency, creative, media):
    both, alone = make.kpi(creative, media), make.kpi(creative)
    apart = make.kpi(creative, media, over_departments="none")
    for kpi in (both, alone, apart):
        for place in (creative, media) if kpi != alone else (creative,):
            make.observations(kpi, place, weekly(STEADY))
    judged()
    found = sorted(Process.objects.values_list("kpi", "department"))
    assert found == sorted(
        [(both.pk, creative.pk), (both.pk, media.pk), (both.pk, agency.pk), (alone.pk, creative.pk)]
        + [(apart.pk, creative.pk), (apart.pk, media.pk)]
    )


@committed
def test_a_department_that_no_longer_measures_loses_what_was_said(creative, jobs):
    make.observations(jobs, creative, weekly([*STEADY[1:], 2]))
    judged()
    jobs.assignments.all().delete()
    judged()
    assert [s[-1] for s in told()] == ["withdrawn"]
    assert not Process.objects.exists()


@committed
def test_assurance_follows_the_target(creative, jobs):
    make.observations(jobs, creative, weekly(STEADY))
    for lower, expected in ((3, "hits"), (10, "hit_and_miss"), (40, "misses")):
        target = make.target(jobs, lower=lower)
        judged()
        assert Process.objects.get().assurance == expected
        target.delete()


def test_the_day_alone_makes_it_look_again(creative, jobs):
    make.observations(jobs, creative, weekly(STEADY))
    judged()
    assert judge(on=TODAY, now=NOW) == 0
    assert judge(on=TODAY + timedelta(days=1), now=NOW) == 1
    assert judge(on=TODAY, now=NOW) == 0  # what knows more is kept
    assert Judgement.objects.get().on == TODAY + timedelta(days=1)


def test_how_many_queries_it_takes_does_not_depend_on_how_many_series(creative, media):
    def asked(kpis):
        for kpi in kpis:
            make.observations(kpi, creative, weekly([*STEADY[1:], 2]))
        drain(now=NOW)
        with CaptureQueriesContext(connection) as queries:
            judge(on=TODAY, now=NOW)
        return len(queries)

    few = asked([make.kpi(creative) for _ in range(2)])
    assert asked([make.kpi(creative) for _ in range(12)]) <= few + 12  # one update of each KPI's state


KINDS = [
    ("sum", "sum"),
    ("sum", "mean"),
    ("last", "max"),
    ("min", "min"),
    ("mean", "mean"),
    ("ratio", "ratio"),
    ("sum", "none"),
]


@pytest.mark.parametrize(("over_time", "over_departments"), KINDS)
def test_quick_values_are_the_answers(over_time, over_departments):
    chance = random.Random(over_time + over_departments)
    kpi = Kpi(over_time=over_time, over_departments=over_departments, per=100 if over_time == "ratio" else 1)
    for _ in range(200):
        numbers = [chance.choice([None, 0, chance.randrange(-(10**12), 10**12)]) for _ in range(7)]
        sums = Sums(chance.randrange(1, 9), *numbers, chance.randrange(1, 9))
        exact = reading(kpi, TODAY, sums).value
        assert quick(kpi, sums) == (None if exact is None else pytest.approx(float(exact)))


def test_a_series_begins_with_its_first_value_and_ends_with_the_last_period_that_is_over(creative, jobs):
    make.observations(jobs, creative, {**weekly([1, None, 3, None]), make.weeks_ago(0): 9})
    drain(now=NOW)
    (course,) = courses(Book(Department.objects.all(), [jobs], on=TODAY))
    assert [p.value for p in course.points] == [1, None, 3, None]
    assert course.periods == [make.weeks_ago(n) for n in (4, 3, 2, 1)]
    assert course.newest == 2


def test_days_are_judged_by_the_week(creative):
    kpi = make.kpi(creative, cadence="day", over_time="mean", over_departments="mean")
    make.observations(kpi, creative, {date(2026, 11, 2): 4, date(2026, 11, 3): 6, date(2026, 11, 10): Decimal("7.5")})
    drain(now=NOW)
    (course,) = courses(Book(Department.objects.all(), [kpi], on=TODAY))
    assert (course.grain, [p.value for p in course.points]) == ("week", [5, 7.5])


def test_what_came_late_twice_is_late_once_and_keeps_nobody_waiting(creative, jobs):
    other = make.kpi(creative, starts_on=TODAY)
    make.observations(jobs, creative, weekly([*STEADY[1:], None]))
    judged()
    for minute in (1, 3):
        came = make.observations(jobs, creative, {make.weeks_ago(1): 10}, at=NOW + timedelta(minutes=minute)).batch
        judged()
        if minute == 1:
            reverse_batch(came, by=None, at=NOW + timedelta(minutes=2))
            judged()
    assert [(s[0], s[-1]) for s in told()] == [("missing", "withdrawn"), ("late", "open")]
    assert Judgement.objects.filter(kpi=other).exists()


@committed
def test_at_another_cadence_signals_are_others(creative):
    kpi = make.kpi(creative, code="jobs", cadence="week", recorded="day", over_time="mean", over_departments="mean")
    make.observations(kpi, creative, weekly([*STEADY[1:], 2]))
    judged()
    Kpi.objects.filter(pk=kpi.pk).update(cadence="month")
    judged()
    standing = Signal.objects.standing()
    assert {s.grain for s in Signal.objects.all()} >= {"week"}
    assert not standing.filter(grain="week").exists()


def test_a_long_silence_began_when_it_began(creative, jobs):
    make.observations(jobs, creative, {make.weeks_ago(n): 10 for n in range(14, 20)})
    for week in range(3):
        judged(on=TODAY + timedelta(weeks=week))
    first = make.weeks_ago(13)
    assert [(s[0], s[2], s[4], s[-1]) for s in told()] == [("missing", first, first, "open")]
