"""What formulas say: of rolled-up values, per period and department, now and as it was known."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from departments.models import Department
from kpis.formulas import FormulaInvalid
from kpis.models import Assignment, Formula, Judgement, Kpi, Process, RollupLock, Signal
from kpis.periods import Grain
from kpis.selectors.scorecard import scorecard
from kpis.selectors.series import series
from kpis.services import judging
from kpis.services.formulas import check_formula, end_formula, record_formula
from kpis.services.judging import judge
from kpis.services.recording import reverse_batch
from kpis.services.rollups import drain
from tests import make
from tests.clock import NOW, TODAY

committed = pytest.mark.django_db(transaction=True)
JULY, AUGUST, SEPTEMBER = date(2026, 7, 1), date(2026, 8, 1), date(2026, 9, 1)
MARGIN = "(sales - costs) ÷ sales × 100"


@pytest.fixture
def sales(creative, media):
    return make.kpi(creative, media, code="sales", cadence="month", unit="€")


@pytest.fixture
def costs(creative, media):
    return make.kpi(creative, media, code="costs", cadence="month", unit="€")


@pytest.fixture
def margin(sales, costs, creative, media):
    return make.formula(creative, media, code="margin", cadence="month", expression=MARGIN)


def values(kpi, department, grain="month", **asked):
    found = series(kpi, department, grain=Grain(grain), on=TODAY, **asked)
    return {cell.period: cell.value for cell in found.cells}


def recorded(kpi, department, months, **more):
    batch = make.observations(kpi, department, months, **more).batch
    drain(now=NOW)
    return batch


def test_a_formula_is_worked_out_on_what_its_inputs_add_up_to(agency, creative, media, sales, costs, margin):
    recorded(sales, creative, {JULY: 100, AUGUST: 300})
    recorded(sales, media, {JULY: 300})
    recorded(costs, creative, {JULY: 50, AUGUST: 60})
    recorded(costs, media, {JULY: 270})
    assert values(margin, creative) == {JULY: 50, AUGUST: 80}
    assert values(margin, media) == {JULY: 10}
    assert values(margin, agency) == {JULY: 20, AUGUST: 80}
    assert values(margin, agency, "quarter") == {JULY: Decimal(700 - 380) / 700 * 100}


def test_where_an_input_is_missing_or_nothing_divides_there_is_no_answer(creative, sales, costs, margin):
    recorded(sales, creative, {JULY: 100, AUGUST: 0, SEPTEMBER: 10})
    recorded(costs, creative, {AUGUST: 60, SEPTEMBER: 4})
    assert values(margin, creative) == {JULY: None, AUGUST: None, SEPTEMBER: 60}


def test_nobody_is_asked_for_what_a_formula_says(creative, sales, costs, margin):
    recorded(sales, creative, {JULY: 100})
    (table,) = scorecard(creative, on=TODAY)
    missing = {line.kpi.code for line in table.lines if line.latest.is_missing}
    assert missing == {"sales", "costs"}
    assert {line.kpi.code for line in table.lines} == {"sales", "costs", "margin"}


def test_scorecard_and_chart_say_the_same(agency, creative, sales, costs, margin):
    recorded(sales, creative, {JULY: 100, AUGUST: 300})
    recorded(costs, creative, {JULY: 50, AUGUST: 60})
    for department in (agency, creative):
        (line,) = (line for line in scorecard(department, on=TODAY)[0].lines if line.kpi == margin)
        shown = {cell.period: cell.value for cell in line.cells if cell.reading}
        assert shown == values(margin, department) == {JULY: 50, AUGUST: 80}


def test_formulas_of_formulas_and_of_days(creative):
    up = make.kpi(creative, code="up", cadence="day")
    make.formula(creative, code="twice", cadence="day", expression="up × 2", unit="")
    more = make.formula(creative, code="more", cadence="day", expression="twice + up", unit="")
    day = make.weeks_ago(1) + timedelta(days=2)
    recorded(up, creative, {day: 5, day - timedelta(days=1): 1})
    assert values(more, creative, "day")[day] == 15
    assert values(more, creative, "week") == {make.weeks_ago(1): 18}


def test_a_kpi_is_not_worked_out_where_it_is_not_measured(agency, creative, sales, costs):
    here = make.formula(agency, code="margin", cadence="month", expression=MARGIN, over_departments="none")
    recorded(sales, creative, {JULY: 100})
    recorded(costs, creative, {JULY: 50})
    assert values(here, agency) == {JULY: 50}
    assert values(here, creative) == {}
    assert here not in [line.kpi for table in scorecard(creative, on=TODAY) for line in table.lines]


def test_another_formula_takes_over_from_its_day_and_starts_a_phase(creative, coo, sales, costs, margin):
    recorded(sales, creative, {JULY: 100, AUGUST: 100, SEPTEMBER: 100})
    recorded(costs, creative, {JULY: 50, AUGUST: 50, SEPTEMBER: 50})
    record_formula(margin, expression="costs ÷ sales × 10", starts_on=AUGUST, by=coo, at=NOW)
    assert values(margin, creative) == {JULY: 50, AUGUST: 5, SEPTEMBER: 5}
    found = series(margin, creative, grain=Grain.MONTH, on=TODAY)
    assert [point.phase for point in found.points] == [0, 1, 1]
    assert [(s.starts_on, s.reason) for s in found.starts] == [
        (AUGUST, f"another formula: costs ÷ sales × 10, before {MARGIN}")
    ]


def test_what_was_known_of_a_formula_stays(creative, coo, sales, costs, margin):
    recorded(sales, creative, {JULY: 100}, at=NOW)
    recorded(costs, creative, {JULY: 50}, at=NOW)
    later = NOW + timedelta(days=1)
    make.observations(costs, creative, {JULY: 70}, at=later)
    drain(now=later)
    end_formula(margin.formulas.get(), by=coo, at=later)
    Formula.objects.create(kpi=margin, expression="costs ÷ sales", recorded_at=later)
    assert values(margin, creative) == {JULY: Decimal("0.7")}
    assert values(margin, creative, known_at=NOW) == {JULY: 50}
    assert values(margin, creative, known_at=later) == {JULY: Decimal("0.7")}


@committed
def test_it_is_judged_when_an_input_changes_and_not_otherwise(creative, coo):
    jobs = make.kpi(creative, code="jobs", starts_on=make.weeks_ago(20))
    half = make.formula(creative, code="half", expression="jobs ÷ 2", unit="", starts_on=None)
    steady = [10, 11, 10, 12, 9, 10, 11, 10, 9, 11, 10, 12, 10, 11, 9, 10, 11, 10, 12]
    weeks = {make.weeks_ago(20 - n): value for n, value in enumerate(steady)}
    make.observations(jobs, creative, weeks)
    drain(now=NOW)
    assert judge(on=TODAY, now=NOW) == 2
    assert judge(on=TODAY, now=NOW) == 0
    process = Process.objects.get(kpi=half)
    assert process.centre == pytest.approx(sum(steady) / len(steady) / 2)
    batch = make.observations(jobs, creative, {make.weeks_ago(1): 40}).batch
    drain(now=NOW)
    assert judge(on=TODAY, now=NOW) == 2
    assert Signal.objects.get(kpi=half).kind == "improvement"
    reverse_batch(batch, by=coo, at=NOW + timedelta(hours=1))
    drain(now=NOW)
    judge(on=TODAY, now=NOW)
    assert Signal.objects.get(kpi=half).withdrawn_at
    assert not Signal.objects.filter(kpi=half, kind="missing").exists()


@committed
def test_a_formula_is_judged_anew_the_next_day_and_who_knew_more_is_kept(creative):
    jobs = make.kpi(creative, code="jobs")
    half = make.formula(creative, code="half", expression="jobs ÷ 2", unit="")
    make.observations(jobs, creative, {make.weeks_ago(n): 10 for n in range(1, 5)})
    drain(now=NOW)
    judge(on=TODAY, now=NOW)
    assert judge(on=TODAY + timedelta(days=1), now=NOW) == 2
    assert judge(on=TODAY, now=NOW) == 0
    assert Judgement.objects.get(kpi=half).on == TODAY + timedelta(days=1)


def test_of_a_formula_as_many_departments_report_as_of_the_input_that_fewest_report(agency, creative, media):
    jobs, hours = (make.kpi(creative, media, code=code) for code in ("jobs", "hours"))
    rate = make.formula(creative, media, code="rate", expression="jobs ÷ hours", unit="")
    for place in (creative, media):
        make.observations(jobs, place, {make.weeks_ago(1): 10})
    make.observations(hours, media, {make.weeks_ago(1): 5})
    drain(now=NOW)
    (cell,) = series(rate, agency, grain=Grain.WEEK, on=TODAY).cells
    assert (cell.value, cell.reading.reporting) == (4, 1)


def test_as_known_then_inputs_add_up_as_they_were_defined_then(agency, creative, media):
    jobs = make.kpi(creative, media, code="jobs")
    twice = make.formula(creative, media, code="twice", expression="jobs × 2", unit="")
    for place, value in ((creative, 10), (media, 30)):
        make.observations(jobs, place, {make.weeks_ago(1): value})
    for records in (Kpi.history, Department.history, Assignment.history):
        records.update(history_date=NOW)
    jobs.over_departments, jobs._history_date = "max", NOW + timedelta(days=1)
    jobs.save()
    drain(now=NOW)
    assert [values(twice, agency, "week", known_at=NOW + timedelta(days=n))[make.weeks_ago(1)] for n in (0, 1)] == [
        80,
        60,
    ]


@committed
def test_it_is_judged_again_when_it_speaks_of_less(creative, coo):
    jobs, others = (make.kpi(creative, code=code, starts_on=make.weeks_ago(20)) for code in ("jobs", "others"))
    both = make.formula(creative, code="both", expression="jobs + others", unit="")
    for kpi in (jobs, others):
        for n in range(12, 0, -1):
            make.observations(kpi, creative, {make.weeks_ago(n): n % 3})
            drain(now=NOW)
    judge(on=TODAY, now=NOW)
    before = Judgement.objects.get(kpi=both).version
    end_formula(both.formulas.get(), by=coo, at=NOW)
    record_formula(both, expression="jobs", by=coo, at=NOW)
    judge(on=TODAY, now=NOW)
    assert Judgement.objects.get(kpi=both).version < before
    assert Process.objects.get(kpi=both).centre == pytest.approx(Process.objects.get(kpi=jobs).centre)


def test_a_scorecard_asks_no_more_for_many_formulas(creative, sales, costs, margin):
    recorded(sales, creative, {JULY: 100})
    with CaptureQueriesContext(
        connection,
    ) as few:
        scorecard(creative, on=TODAY)
    for n in range(10):
        make.formula(creative, code=f"more-{n}", cadence="month", expression=MARGIN)
    with CaptureQueriesContext(connection) as many:
        scorecard(creative, on=TODAY)
    assert len(many) == len(few)


@pytest.mark.parametrize(
    ("expression", "position", "expected"),
    [
        ("sales - cost", 9, "a KPI's code, such as costs"),
        ("sales-costs", 1, "a KPI's code; a minus has spaces around it: sales - costs"),
        ("1 + 2", 1, "a KPI's code among them"),
        ("sales ÷ quarterly", 9, "a KPI recorded per month or more often (Quarterly is per quarter)"),
        ("sales ÷ margin", 9, "a KPI that is not worked out from this one: margin → margin"),
        ("sales ÷ half", 9, "a KPI that is not worked out from this one: margin → half → margin"),
        ("sales - costs", 1, "%, the unit of this KPI"),
    ],
)
def test_what_cannot_be_worked_out_is_refused(creative, margin, expression, position, expected):
    make.kpi(creative, code="quarterly", cadence="quarter")
    make.formula(creative, code="half", cadence="month", expression="margin ÷ 2")
    with pytest.raises(FormulaInvalid) as error:
        check_formula(expression, kpi=margin)
    assert (error.value.position, error.value.expected) == (position, expected)


def test_the_same_formula_said_again_is_the_same(creative, coo, margin):
    stood = margin.formulas.get()
    assert record_formula(margin, expression=MARGIN, by=coo, at=NOW) == stood
    corrected = record_formula(margin, expression="costs ÷ sales × 100", by=coo, at=NOW)
    assert list(margin.formulas.current()) == [corrected]
    assert margin.formulas.count() == 2


def test_what_changed_further_down_starts_a_phase_too(creative, coo, sales, costs, margin):
    outer = make.formula(creative, code="outer", cadence="month", expression="margin + 1")
    recorded(sales, creative, {JULY: 100, AUGUST: 100})
    recorded(costs, creative, {JULY: 50, AUGUST: 50})
    record_formula(margin, expression="costs ÷ sales", starts_on=AUGUST, by=coo, at=NOW)
    found = series(outer, creative, grain=Grain.MONTH, on=TODAY)
    assert [(s.starts_on, s.reason) for s in found.starts] == [
        (AUGUST, f"another formula of Margin: costs ÷ sales, before {MARGIN}")
    ]


@committed
def test_a_circle_that_is_there_all_the_same_breaks_no_page_and_keeps_nobody_waiting(client, creative, coo):
    jobs = make.kpi(creative, code="jobs", starts_on=make.weeks_ago(20))
    for one, other in (("f1", "f2"), ("f2", "f1")):
        make.formula(creative, code=one, expression=f"{other} + jobs", unit="", headline=True)
    make.observations(jobs, creative, {make.weeks_ago(1): 5})
    drain(now=NOW)
    assert judge(on=TODAY, now=NOW) == 3
    assert Judgement.objects.count() == 3
    client.force_login(coo)
    for address in ("/overview/", "/departments/creative/", "/kpis/f1/", f"/kpis/f1/periods/{make.weeks_ago(1)}/"):
        assert client.get(address).status_code == 200


@committed
def test_one_that_cannot_be_judged_keeps_none_of_the_others_waiting_and_is_told(creative, coo, monkeypatch):
    kpis = [make.kpi(creative, code=code, starts_on=make.weeks_ago(20)) for code in ("good", "bad", "fine")]
    for kpi in kpis:
        make.observations(kpi, creative, {make.weeks_ago(1): 5})
    drain(now=NOW)
    whole = judging.found_in

    def broken(course):
        return 1 / 0 if course.kpi.code == "bad" else whole(course)

    monkeypatch.setattr(judging, "found_in", broken)
    judge(on=TODAY, now=NOW)
    assert set(Judgement.objects.values_list("kpi__code", flat=True)) == {"good", "fine"}
    assert RollupLock.objects.get(kpi__code="bad").trouble == "not judged: ZeroDivisionError('division by zero')"
    monkeypatch.undo()
    judge(on=TODAY, now=NOW)
    assert not RollupLock.objects.exclude(trouble="").exists()


def test_a_number_beyond_what_a_value_may_be_is_no_answer(client, creative, coo, sales):
    make.formula(creative, code="huge", cadence="month", expression=" × ".join(["sales"] * 6), headline=True, unit="")
    recorded(sales, creative, {JULY: 10**6, AUGUST: 2})
    assert values(Kpi.objects.get(code="huge"), creative) == {JULY: None, AUGUST: 64}
    client.force_login(coo)
    for address in ("/overview/", "/departments/creative/table.xlsx", "/kpis/huge/table.csv"):
        assert client.get(address).status_code == 200
