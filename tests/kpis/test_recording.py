from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from kpis.models import Batch, Observation
from kpis.services.recording import (
    AlreadyReversed,
    BatchSuperseded,
    Entry,
    RecordedTwice,
    TooMuchToAdd,
    record_observations,
    retract_observations,
    reverse_batch,
)
from kpis.services.rollups import drain
from tests import make
from tests.clock import NOW
from tests.kpis.oracle import differences

WEEK = date(2026, 11, 9)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def jobs(creative):
    return make.kpi(creative, code="jobs")


def current():
    return {(o.date, o.value) for o in Observation.objects.current()}


def test_the_same_entries_twice_change_nothing_the_second_time(jobs, creative):
    first = make.observations(jobs, creative, {WEEK: 3})
    second = make.observations(jobs, creative, {WEEK: 3}, at=LATER)
    assert (first.added, second.unchanged, second.batch) == (1, 1, None)
    assert Batch.objects.count() == 1


def test_a_correction_keeps_the_old_row_and_says_which_batch_ended_it(jobs, creative, coo):
    make.observations(jobs, creative, {WEEK: 3})
    outcome = make.observations(jobs, creative, {WEEK: 4}, by=coo, at=LATER, reason="miscounted")
    old = Observation.objects.exclude(superseded_at=None).get()
    assert (outcome.corrected, old.value, old.superseded_at) == (1, 3, LATER)
    assert (old.superseded_in.recorded_by, old.superseded_in.reason) == (coo, "miscounted")


def test_what_was_known_at_a_moment_can_be_asked_later(jobs, creative):
    make.observations(jobs, creative, {WEEK: 3})
    make.observations(jobs, creative, {WEEK: 4}, at=LATER)
    assert [o.value for o in Observation.objects.known_at(NOW)] == [3]
    assert [o.value for o in Observation.objects.known_at(LATER)] == [4]


def test_a_retraction_ends_a_value_without_a_successor(jobs, creative):
    make.observations(jobs, creative, {WEEK: 3})
    outcome = retract_observations(Observation.objects.all(), by=None, at=LATER, reason="not ours")
    assert (outcome.retracted, current()) == (1, set())
    assert retract_observations(Observation.objects.all(), by=None, at=LATER, reason="again").batch is None


def test_a_batch_is_undone_whole(jobs, creative, coo):
    make.observations(jobs, creative, {WEEK: 3})
    batch = make.observations(jobs, creative, {WEEK: 4, WEEK - timedelta(weeks=1): 9}, at=LATER).batch
    undo = reverse_batch(batch, by=coo, at=LATER)
    assert current() == {(WEEK, 3)}
    assert (undo.reverses, undo.recorded_by) == (batch, coo)
    with pytest.raises(AlreadyReversed):
        reverse_batch(batch, by=coo, at=LATER)


def test_a_retraction_is_undone_by_bringing_the_value_back(jobs, creative):
    make.observations(jobs, creative, {WEEK: 3})
    batch = retract_observations(Observation.objects.all(), by=None, at=LATER, reason="oh").batch
    reverse_batch(batch, by=None, at=LATER)
    assert current() == {(WEEK, 3)}


def test_a_batch_on_which_something_newer_stands_is_not_undone(jobs, creative):
    batch = make.observations(jobs, creative, {WEEK: 3}).batch
    make.observations(jobs, creative, {WEEK: 4}, at=LATER)
    with pytest.raises(BatchSuperseded):
        reverse_batch(batch, by=None, at=LATER)
    assert current() == {(WEEK, 4)}


def test_a_retraction_whose_place_is_taken_is_not_undone(jobs, creative):
    make.observations(jobs, creative, {WEEK: 3})
    batch = retract_observations(Observation.objects.all(), by=None, at=LATER, reason="oh").batch
    make.observations(jobs, creative, {WEEK: 5}, at=LATER)
    with pytest.raises(BatchSuperseded):
        reverse_batch(batch, by=None, at=LATER)
    assert current() == {(WEEK, 5)}


def test_an_import_with_a_very_long_name_can_be_undone(jobs, creative):
    entries = [Entry(jobs.pk, creative.pk, WEEK, value=Decimal(1))]
    batch = record_observations(entries, by=None, at=NOW, source="file", file_name="x" * 255).batch
    assert reverse_batch(batch, by=None, at=LATER).reverses == batch


def test_an_undo_can_itself_be_undone(jobs, creative):
    batch = make.observations(jobs, creative, {WEEK: 3}).batch
    undo = reverse_batch(batch, by=None, at=LATER)
    reverse_batch(undo, by=None, at=LATER)
    assert current() == {(WEEK, 3)}


def test_two_entries_for_one_value_are_refused_and_nothing_is_written(jobs, creative):
    twice = [Entry(jobs.pk, creative.pk, WEEK, value=Decimal(n), row=n) for n in (1, 2)]
    with pytest.raises(RecordedTwice, match="Rows 1 and 2"):
        record_observations(twice, by=None, at=NOW, source="api")
    assert not Observation.objects.exists()


def test_a_dry_run_counts_and_writes_nothing(jobs, creative):
    make.observations(jobs, creative, {WEEK: 3})
    entries = [Entry(jobs.pk, creative.pk, WEEK - timedelta(weeks=n), value=Decimal(n + 3)) for n in range(4)]
    outcome = record_observations(entries, by=None, at=NOW, source="file", dry_run=True)
    assert (outcome.added, outcome.unchanged, outcome.batch) == (3, 1, None)
    assert Observation.objects.count() == 1


def test_notes_with_quotes_commas_and_backslashes_arrive_as_they_were(jobs, creative):
    note = 'a "b", c\\N; d\n\\N'
    record_observations([Entry(jobs.pk, creative.pk, WEEK, value=Decimal(1), note=note)], by=None, at=NOW, source="api")
    assert Observation.objects.get().note == note


def test_the_database_itself_refuses_to_change_a_fact(jobs, creative):
    make.observations(jobs, creative, {WEEK: 3})
    with pytest.raises(IntegrityError, match="never_updated"), transaction.atomic():
        Observation.objects.update(value=4)
    assert current() == {(WEEK, 3)}


def test_values_that_nobody_could_add_up_are_refused_before_anything_is_written(jobs, creative):
    most = {WEEK - timedelta(weeks=number): 10**12 for number in range(9)}
    make.observations(jobs, creative, most)
    drain(now=NOW)
    assert differences() == []
    with pytest.raises(TooMuchToAdd, match="All values of jobs together would come to more than 9,000,000,000,000"):
        make.observations(jobs, creative, {WEEK - timedelta(weeks=20): -(10**12)})
    assert Observation.objects.count() == 9
    assert Batch.objects.count() == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite uses the room of deleted rows again.")
def test_a_large_batch_leaves_nothing_in_the_way_of_a_small_one(creative):
    uptime = make.kpi(creative, recorded="day")
    make.observations(uptime, creative, {WEEK - timedelta(days=number): number for number in range(2000)})
    make.observations(uptime, creative, {WEEK: 1})
    drain(now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_relation_size('stage'), pg_relation_size('claimed')")
        assert max(cursor.fetchone()) <= 8192, "one page each"
