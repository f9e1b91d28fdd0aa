from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from departments.models import Department
from kpis.models import Kpi
from kpis.services.rollups import drain
from tests import make
from tests.clock import NOW
from tests.words import words

WEEK = date(2026, 11, 9)  # the last that is over


def fill(department, many, *, weeks=15, value=(38, 40)):
    for _ in range(many):
        kpi = make.ratio(department)
        make.target(kpi, lower=90)
        make.observations(kpi, department, {WEEK - timedelta(weeks=n): value for n in range(weeks)})
    drain(now=NOW)


def queries(client, url) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


@pytest.mark.parametrize("url", ["/overview/", "/departments/creative/", "/kpis/", "/departments/creative/values/"])
def test_a_page_asks_the_same_number_of_questions_for_6_and_for_200_kpis(client, coo, creative, media, url):
    client.force_login(coo)
    fill(creative, 6, weeks=3)
    few = queries(client, url)
    fill(media, 44, weeks=3)
    fill(creative, 150, weeks=3)
    assert queries(client, url) == few


def test_the_overview_asks_at_most_twelve_questions(client, coo, creative_head, creative, media):
    fill(creative, 6)
    make.kpi(make.department(parent=creative), over_departments="none")  # silent, and counted further up
    make.status(creative, week=make.weeks_ago(1))
    make.issue(creative, media, by=coo)
    for user in (coo, creative_head):
        client.force_login(user)
        assert queries(client, "/overview/") <= 12


def test_everybody_lands_where_their_work_is(client, coo, ceo, creative_head, designer):
    places = {
        coo: "/overview/",
        ceo: "/overview/",
        creative_head: "/departments/creative/",
        designer: "/departments/creative/",
    }
    for user, place in places.items():
        client.force_login(user)
        assert client.get("/").url == place


def test_the_overview_says_what_is_missing_and_what_is_off_target(
    client, coo, creative, media, creative_head, media_head
):
    fill(creative, 1, value=(30, 40))
    late = make.kpi(media, name="Pacing")
    make.observations(late, media, {WEEK - timedelta(weeks=2): 1})
    drain(now=NOW)
    client.force_login(coo)
    page = words(client.get("/overview/"))
    assert "1 of 2 values that were due are in." in page
    assert "1 of 1 missed, 1 of them three times in a row or more" in page
    assert "Media has not reported 1 of 1 value" in page
    assert "Pacing (last W44 2026)" in page


def test_figures_from_another_age_are_offered_instead_of_an_empty_page(client, coo, creative):
    old = make.kpi(creative, cadence="month")
    make.observations(old, creative, {date(2017, 3, 1): 5})
    drain(now=NOW)
    client.force_login(coo)
    assert "?on=2017-03-01" in client.get("/overview/").text
    assert "1 of 1 values that were due are in" in words(client.get("/overview/?on=2017-03-01"))


def test_a_scorecard_shows_values_gaps_and_what_is_not_due_yet(client, creative_head, creative):
    kpi = make.ratio(creative, name="On-time delivery")
    make.target(kpi, lower=95)
    make.observations(kpi, creative, {WEEK: (30, 40), WEEK - timedelta(weeks=2): (39, 40)})
    drain(now=NOW)
    client.force_login(creative_head)
    page = client.get("/departments/creative/").text
    assert "75.0</a>" in page
    assert "97.5</a>" in page
    assert page.count('title="not reported"') == 11  # of 13 weeks that are over two have a value


def test_a_day_or_choice_that_makes_no_sense_is_a_clear_400(client, coo, creative):
    client.force_login(coo)
    answer = client.get("/departments/creative/?on=2026-02-30")
    assert answer.status_code == 400
    assert "found “2026-02-30”, expected a date like 2026-11-22" in answer.text
    assert client.get("/departments/creative/?grain=fortnight").status_code == 400


@pytest.mark.parametrize(
    "url",
    [
        "/overview/?on=9999-12-31",
        "/departments/creative/?on=0001-01-01&grain=year",
        "/departments/creative/values/?on=0001-01-01",
        "/kpis/?q=%00",
        "/search/?q=a%00",
    ],
)
def test_what_no_calendar_and_no_text_holds_is_a_400(client, coo, creative, url):
    client.force_login(coo)
    assert client.get(url).status_code == 400


def test_a_code_that_none_can_have_is_a_404(client, coo):
    client.force_login(coo)
    assert client.get("/kpis/%00/").status_code == client.get("/api/v1/kpis/%00/").status_code == 404


@pytest.mark.parametrize("url", ["/overview/?on=1990-01-01", "/departments/creative/?on=2079-12-31&grain=year"])
def test_the_ends_of_the_calendar_can_be_shown(client, coo, creative, url):
    fill(creative, 1)
    client.force_login(coo)
    assert client.get(url).status_code == 200


def test_nobody_expects_values_of_what_is_closed_or_retired(client, coo, creative, media):
    fill(creative, 1)
    fill(media, 1)
    Department.objects.filter(pk=media.pk).update(closed_on=date(2026, 9, 30))
    Kpi.objects.filter(owner=creative).update(retired_on=date(2026, 9, 14))
    client.force_login(coo)
    now, before = client.get("/overview/").text, client.get("/overview/?on=2026-09-10").text
    assert "/departments/media/" not in now
    assert "nothing was due or recorded" in now
    assert "/departments/media/" in before
    assert "2 of 2 values" in before
    assert "closed on 30 Sep 2026" in client.get("/departments/media/").text


def test_a_department_that_closes_later_is_still_there(client, coo, media):
    Department.objects.filter(pk=media.pk).update(closed_on=date(2027, 9, 30))
    client.force_login(coo)
    assert "/departments/media/" in client.get("/overview/").text


def test_something_by_nothing_is_no_answer_and_not_silence(client, coo, creative):
    kpi = make.ratio(creative)
    make.observations(kpi, creative, {WEEK: (1, 0)})
    drain(now=NOW)
    client.force_login(coo)
    page = client.get("/departments/creative/").text
    assert "No answer" in page


def test_people_who_have_not_started_are_not_counted_yet(client, coo, creative):
    make.user(department=creative, starts_on=date(2027, 1, 1))
    make.user(department=creative, starts_on=date(2020, 1, 1), fte="0.5")
    fill(creative, 1)
    client.force_login(coo)
    assert '<td class="num who">0.5</td>' in client.get("/overview/").text


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_every_table_can_be_taken_away(client, coo, creative, kind):
    fill(creative, 1)
    client.force_login(coo)
    code = creative.assignments.get().kpi.code
    batch = creative.observations.first().batch_id
    for url in (
        "/overview/",
        "/overview/counted/",
        "/departments/creative/",
        f"/kpis/{code}/",
        "/kpis/",
        f"/batches/{batch}/",
    ):
        answer = client.get(f"{url}table.{kind}")
        assert answer.headers["Content-Disposition"].endswith(f'.{kind}"')
        assert len(answer.content) > 50


def test_a_name_that_looks_like_a_formula_leaves_as_text(client, coo, creative):
    make.kpi(creative, name="=1+1")
    client.force_login(coo)
    assert "'=1+1" in client.get("/kpis/table.csv").text


def test_a_kpi_page_shows_the_chart_the_table_and_who_recorded_what(client, coo, creative):
    kpi = make.ratio(creative, code="on-time", numerator_name="on time", denominator_name="due")
    make.observations(kpi, creative, {WEEK: (37, 39)}, by=coo)
    make.observations(kpi, creative, {WEEK: (38, 39)}, by=coo, at=NOW + timedelta(hours=1), reason="one was early")
    drain(now=NOW)
    client.force_login(coo)
    page = client.get("/kpis/on-time/").text
    assert "97.4" in page
    assert "one was early" in page
    assert 'data-chart="chart"' in page
    assert client.get("/kpis/on-time/?department=nowhere").status_code == 404


def test_the_fragment_is_the_very_list_the_page_includes(client, coo, creative):
    make.kpi(creative)
    client.force_login(coo)
    page = client.get(reverse("kpis:list"))
    fragment = client.get(reverse("kpis:list"), headers={"HX-Request": "true"})
    assert fragment.text.strip() in page.text
    assert "HX-Request" in page.headers["Vary"]


def test_search_finds_only_what_is_within_reach(client, designer, creative, media):
    make.kpi(creative, name="Rework hours")
    make.kpi(media, name="Rework of spots")
    client.force_login(designer)
    page = client.get("/search/?q=rework").text
    assert "Rework hours" in page
    assert "Rework of spots" not in page


def test_an_empty_installation_says_what_to_do_first(client, coo):
    client.force_login(coo)
    assert "No agency yet" in client.get("/overview/").text
    assert "No KPIs yet" in client.get("/kpis/").text
