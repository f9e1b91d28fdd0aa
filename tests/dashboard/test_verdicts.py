"""What the overview and scorecards conclude: from answers of periods that are over, saying apart what is missing."""

from datetime import date, timedelta

import pytest

from dashboard.selectors.overview import overview
from departments.models import Department
from kpis.selectors.scorecard import scorecard
from kpis.services.judging import judge
from kpis.services.rollups import drain
from tests import make
from tests.clock import NOW, TODAY
from tests.words import words

WEEK = date(2026, 11, 9)  # the last that is over
RUNNING = date(2026, 11, 16)


def weeks(first, last, value):
    """`value` in each week from so many weeks ago to so many."""
    return {WEEK - timedelta(weeks=n): value for n in range(last, first + 1)}


def shown(upto=TODAY):
    return overview(Department.objects.all(), on=TODAY, upto=upto)


@pytest.fixture
def late(creative):
    kpi = make.ratio(creative, name="On-time delivery")
    make.target(kpi, lower=90)
    return kpi


@pytest.mark.parametrize(
    ("newest", "missing", "no_answer"),
    [
        ({}, 1, False),
        ({WEEK: (37, 0)}, 0, True),
        ({WEEK: (1, 2), RUNNING: (40, 40)}, 0, False),
        ({RUNNING: (40, 40)}, 1, False),
    ],
    ids=["not reported", "no answer", "good so far", "not reported, good so far"],
)
def test_a_long_miss_stays_until_a_period_that_is_over_has_another_answer(creative, late, newest, missing, no_answer):
    make.observations(late, creative, {**weeks(6, 1, (1, 2)), **newest})
    drain(now=NOW)
    (line,) = shown().off_target
    assert (line.kind, line.missing_in_a_row, line.has_no_answer) == ("off", missing, no_answer)
    assert [need.title for need in shown().needs if need.kind == "off"] == ["Creative keeps missing 1 of 1 target"]


def test_a_good_answer_ends_a_run_of_misses(creative, late):
    make.observations(late, creative, {**weeks(6, 1, (1, 2)), WEEK: (40, 40)})
    drain(now=NOW)
    assert shown().off_target == []


def test_a_running_period_is_shown_where_something_was_recorded_for_it_and_judged_when_it_is_over(creative, late):
    make.observations(late, creative, weeks(14, 0, (40, 40)))
    drain(now=NOW)
    (table,) = scorecard(creative, on=TODAY)
    assert (len(table.periods), table.is_running, table.finished) == (13, False, 13)
    make.observations(late, creative, {RUNNING: (1, 2)})
    drain(now=NOW)
    (table,) = scorecard(creative, on=TODAY)
    assert (len(table.periods), table.is_running, table.finished) == (14, True, 13)
    assert (table.lines[0].kind, table.lines[0].cells[-1].value, table.lines[0].cells[-1].miss) == ("on", 50, "")
    (table,) = scorecard(creative, on=RUNNING + timedelta(weeks=1))
    assert table.lines[0].kind == "risk"


def test_how_long_a_target_was_missed_is_open_where_it_may_go_further_back(creative, late):
    make.observations(late, creative, weeks(20, 0, (1, 2)))
    drain(now=NOW)
    assert shown().off_target[0].missed == "13+ weeks"
    make.observations(late, creative, {WEEK - timedelta(weeks=5): (40, 40)})
    drain(now=NOW)
    assert shown().off_target[0].missed == "5 weeks"


def test_who_fell_silent_long_ago_is_told_since_when_and_who_never_spoke_too(creative, media, late):
    other = make.kpi(creative, name="A rework rate", cadence="month")
    never = make.kpi(media, name="Never")
    make.observations(late, creative, weeks(40, 30, (1, 2)))
    make.observations(other, creative, {date(2019, 3, 1): 5})
    make.observations(make.kpi(creative, name="Z"), creative, {WEEK: 1})
    drain(now=NOW)
    judge(on=TODAY, now=NOW)
    told = [(need.title, need.detail) for need in shown().needs if need.kind == "none"]
    assert told == [
        ("Creative has not reported 2 of 3 values", f"{other} (last Mar 2019), {late} (last W16 2026)"),
        ("Media has not reported 1 of 1 value", f"{never} (no value yet)"),
    ]


def test_a_value_of_later_is_not_told_on_an_earlier_day(creative, late):
    make.observations(make.kpi(creative, name="Z"), creative, {date(2020, 6, 1): 1})
    make.observations(late, creative, {date(2019, 3, 4): (1, 2), WEEK: (1, 2)})
    drain(now=NOW)
    judge(on=TODAY, now=NOW)
    (need,) = [need for need in shown(date(2020, 6, 9)).needs if need.kind == "none"]
    assert need.detail == "On-time delivery (last W10 2019), Z (last W23 2020)"


def test_what_a_department_further_down_measures_for_itself_counts_in_the_row_above(creative, late):
    deep = make.department("Print", parent=make.department("Studio", parent=creative))
    alone = make.kpi(deep, name="Press", over_departments="none")
    make.target(alone, lower=5)
    make.observations(alone, deep, weeks(4, 0, 1))
    added_up = make.kpi(deep, name="Sheets")
    drain(now=NOW)
    (row,) = shown().rows
    assert {line.kpi for line in row.lines} == {late, alone, added_up}
    assert (row.reported, len(row.due), len(row.keeps_missing)) == (1, 3, 1)


def test_what_the_agency_measures_itself_has_a_row_of_its_own(agency, creative, late):
    sales = make.kpi(agency, name="Sales")
    drain(now=NOW)
    assert [(row.department, [line.kpi for line in row.lines]) for row in shown().rows] == [
        (creative, [late]),
        (agency, [sales]),
    ]


def test_targets_are_counted_per_department_and_kpis_once(client, coo, creative, media):
    shared = make.ratio(creative, media, name="Rework hours")
    make.target(shared, upper=5)
    for each in (creative, media):
        make.observations(shared, each, weeks(0, 0, (1, 2)))
    drain(now=NOW)
    client.force_login(coo)
    page = words(client.get("/overview/"))
    assert "2 of 2 values that were due are in." in page
    assert "2 of 2 missed" in page
    assert "Agency · 1 KPI, its target counted in each department" in page


ALL_CLEAR = ["Every value that was due is in", "No target was missed", "Needs you"]


@pytest.mark.parametrize(
    ("day", "said"),
    [("1990-01-01", "nothing was due or recorded"), ("2020-01-01", "the value that was due is not in")],
)
def test_an_empty_time_is_no_all_clear(client, coo, creative, late, day, said):
    make.observations(late, creative, weeks(6, 0, (1, 2)))
    drain(now=NOW)
    client.force_login(coo)
    page = client.get(f"/overview/?on={day}").text
    assert said in page
    assert "?on=2026-11-09" in page
    assert [words for words in ALL_CLEAR if words in page] == []


def test_a_department_to_which_nothing_adds_up_does_not_send_in_a_circle(client, coo, agency, creative):
    alone, old = make.kpi(creative, over_departments="none"), make.kpi(creative, name="Sales")
    make.observations(alone, creative, {date(2017, 3, 6): 1})
    make.observations(old, creative, {date(2016, 3, 7): 1})
    drain(now=NOW)
    client.force_login(coo)
    assert "?on=2017-03-06" in client.get("/departments/creative/").text
    assert "?on=2016-03-07" in client.get("/departments/agency/").text
    assert "Sales" in client.get("/departments/agency/?on=2016-03-07").text


@pytest.mark.parametrize("path", ["/overview/", "/departments/creative/"])
def test_a_day_to_come_shows_the_present(client, coo, creative, late, path):
    make.observations(late, creative, weeks(6, 0, (1, 2)))
    drain(now=NOW)
    client.force_login(coo)
    now, later = client.get(path), client.get(f"{path}?on=2079-12-31")
    assert later.context["navigation"].label == now.context["navigation"].label == "Week 47"
    assert "Keeps missing" in later.text


def test_a_value_that_misses_says_on_which_side_and_a_kpi_that_it_keeps_missing(client, coo, creative, late):
    make.observations(late, creative, weeks(3, 0, (1, 2)))
    drain(now=NOW)
    client.force_login(coo)
    scorecard_page, kpi_page = client.get("/departments/creative/").text, client.get(f"/kpis/{late.code}/").text
    assert scorecard_page.count("miss below") == 4 + 1  # and in the key below the table
    assert kpi_page.count("Below target") == 4
    for page in (scorecard_page, kpi_page):
        assert "Keeps missing" in page
        assert "Misses target" not in page
