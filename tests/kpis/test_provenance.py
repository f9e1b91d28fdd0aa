"""Where a number comes from, and what it was before."""

from datetime import timedelta

import pytest

from kpis.services.rollups import drain
from tests import make
from tests.clock import NOW

WEEK = make.weeks_ago


@pytest.fixture
def on_time(creative, media, coo):
    kpi = make.ratio(creative, media, code="on-time", numerator_name="on time", denominator_name="due")
    make.observations(kpi, creative, {WEEK(1): (30, 40)}, by=coo, at=NOW - timedelta(days=6))
    make.observations(kpi, creative, {WEEK(1): (38, 40)}, by=coo, at=NOW, reason="two were client-delayed")
    make.observations(kpi, media, {WEEK(1): (10, 10), WEEK(2): (9, 10)}, by=coo)
    drain(now=NOW)
    return kpi


def page(client, place="creative", week=1, **query):
    more = "".join(f"&{name}={value}" for name, value in query.items())
    return client.get(f"/kpis/on-time/periods/{WEEK(week)}/?department={place}&grain=week{more}")


def test_a_number_names_its_observations_who_recorded_them_and_what_they_replaced(client, coo, on_time):
    client.force_login(coo)
    text = page(client).text.replace("\N{NO-BREAK SPACE}", " ")
    recorded = ("38 on time ÷ 40 due", "38 ÷ 40", "30 ÷ 40", "two were client-delayed", "replaced 18 Nov 2026")
    for words in ("95.0 %", *recorded):
        assert words in text, words
    assert "10 ÷ 10" not in text


def test_a_total_shows_what_all_departments_recorded(client, coo, on_time):
    client.force_login(coo)
    text = page(client, "agency").text
    assert "38 ÷ 40" in text
    assert "10 ÷ 10" in text
    assert "9 ÷ 10" not in text


def test_as_known_then_nothing_later_shows(client, coo, on_time):
    client.force_login(coo)
    text = page(client, as_known_on=(NOW - timedelta(days=5)).date()).text
    assert "30 ÷ 40" in text
    assert "38 ÷ 40" not in text
    assert "replaced" not in text


@pytest.mark.parametrize("period", ["soon", "1066-01-01", "2031-01-06", "2026-11-10"])
def test_a_period_that_is_not_there_is_a_404(client, coo, on_time, period):
    client.force_login(coo)
    assert client.get(f"/kpis/on-time/periods/{period}/?department=creative").status_code == 404


def test_a_week_shows_in_the_month_of_its_thursday(client, coo, creative):
    kpi = make.kpi(creative, code="on-time", recorded="week", cadence="week")
    monday = make.weeks_ago(3)  # 26 October: its Thursday is the 29th
    make.observations(kpi, creative, {monday: 4242, monday + timedelta(weeks=1): 5353})
    drain(now=NOW)
    client.force_login(coo)
    text = client.get("/kpis/on-time/periods/2026-10-01/?department=creative&grain=month").text
    assert ("4,242" in text, "5,353" in text) == (True, False)


def test_the_fragment_is_what_the_page_includes(client, coo, on_time):
    client.force_login(coo)
    url = f"/kpis/on-time/periods/{WEEK(1)}/?department=creative&grain=week"
    fragment = client.get(url, headers={"HX-Request": "true"}).text
    assert fragment.strip() in client.get(url).text
    assert "<html" not in fragment
