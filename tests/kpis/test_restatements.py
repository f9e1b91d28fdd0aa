"""A figure that is another one than when it was first reported says by how much."""

import random
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from departments.models import Department
from kpis.asked import end_of
from kpis.models import Assignment, Formula, Kpi, Observation
from kpis.periods import Calendar, Grain
from kpis.selectors.judged import Restated
from kpis.selectors.restatements import Figures, first_reported
from kpis.selectors.restatements import restated as restatements
from kpis.selectors.series import series
from kpis.selectors.worked import Workings
from kpis.services.formulas import end_formula, record_formula
from kpis.services.recording import retract_observations, reverse_batch
from kpis.services.rollups import drain
from kpis.written import difference, restated
from tests import make
from tests.clock import NOW, TODAY
from tests.kpis import oracle
from tests.words import words

WEEK = make.weeks_ago
MONDAY = datetime(2026, 11, 16, 9, tzinfo=NOW.tzinfo)  # after the week before, which most of this is about


@pytest.fixture
def on_time(creative, media):
    return make.ratio(creative, media, code="on-time", name="On time")


def said(client, place="creative", **query):
    drain(now=NOW)
    page = client.get("/kpis/on-time/", {"department": place, **query}).text.replace("\N{NO-BREAK SPACE}", " ")
    return [part.split("<")[0] for part in page.split('class="badge">')[1:]]


def test_a_correction_says_by_how_much(client, coo, creative, on_time):
    client.force_login(coo)
    make.observations(on_time, creative, {WEEK(1): (37, 40), WEEK(2): (30, 40)}, at=MONDAY)
    assert said(client) == []
    make.observations(on_time, creative, {WEEK(1): (38, 40)}, at=NOW)
    assert said(client) == ["restated +2.5 pts (was 92.5)"]
    assert said(client, place="agency") == ["restated +2.5 pts (was 92.5)"]
    assert said(client, as_known_on=MONDAY.date()) == []


def test_what_is_put_right_before_the_period_is_over_is_no_restatement(client, coo, creative, on_time):
    client.force_login(coo)
    make.observations(on_time, creative, {WEEK(1): (3, 40)}, at=MONDAY - timedelta(days=4))
    make.observations(on_time, creative, {WEEK(1): (37, 40)}, at=MONDAY - timedelta(days=3))
    assert said(client) == []
    make.observations(on_time, creative, {WEEK(1): (38, 40)}, at=NOW)
    assert said(client) == ["restated +2.5 pts (was 92.5)"]


def test_what_comes_late_is_no_restatement_of_a_total(client, coo, creative, media, on_time):
    client.force_login(coo)
    make.observations(on_time, creative, {WEEK(1): (37, 40)}, at=MONDAY)
    make.observations(on_time, media, {WEEK(1): (1, 10)}, at=NOW)
    assert said(client, place="agency") == []
    make.observations(on_time, creative, {WEEK(1): (39, 40)}, at=NOW)
    assert said(client, place="agency") == ["restated +4.0 pts (was 76.0)"]  # 38 of 50 before, 40 of 50 now


def test_an_undo_of_a_correction_leaves_nothing_restated(client, coo, creative, on_time):
    client.force_login(coo)
    make.observations(on_time, creative, {WEEK(1): (37, 40)}, at=MONDAY)
    batch = make.observations(on_time, creative, {WEEK(1): (3, 40)}, at=NOW).batch
    reverse_batch(batch, by=coo, at=NOW + timedelta(minutes=1))
    assert said(client) == []


def test_what_was_taken_back_says_what_it_was(client, coo, creative, on_time):
    client.force_login(coo)
    make.observations(on_time, creative, {WEEK(n): (37, 40) for n in (1, 2, 3)}, at=MONDAY)
    gone = Observation.objects.current().filter(date=WEEK(2))
    retract_observations(gone, by=None, at=NOW, reason="wrong")
    assert said(client) == ["taken back (was 92.5)"]


def test_each_figure_is_restated_by_what_its_own_departments_recorded(agency, creative, media, on_time):
    make.observations(on_time, creative, {WEEK(1): (30, 40)}, at=MONDAY)
    make.observations(on_time, media, {WEEK(1): (10, 40)}, at=MONDAY)
    make.observations(on_time, media, {WEEK(1): (30, 40)}, at=NOW)
    both = [creative.pk, media.pk]
    found = first_reported(
        [
            Figures(on_time, place.pk, Grain.WEEK, [WEEK(1)], within, Workings([on_time]))
            for place, within in ((agency, both), (agency, both[:1]), (media, both[1:]))
        ],
        calendar=Calendar(),
    )
    assert found == [{WEEK(1): 50}, {}, {WEEK(1): 25}]


def test_a_period_that_runs_is_not_restated(client, coo, creative, on_time):
    client.force_login(coo)
    for done in (3, 4):
        make.observations(on_time, creative, {WEEK(0): (done, 40)}, at=NOW + timedelta(minutes=done))
    assert said(client) == []
    assert said(client, grain="month") == []


def test_the_scorecard_and_the_overview_mark_it_in_words(client, coo, creative, on_time):
    on_time.headline = True
    on_time.save()
    make.observations(on_time, creative, {WEEK(1): (37, 40)}, at=MONDAY)
    make.observations(on_time, creative, {WEEK(1): (38, 40)}, at=NOW)
    drain(now=NOW)
    client.force_login(coo)
    for url, times in (("/departments/creative/", 3), ("/departments/agency/", 3), ("/overview/", 1)):
        page = client.get(url).text.replace("\N{NO-BREAK SPACE}", " ")
        assert page.count("restated +2.5 pts (was 92.5)") == times, url


@pytest.mark.parametrize("url", ["/overview/", "/departments/creative/", "/kpis/on-time/"])
def test_a_page_asks_two_questions_however_much_was_restated(client, coo, creative, on_time, url):
    def asked():
        drain(now=NOW)
        with CaptureQueriesContext(connection) as captured:
            client.get(url)
        return sum("kpis_observation" in each["sql"] and "superseded_at" in each["sql"] for each in captured)

    client.force_login(coo)
    on_time.headline = True
    on_time.save()
    make.observations(on_time, creative, {WEEK(n): (37, 40) for n in range(1, 9)}, at=MONDAY)
    make.observations(on_time, creative, {WEEK(1): (38, 40)}, at=NOW)
    once = asked()
    for value in range(8):
        make.observations(on_time, creative, {WEEK(n): (value, 40) for n in range(1, 9)}, at=NOW)
    assert asked() == once


def test_a_figure_leaves_with_what_it_was(client, coo, creative, on_time):
    make.observations(on_time, creative, {WEEK(1): (37, 40)}, at=MONDAY)
    make.observations(on_time, creative, {WEEK(1): (38, 40)}, at=NOW)
    drain(now=NOW)
    client.force_login(coo)
    header, row, *_ = (line.split(",") for line in client.get("/kpis/on-time/table.csv").text.splitlines())
    assert row[header.index("restated from")] == "92.5"


def first_by_hand(kpi, within, grain, period):
    """Each key's first version that was there after the period's end, added up by the tests' own oracle."""
    end = Calendar().end(period, grain)
    first = {}
    for o in Observation.objects.filter(kpi=kpi, department__in=within).order_by("recorded_at", "id"):
        gone = o.superseded_at and timezone.localdate(o.superseded_at) <= end
        if not gone and (grain, period) in set(oracle.periods_of(o.date, kpi.recorded)):
            first.setdefault((o.department_id, o.date, o.reference), o)
    rows = {}
    for o in first.values():
        rows.setdefault(o.department_id, []).append(o)
    return oracle.value(oracle.combined([oracle.sums(each) for each in rows.values()], kpi), kpi) if rows else None


@pytest.mark.parametrize("seed", range(6))
def test_what_was_first_reported_is_what_each_observation_first_said(seed, agency, creative, media):
    chance = random.Random(seed)
    how = chance.choice([("sum", "sum"), ("mean", "mean"), ("last", "max"), ("ratio", "ratio"), ("min", "mean")])
    kpi = make.kpi(creative, media, over_time=how[0], over_departments=how[1], recorded=chance.choice(["day", "week"]))
    start, at = date(2026, 8, 3), datetime(2026, 8, 5, 9, tzinfo=NOW.tzinfo)
    for _ in range(25):
        day = start + timedelta(days=chance.randrange(60))
        number = Decimal(chance.randrange(1, 9))
        value = (number, Decimal(chance.randrange(1, 9))) if kpi.is_ratio else number
        make.observations(kpi, chance.choice([creative, media]), {day: value}, at=at)
        if chance.random() < 0.2:
            some = Observation.objects.current().filter(date__gte=start + timedelta(days=chance.randrange(60)))
            retract_observations(some, by=None, at=at + timedelta(minutes=1), reason="wrong")
        at += timedelta(days=chance.choice([0, 1, 5]), minutes=5)
    within, restated_ones = [creative.pk, media.pk], 0
    for grain in (Grain.WEEK, Grain.MONTH):
        step = timedelta(weeks=1) if grain is Grain.WEEK else timedelta(days=31)
        periods = {Calendar().start(start + n * step, grain) for n in range(9)}
        (found,) = first_reported(
            [Figures(kpi, agency.pk, grain, periods, within, Workings([kpi]))], calendar=Calendar()
        )
        restated_ones += len(found)
        for period, first in found.items():
            wanted = first_by_hand(kpi, within, grain, period)
            assert first == pytest.approx(wanted and Decimal(wanted.numerator) / wanted.denominator), (seed, period)
    assert restated_ones, f"seed {seed}: nothing to look at"


@pytest.mark.parametrize(
    ("by", "look", "text"),
    [
        ("1.2", {"unit": "%"}, "+1.2 pts"),
        ("-0.75", {"unit": "%"}, "−0.8 pts"),
        ("-12000", {"unit": "€", "decimals": 0}, "−€ 12,000"),
        ("0.0213", {}, "+0.021"),
        ("3", {"unit": "jobs", "decimals": 0}, "+3 jobs"),
    ],
)
def test_a_difference_has_its_sign(by, look, text):
    assert difference(Decimal(by), **look).replace("\N{NO-BREAK SPACE}", " ") == text


def test_where_one_of_two_is_no_answer_there_is_no_difference():
    assert restated(None, Decimal(3)) == "restated (was no answer)"
    assert restated(Decimal(3), None) == "taken back (was 3.0)"


def test_what_a_formula_says_is_restated_with_its_inputs(client, coo, creative):
    jobs, hours = make.kpi(creative, code="jobs"), make.kpi(creative, code="hours")
    make.formula(creative, code="per-hour", expression="jobs ÷ hours", unit="", decimals=2)
    make.observations(jobs, creative, {WEEK(n): 30 for n in (1, 2)}, at=MONDAY)
    make.observations(hours, creative, {WEEK(n): 10 for n in (1, 2)}, at=MONDAY)
    make.observations(hours, creative, {WEEK(1): 12}, at=NOW)
    drain(now=NOW)
    client.force_login(coo)
    for url in ("/kpis/per-hour/?department=creative", "/departments/creative/"):
        assert "restated −0.50 (was 3.00)" in client.get(url).text, url


def test_a_formula_that_does_not_add_up_is_restated_with_inputs_that_do(client, coo, creative):
    studio = make.department("Studio", parent=creative)
    jobs = make.kpi(creative, studio, code="jobs")
    make.formula(creative, code="twice", expression="jobs × 2", over_departments="none", unit="", decimals=0)
    for place, value in ((creative, 30), (studio, 10)):
        make.observations(jobs, place, {WEEK(n): value for n in (1, 2)}, at=MONDAY)
    make.observations(jobs, studio, {WEEK(1): 15}, at=NOW)
    drain(now=NOW)
    client.force_login(coo)
    for url in ("/kpis/twice/?department=creative", "/departments/creative/"):
        assert "restated +10 (was 80)" in client.get(url).text.replace("\N{NO-BREAK SPACE}", " "), url


@pytest.fixture
def per_hour(creative):
    jobs, hours, waits = (make.kpi(creative, code=code) for code in ("jobs", "hours", "waits"))
    made = make.formula(creative, code="per-hour", expression="jobs ÷ hours", unit="", decimals=1)
    made.formulas.update(recorded_at=MONDAY - timedelta(weeks=8))
    for kpi, value in ((jobs, 30), (hours, 10), (waits, 5)):
        make.observations(kpi, creative, {WEEK(n): value for n in (1, 2, 3)}, at=MONDAY)
    return made


def badges(client, coo, code="per-hour"):
    """Of the last weeks, the newest first: what each was restated from."""
    drain(now=NOW)
    client.force_login(coo)
    rows = client.get(f"/kpis/{code}/?department=creative").text.split('<tr id="')[1:]
    found = [row.partition('class="badge">')[2].partition("<")[0] for row in rows]
    assert len(found) == 3
    return found


def test_what_another_formula_says_for_the_past_is_restated(client, coo, per_hour):
    record_formula(per_hour, expression="jobs ÷ (hours + waits)", starts_on=WEEK(2), by=coo, at=NOW)
    assert badges(client, coo) == ["restated −1.0 (was 3.0)", "restated −1.0 (was 3.0)", ""]
    assert "restated −1.0 (was 3.0)" in client.get("/departments/creative/").text
    page = words(client.get(f"/kpis/per-hour/periods/{WEEK(1)}/?department=creative"))
    assert "jobs ÷ (hours + waits)" in page
    assert "first reported as jobs ÷ hours" in page
    assert "first reported as jobs" not in words(client.get(f"/kpis/per-hour/periods/{WEEK(3)}/?department=creative"))
    record_formula(per_hour, expression="jobs ÷ hours", starts_on=WEEK(2), by=coo, at=NOW)
    assert badges(client, coo) == [""] * 3


def test_what_an_input_that_no_formula_speaks_of_any_more_was_is_remembered(client, coo, creative, per_hour):
    record_formula(per_hour, expression="jobs + waits", by=coo, at=MONDAY - timedelta(weeks=5))
    record_formula(per_hour, expression="jobs ÷ hours", by=coo, at=NOW)
    make.observations(Kpi.objects.get(code="waits"), creative, {WEEK(1): 7}, at=NOW)
    assert badges(client, coo) == ["restated −32.0 (was 35.0)"] * 3


def test_a_formula_that_was_another_before_the_period_was_over_restates_nothing(client, coo, per_hour):
    record_formula(per_hour, expression="jobs", by=coo, at=MONDAY - timedelta(days=1))
    assert badges(client, coo) == ["", "restated +27.0 (was 3.0)", "restated +27.0 (was 3.0)"]


def test_a_formula_that_is_said_late_or_again_restates_nothing(client, coo, per_hour):
    end_formula(per_hour.formulas.get(), by=coo, at=MONDAY - timedelta(weeks=5))
    record_formula(per_hour, expression="jobs ÷ 2", by=coo, at=NOW)
    assert badges(client, coo) == [""] * 3


def test_a_formula_further_down_restates_what_is_made_of_it_and_one_that_is_gone_leaves_what_was(
    client, coo, creative, per_hour
):
    twice = make.formula(creative, code="twice", expression="per-hour × 2", unit="", decimals=0)
    twice.formulas.update(recorded_at=MONDAY - timedelta(weeks=8))
    record_formula(per_hour, expression="jobs", starts_on=WEEK(1), by=coo, at=NOW)
    assert badges(client, coo, "twice") == ["restated +54 (was 6)", "", ""]
    for formula in per_hour.formulas.current():
        end_formula(formula, by=coo, at=NOW)
    record_formula(per_hour, expression="jobs", starts_on=WEEK(2), by=coo, at=NOW)
    assert "taken back (was 6)" in words(client.get(f"/kpis/twice/periods/{WEEK(3)}/?department=creative"))


@pytest.mark.parametrize("seed", range(6))
def test_what_was_first_reported_of_a_formula_is_what_was_known_at_the_end_where_all_was_there(seed, creative, coo):
    """Inputs come in time and are corrected later; a figure was first what it was known as when its week was over."""
    chance = random.Random(seed)
    jobs, hours = (make.kpi(creative, code=code) for code in ("jobs", "hours"))
    share = make.formula(creative, code="share", expression="jobs ÷ hours", unit="")
    for records in (Kpi.history, Assignment.history, Department.history, Formula.objects):
        field = "recorded_at" if records is Formula.objects else "history_date"
        records.update(**{field: NOW - timedelta(weeks=30)})
    happens = []
    for n in range(1, 9):
        end = datetime.combine(WEEK(n - 1), datetime.min.time(), NOW.tzinfo)
        for kpi in (jobs, hours):
            happens.append((end - timedelta(days=chance.randrange(1, 5)), n, kpi))
            happens += [(at, n, kpi) for _ in range(2) if (at := end + timedelta(days=chance.randrange(1, 30))) < NOW]
    happens += [(NOW - timedelta(days=chance.randrange(1, 60)), chance.randrange(1, 9), None) for _ in range(6)]
    for at, n, kpi in sorted(happens, key=lambda each: each[:2]):
        if kpi:
            make.observations(kpi, creative, {WEEK(n): chance.randrange(1, 9)}, at=at)
        else:
            said = chance.choice(["jobs ÷ hours", "jobs + hours", "hours × 2"])
            record_formula(share, expression=said, starts_on=chance.choice([None, WEEK(n)]), by=coo, at=at)
    found = series(share, creative, grain=Grain.WEEK, on=TODAY, known_at=NOW)
    periods = [cell.period for cell in found.cells]
    figures = Figures(share, creative.pk, Grain.WEEK, periods, [creative.pk], found.evaluation.workings)
    changed = restatements(found.cells, figures, calendar=Calendar())
    for cell in found.cells:
        over = end_of(cell.period + timedelta(days=6))
        then = series(share, creative, grain=Grain.WEEK, on=timezone.localdate(over), known_at=over)
        first = next(each.value for each in then.cells if each.period == cell.period)
        assert changed.get(cell.period) == (Restated(first, cell.value) if first != cell.value else None), cell
    assert changed, f"seed {seed}: nothing to look at"


def test_as_known_then_a_scorecard_knows_of_no_later_change(client, coo, creative, on_time):
    make.observations(on_time, creative, {WEEK(2): (37, 40)}, at=MONDAY - timedelta(days=6))
    make.observations(on_time, creative, {WEEK(2): (36, 40)}, at=MONDAY - timedelta(days=5))
    make.observations(on_time, creative, {WEEK(2): (35, 40)}, at=NOW)
    drain(now=NOW)
    client.force_login(coo)
    for day, was in (("2026-11-10", ""), ("2026-11-12", "restated −2.5 pts (was 92.5)"), ("", "restated −5.0 pts")):
        page = client.get("/departments/creative/", {"as_known_on": day}).text.replace("\N{NO-BREAK SPACE}", " ")
        assert (was or "restated −") in page if was else "restated −" not in page, day
