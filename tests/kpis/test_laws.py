"""What the database itself refuses about KPIs and what is recorded: not by a form, but by a row."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import ProtectedError

from kpis import rules
from kpis.models import Assignment, Batch, Kpi, Observation, RollupLock, Target
from kpis.models.fields import LIMIT
from kpis.periods import FIRST_DAY, LAST_DAY
from tests import make
from tests.clock import NOW

MONDAY = date(2026, 11, 9)


def refused(law, act, *arguments, **fields):
    with pytest.raises(IntegrityError, match=law), transaction.atomic():
        act(*arguments, **fields)


@pytest.fixture
def kpi(creative):
    return make.kpi(creative)


@pytest.fixture
def batch(db):
    return Batch.objects.create(source="entry", recorded_at=NOW)


@pytest.fixture
def observe(kpi, creative, batch):
    def observe(**fields):
        values = {"value": 5} if not fields.keys() & {"value", "numerator", "denominator"} else {}
        given = {"kpi": kpi, "department": creative, "date": MONDAY, "batch": batch, "recorded_at": NOW}
        return Observation.objects.create(**{**given, **values, **fields})

    return observe


# --- Observations -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"value": 6},
        {"value": None, "numerator": 1, "denominator": 2},
        {"date": MONDAY + timedelta(7)},
        {"reference": "x"},
        {"recorded_at": NOW + timedelta(1)},
    ],
)
def test_an_observation_is_never_updated(observe, kpi, change):
    observe()
    refused("observation_never_updated", Observation.objects.filter(kpi=kpi).update, **change)


def test_an_observation_stays_with_its_kpi_department_and_batch(observe, kpi, creative, media):
    observe()
    other = {"kpi": make.kpi(media), "department": media, "batch": Batch.objects.create(source="api", recorded_at=NOW)}
    for name, row in other.items():
        refused("observation_never_updated", Observation.objects.filter(kpi=kpi).update, **{name: row})


def test_what_was_superseded_stays_so(observe, kpi, batch):
    observe(superseded_at=NOW, superseded_in=batch)
    gone = Observation.objects.filter(kpi=kpi)
    refused("observation_never_updated", gone.update, superseded_at=None, superseded_in=None)
    refused("observation_never_updated", gone.update, superseded_at=NOW + timedelta(1))


@pytest.mark.parametrize(
    "numbers",
    [
        {"value": None},
        {"value": 1, "numerator": 1, "denominator": 1},
        {"numerator": 1},
        {"denominator": 1},
        {"value": 1, "denominator": 1},
    ],
)
def test_an_observation_has_a_value_or_a_numerator_and_a_denominator(observe, numbers):
    refused("observation_value_or_ratio", observe, **numbers)


@pytest.mark.parametrize("day", [FIRST_DAY - timedelta(1), LAST_DAY + timedelta(1)])
def test_an_observation_lies_in_the_calendar(observe, day):
    refused("observation_date_in_calendar", observe, date=day)


def test_the_calendars_first_and_last_day_are_in_it(observe):
    for day in (FIRST_DAY, LAST_DAY):
        observe(date=day)


@pytest.mark.parametrize("column", ["value", "numerator", "denominator"])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_number_beyond_the_limit_is_refused_and_not_wrapped(kpi, creative, batch, column, sign):
    numbers = {"value": None, "numerator": 1, "denominator": 1, column: sign * (LIMIT * 10**6 + 1)}
    if column == "value":
        numbers |= {"numerator": None, "denominator": None}
    columns = "kpi_id, department_id, date, reference, note, batch_id, recorded_at, " + ", ".join(numbers)
    with connection.cursor() as cursor:
        refused(
            "observation_numbers_in_range",
            cursor.execute,
            f"INSERT INTO kpis_observation ({columns}) VALUES (%s, %s, %s, '', '', %s, %s, %s, %s, %s)",
            [kpi.pk, creative.pk, MONDAY, batch.pk, NOW, *numbers.values()],
        )


def test_of_a_place_and_period_one_observation_is_current(observe, batch):
    observe(superseded_at=NOW, superseded_in=batch)
    observe()
    observe(reference="second invoice")
    refused("observation_one_current|UNIQUE constraint failed", observe)
    assert Observation.objects.current().count() == 2


def test_what_ended_names_the_batch_that_ended_it(observe, batch):
    refused("observation_superseded_at_with_batch", observe, superseded_at=NOW)
    refused("observation_superseded_at_with_batch", observe, superseded_in=batch)


def test_what_was_recorded_holds_its_kpi_department_and_batch(observe, kpi, creative, batch):
    observe()
    for held in (kpi, creative, batch):
        with pytest.raises(ProtectedError):
            held.delete()


# --- Batches ------------------------------------------------------------------------------------


def test_a_batch_has_a_known_source_and_a_reversal_reverses(batch):
    refused("batch_source_is_known", Batch.objects.create, source="rumour", recorded_at=NOW)
    refused("batch_reversal_reverses_something", Batch.objects.create, source="reversal", recorded_at=NOW)
    refused("batch_reversal_reverses_something", Batch.objects.create, source="file", recorded_at=NOW, reverses=batch)


def test_a_batch_is_undone_once(batch):
    undo = {"source": "reversal", "recorded_at": NOW, "reverses": batch}
    Batch.objects.create(**undo)
    refused("reverses", Batch.objects.create, **undo)


# --- Contracts ----------------------------------------------------------------------------------


def test_two_rules_go_together_just_where_the_result_is_exact(kpi):
    for over_time in rules.OverTime:
        for over_departments in rules.OverDepartments:
            change = {"over_time": over_time, "over_departments": over_departments}
            if rules.is_exact(over_time, over_departments):
                Kpi.objects.filter(pk=kpi.pk).update(**change)
            else:
                refused("kpi_combination_is_exact", Kpi.objects.filter(pk=kpi.pk).update, **change)


def test_a_kpi_is_recorded_at_least_as_often_as_it_is_judged(kpi):
    grains = ["day", "week", "month", "quarter"]
    for cadence in grains:
        for recorded in grains:
            change = {"cadence": cadence, "recorded": recorded}
            if grains.index(recorded) <= grains.index(cadence):
                Kpi.objects.filter(pk=kpi.pk).update(**change)
            else:
                refused("kpi_recorded_at_least", Kpi.objects.filter(pk=kpi.pk).update, **change)


@pytest.mark.parametrize(
    ("law", "fields"),
    [
        ("kpi_direction_is_known", {"direction": "sideways"}),
        ("kpi_category_is_known", {"category": "weather"}),
        ("kpi_cadence_is_known", {"cadence": "year"}),
        ("kpi_recorded_at_least", {"recorded": "hour"}),
        ("kpi_over_time_is_known", {"over_time": "median", "over_departments": "none"}),
        ("kpi_combination_is_exact", {"over_departments": "median"}),
        ("kpi_at_most_six_decimals", {"decimals": 7}),
        ("kpi_per_is_for_ratios", {"per": 100}),
        ("kpi_per_is_for_ratios|per_check", {"per": 0}),
        ("kpi_is_named", {"name": ""}),
        ("kpi_is_named", {"code": ""}),
    ],
)
def test_what_a_contract_cannot_say(kpi, law, fields):
    refused(law, Kpi.objects.filter(pk=kpi.pk).update, **fields)


def test_every_kpi_has_its_lock(kpi, creative):
    Kpi.objects.bulk_create([Kpi(code=f"bulk-{n}", name="Bulk", owner=creative) for n in range(3)])
    assert set(RollupLock.objects.values_list("kpi_id")) == set(Kpi.objects.values_list("pk"))


# --- Assignments --------------------------------------------------------------------------------


@pytest.fixture
def measured(creative, media):
    kpi = make.kpi(creative)
    Assignment.objects.filter(kpi=kpi).update(starts_on=date(2026, 3, 1), ends_on=date(2026, 3, 31))
    return kpi


@pytest.mark.parametrize(
    "days",
    [
        (date(2026, 3, 1), date(2026, 3, 31)),
        (date(2026, 1, 1), date(2026, 3, 1)),
        (date(2026, 3, 31), None),
        (date(2026, 1, 1), None),
    ],
)
def test_a_department_measures_a_kpi_once_at_a_time(measured, creative, media, days):
    again = {"kpi": measured, "starts_on": days[0], "ends_on": days[1]}
    refused("assignment_once_a_day", Assignment.objects.create, department=creative, **again)
    Assignment.objects.create(department=media, **again)


def test_a_department_may_measure_a_kpi_again_later(measured, creative):
    later = Assignment.objects.create(kpi=measured, department=creative, starts_on=date(2026, 4, 1))
    refused("assignment_once_a_day", Assignment.objects.filter(pk=later.pk).update, starts_on=date(2026, 3, 31))


def test_an_assignment_ends_after_it_starts(measured, media):
    days = {"starts_on": date(2026, 4, 2), "ends_on": date(2026, 4, 1)}
    refused("assignment_ends_after|range", Assignment.objects.create, kpi=measured, department=media, **days)


# --- Targets ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("law", "fields"),
    [
        ("target_says_something", {}),
        ("target_band_is_not_empty", {"lower": 5, "upper": 4}),
        ("target_ends_after_it_starts", {"lower": 5, "ends_on": date(1999, 12, 31)}),
    ],
)
def test_what_a_target_cannot_be(kpi, law, fields):
    refused(law, make.target, kpi, **fields)


@pytest.mark.parametrize("ends_on", [None, date(2026, 12, 31)])
@pytest.mark.parametrize("whose", ["all", "creative"])
def test_of_a_stretch_one_target_is_current(kpi, creative, ends_on, whose):
    stretch = {"ends_on": ends_on, "department": None if whose == "all" else creative}
    first = make.target(kpi, lower=5, **stretch)
    refused("target_one_current_per_stretch", make.target, kpi, lower=6, **stretch)
    Target.objects.filter(pk=first.pk).update(superseded_at=NOW)
    make.target(kpi, lower=6, **stretch)


def test_a_target_for_all_an_exception_and_one_of_a_department_stand_side_by_side(kpi, creative, media):
    make.target(kpi, lower=5)
    make.target(kpi, lower=5, ends_on=date(2026, 12, 31))
    for department in (creative, media):
        make.target(kpi, lower=6, department=department)
    assert Target.objects.current().count() == 4


def test_a_number_is_kept_to_the_last_of_six_decimals(kpi):
    make.target(kpi, lower="0.000001", upper=LIMIT)
    kept = Target.objects.get()
    assert (str(kept.lower), kept.upper) == ("0.000001", LIMIT)
    with pytest.raises((ValueError, DatabaseError)):
        make.target(kpi, lower="0.0000001")
