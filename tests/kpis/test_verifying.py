"""Whether totals are right is found out without trusting what made them."""

import random
from datetime import date, timedelta
from threading import Event, Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import InternalError, connection, transaction

from config.celery import app
from departments.models import Department
from kpis import tasks
from kpis.models import CalendarDay, Observation, OwnRollup, Rollup, RollupLock
from kpis.services import calendar, verifying
from kpis.services.rollups import drain, oldest_mark
from tests import make
from tests.clock import NOW

WEEK = date(2026, 11, 9)
COMBINATIONS = [
    ("sum", "sum"), ("sum", "mean"), ("last", "sum"), ("last", "min"), ("min", "min"), ("max", "max"), ("max", "none"),
    ("mean", "mean"), ("ratio", "ratio"), ("ratio", "none"),
]  # fmt: skip


@pytest.fixture
def jobs(agency, creative, media):
    """Two weeks of open jobs in Creative, one in Media; all rolled up."""
    kpi = make.kpi(creative, media, code="jobs", over_time="last")
    make.observations(kpi, creative, {WEEK: 3, WEEK - timedelta(weeks=1): 2.5})
    make.observations(kpi, media, {WEEK: 9})
    drain(now=NOW)
    return kpi


def verify(*arguments, capsys, code=0):
    """What the command prints, line by line; `code` is what it ends with."""
    if code:
        with pytest.raises(CommandError) as refused:
            call_command("verify_rollups", *arguments)
        assert refused.value.returncode == code
    else:
        call_command("verify_rollups", *arguments)
    return capsys.readouterr().out.splitlines()


def week_of(department, **changes):
    rows = Rollup.objects.filter(department=department, grain="week", period=WEEK)
    return rows.update(**changes) if changes else rows


def test_where_all_is_right_it_says_how_much_was_compared(jobs, capsys):
    own, tree = OwnRollup.objects.count(), Rollup.objects.count()
    assert verify(capsys=capsys) == [f"{own + tree} rollups of 1 KPIs compared.", "No differences."]


def test_a_total_that_differs_is_named_to_its_column(jobs, agency, capsys):
    week_of(agency, amount=13, last="12.5")
    said = verify(capsys=capsys, code=2)
    assert said[:2] == [
        "jobs agency week 2026-11-09 amount: expected 12, found 13",
        "jobs agency week 2026-11-09 last: expected 12, found 12.5",
    ]


@pytest.mark.parametrize(("model", "whose"), [(OwnRollup, "own "), (Rollup, "")])
def test_a_rollup_that_is_missing_or_left_over_is_named(jobs, creative, model, whose):
    row = model.objects.filter(department=creative, grain="month").get()
    model.objects.filter(department=creative, grain="month").update(period=date(2025, 1, 1))
    assert [str(each) for each in verifying.verify(jobs.pk, now=NOW).differences] == [
        f"jobs creative month 2025-01-01 {whose}rollup: expected none, found one of 2 values",
        f"jobs creative month {row.period} {whose}rollup: expected one of 2 values, found none",
    ]


@pytest.mark.parametrize("model", [OwnRollup, Rollup])
def test_every_column_is_compared(agency, capsys, model):
    """A column of each kind of KPI is changed, one after the other: each time that one is named."""
    kinds = [make.kpi(agency, code="plain"), make.ratio(agency, code="quota")]
    make.observations(kinds[0], agency, {WEEK: 3})
    make.observations(kinds[1], agency, {WEEK: (3, 4)})
    drain(now=NOW)
    keys = {"kpi", "department", "grain", "period"}
    for column in sorted({each.name for each in model._meta.concrete_fields} - keys):
        for row in model.objects.filter(grain="quarter"):
            stood = getattr(row, column)
            wrong = stood - timedelta(days=1) if column == "last_on" else (stood or 0) + 7
            model.objects.filter(pk=row.pk).update(**{column: wrong})
            (difference,) = verifying.verify(row.kpi_id, now=NOW).differences
            assert difference.column.removeprefix("own ") == column
            model.objects.filter(pk=row.pk).update(**{column: stood})


def test_what_is_not_rolled_up_yet_is_rolled_up_first_and_no_difference(jobs, creative):
    make.observations(jobs, creative, {WEEK: 4})
    assert oldest_mark()
    assert verifying.verify(jobs.pk, now=NOW).differences == []


def test_one_kpi_may_be_asked_for_and_an_unknown_one_is_refused(jobs, agency, media, capsys):
    other = make.kpi(media, code="other")
    make.observations(other, media, {WEEK: 1})
    drain(now=NOW)
    week_of(media, amount=99)
    assert len(verify("--kpi", "jobs", capsys=capsys, code=2)) == 2
    assert len(verify("--kpi", "jobs", "--kpi", "other", capsys=capsys, code=2)) == 3
    with pytest.raises(CommandError, match="There is no KPI nothing."):
        call_command("verify_rollups", "--kpi", "nothing", "jobs")


def test_a_repair_is_made_by_the_drain_and_then_there_is_nothing_to_find(jobs, agency, creative, capsys):
    week_of(agency, amount=13)
    OwnRollup.objects.filter(department=creative).delete()
    Rollup.objects.create(
        kpi=jobs, department=creative, grain="week", period=date(2025, 1, 6), n=1, last_on=WEEK, reporting=1
    )
    said = verify("--repair", capsys=capsys)
    assert "Repaired jobs: 7 differences." in said
    assert said[-1] == "No differences."
    assert verify(capsys=capsys)[-1] == "No differences."
    assert week_of(agency).get().amount == 12


def test_what_the_drain_does_not_put_right_is_not_called_repaired(jobs, agency, capsys, monkeypatch):
    def drain_badly(**_):
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM kpis_mark")

    week_of(agency, amount=13)
    monkeypatch.setattr(verifying, "drain", drain_badly)
    named, compared = verify("--repair", capsys=capsys, code=2)
    assert named == "jobs agency week 2026-11-09 amount: expected 12, found 13"


def test_without_repair_everything_stays_as_it_was(jobs, agency):
    week_of(agency, amount=13)
    before = set(Rollup.objects.values_list())
    assert verifying.verify(jobs.pk, now=NOW).differences
    assert set(Rollup.objects.values_list()) == before


def test_a_day_in_the_wrong_period_is_named_and_laid_anew(jobs, capsys):
    CalendarDay.objects.filter(day="2026-03-15").update(quarter="2026-04-01")
    CalendarDay.objects.filter(day="2079-12-31").update(year="2079-04-01")
    CalendarDay.objects.filter(day="2025-05-05").delete()
    too_early = dict.fromkeys(["day", "week", "month", "week_month", "quarter", "year"], "1989-12-31")
    CalendarDay.objects.create(**too_early)
    named = [
        "calendar 1989-12-31 day: expected none, found one",
        "calendar 2025-05-05 day: expected one, found none",
        "calendar 2026-03-15 quarter: expected 2026-01-01, found 2026-04-01",
        "calendar 2079-12-31 year: expected 2079-01-01, found 2079-04-01",
    ]
    assert verify(capsys=capsys, code=2)[:4] == named
    said = verify("--repair", capsys=capsys)
    assert (said[:5], said[-1]) == ([*named, "Repaired the calendar: 4 days."], "No differences.")


def test_the_calendar_is_held_to_the_fiscal_year_that_the_agency_chose(db):
    calendar.start_year_in(4)
    CalendarDay.objects.filter(day="2026-03-15").update(year="2026-01-01")
    (wrong,) = calendar.wrong_days()
    assert str(wrong) == "calendar 2026-03-15 year: expected 2025-04-01, found 2026-01-01"


@pytest.mark.parametrize("recorded", ["day", "week", "month", "quarter"])
def test_the_recomputation_agrees_with_the_drain_for_every_combination(agency, creative, media, recorded):
    chance, north = random.Random(recorded), make.department("North", parent=creative)
    for over_time, over_departments in COMBINATIONS:
        kpi = make.kpi(
            creative, cadence="quarter", recorded=recorded, over_time=over_time, over_departments=over_departments
        )
        for department in (agency, creative, media, north):
            days = {first(date(2024, 1, 1) + timedelta(chance.randrange(1100)), recorded) for _ in range(20)}
            values = {d: (chance.randrange(99), chance.randrange(3)) if kpi.is_ratio else chance.random() for d in days}
            values = {d: v if kpi.is_ratio else round(v, 6) for d, v in values.items()}
            make.observations(kpi, department, values)
        found = verifying.verify(kpi.pk, now=NOW)
        assert found.differences == []
        assert found.compared > 40


def first(day, grain):
    return CalendarDay.objects.calendar().start(day, grain)


def test_the_outcome_is_noted_where_it_can_be_looked_up(jobs, agency):
    week_of(agency, amount=13)
    verifying.verify(jobs.pk, now=NOW)
    lock = RollupLock.objects.get(kpi=jobs)
    assert (lock.verified_at, lock.differences) == (NOW, 1)


def test_each_kpi_gets_its_turn(jobs, creative):
    later = make.kpi(creative, code="later")
    assert verifying.verified_longest_ago() == [jobs.pk, later.pk]
    verifying.verify(jobs.pk, now=NOW)
    assert verifying.verified_longest_ago() == [later.pk, jobs.pk]
    verifying.verify(later.pk, now=NOW + timedelta(hours=1))
    assert verifying.verified_longest_ago() == [jobs.pk, later.pk]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time: nothing can come between.")
@pytest.mark.django_db(transaction=True)
def test_what_others_write_and_drain_during_a_verification_is_no_difference():
    agency = Department.objects.create(name="Agency", slug="agency")
    kpi = make.kpi(agency)
    make.observations(kpi, agency, {WEEK: 3})
    drain(now=NOW)

    def meanwhile():
        make.observations(kpi, agency, {WEEK: 4})
        drain(now=NOW)
        connection.close()

    with verifying.one_view():
        assert not verifying.is_waiting(kpi.pk)
        beside = Thread(target=meanwhile)
        beside.start()
        beside.join()
        assert verifying.compare(kpi.pk).differences == []
        assert Observation.objects.current().get().value == 3
    assert Rollup.objects.get(grain="week").amount == 4


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time: nobody else can hold it.")
@pytest.mark.django_db(transaction=True)
def test_a_kpi_that_another_worker_holds_is_verified_when_that_worker_is_through():
    agency = Department.objects.create(name="Agency", slug="agency")
    kpi = make.kpi(agency)
    make.observations(kpi, agency, {WEEK: 3})
    held, found = Event(), []

    def verify_beside():
        held.wait()
        found.append(verifying.verify(kpi.pk, now=NOW))
        connection.close()

    beside = Thread(target=verify_beside)
    beside.start()
    with transaction.atomic():
        drain(now=NOW)
        held.set()
        until_somebody_waits()
    beside.join()
    assert (found[0].compared, found[0].differences) == (8, [])


def until_somebody_waits():
    """Until another connection waits for a lock."""
    with connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT COUNT(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time: nothing can come between.")
@pytest.mark.django_db(transaction=True)
def test_a_verification_writes_nothing_in_its_view():
    with pytest.raises(InternalError, match="read-only"), verifying.one_view():
        Department.objects.create(name="Agency", slug="agency")


def test_nothing_is_said_of_a_kpi_whose_changes_keep_waiting(jobs, capsys, monkeypatch):
    monkeypatch.setattr(verifying, "drain", lambda **_: 0)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO kpis_mark (kpi_id) VALUES (%s)", [jobs.pk])
    call_command("verify_rollups")
    said = capsys.readouterr()
    assert said.err == "jobs was not compared: changes are still waiting to be rolled up.\n"
    assert "0 rollups of 0 KPIs compared." in said.out
    assert RollupLock.objects.get(kpi=jobs).verified_at is None


# --- At night -----------------------------------------------------------------------------------


def test_a_night_verifies_as_many_kpis_as_fit_and_the_next_goes_on_where_it_stopped(jobs, creative):
    for _ in range(2):
        make.kpi(creative)
    nights = [NOW + timedelta(days=number) for number in range(2)]
    for night in nights:
        minutes = (night + timedelta(minutes=number) for number in range(9))
        assert verifying.verify_in_turn(clock=lambda m=minutes: next(m), for_at_most=timedelta(minutes=4)) == 2
    verified = RollupLock.objects.order_by("kpi").values_list("verified_at", flat=True)
    assert [moment.date() for moment in verified] == [nights[n].date() for n in (1, 0, 1)]


def test_what_a_night_finds_is_an_error_in_the_log_and_stays_as_it_is(jobs, agency, caplog):
    week_of(agency, amount=13)
    CalendarDay.objects.filter(day="2026-03-15").update(quarter="2026-04-01")
    assert tasks.verify() == 1
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]  # and nothing of what agrees
    assert "calendar 2026-03-15 quarter: expected 2026-01-01, found 2026-04-01" in caplog.text
    assert "jobs agency week 2026-11-09 amount: expected 12, found 13" in caplog.text
    assert week_of(agency).get().amount == 13


def test_beat_knows_the_tasks_that_it_sends():
    app.loader.import_default_modules()  # as a worker does when it starts
    sent = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert {"kpis.tasks.verify", "kpis.tasks.drain"} <= sent <= set(app.tasks)
