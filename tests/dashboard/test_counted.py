"""A number of the overview leads to the list that it counts."""

import re
from datetime import date, timedelta

import pytest

from kpis.services.judging import judge
from kpis.services.rollups import drain
from tests import make
from tests.clock import NOW, TODAY
from tests.kpis.test_judging import STEADY, weekly
from tests.words import words

WEEK = date(2026, 11, 9)  # the last that is over


@pytest.fixture
def busy(creative, media, coo):
    """KPIs of every kind: on target, missing theirs, silent, without a target, with a signal."""
    for number in range(9):
        kpi = make.ratio(creative if number % 2 else media, name=f"KPI {number}", headline=number < 2)
        if number != 4:
            make.target(kpi, lower=90)
        silent = 2 if number in (3, 6) else 0
        values = {WEEK - timedelta(weeks=n): (40 - (number * 7 + n) % 9, 40) for n in range(silent, 14)}
        if number == 5:
            values[WEEK] = (3, 40)
        make.observations(kpi, kpi.owner, values, by=coo)
    deep = make.department("Studio", parent=creative)
    apart = make.kpi(deep, name="Apart", over_departments="none")
    make.observations(apart, deep, {WEEK: 5})
    drain(now=NOW)
    judge(on=TODAY, now=NOW)


def counts(page):
    """Each link to a list with the numbers it says: (address, what its text is)."""
    found = re.findall(r'<a href="(/overview/counted/[^"]*)"[^>]*>(.*?)</a>', page.text)
    return [(url.replace("&amp;", "&"), re.sub("<[^>]+>", "", text)) for url, text in found]


def test_every_count_of_the_overview_leads_to_as_many_lines(client, coo, busy):
    client.force_login(coo)
    links = [(url, text) for url, text in counts(client.get("/overview/")) if re.match(r"\d", text)]
    assert len(links) >= 2 * 6 + 4
    for url, text in links:
        listed = client.get(url).text.split("<tbody>")[-1].count("<tr>") if text != "0" else 0
        numbers = re.findall(r"\d+", text)
        counted = numbers[-1] if "due" in url and "values" in text else numbers[0]
        assert listed == int(counted), (url, text)


def test_what_somebody_needs_to_do_leads_to_what_it_is_about(client, coo, busy):
    client.force_login(coo)
    needs = [(url, text) for url, text in counts(client.get("/overview/")) if "has not reported" in text]
    assert needs
    for url, text in needs:
        listed, count = words(client.get(url)), re.search(r"\d+", text)[0]
        assert f"{count} values that are missing" in listed
        assert listed.count("Not reported") >= int(count)


def test_the_list_is_of_the_day_of_the_overview_and_leaves_as_a_table(client, coo, busy):
    client.force_login(coo)
    day = str(WEEK - timedelta(weeks=2))
    urls = [url for url, _ in counts(client.get("/overview/", {"on": day}))]
    assert all(f"on={day}" in url for url in urls)
    page = client.get("/overview/counted/", {"on": day, "counted": "due"})
    assert "as of 26 Oct 2026" in words(page)
    table = client.get("/overview/counted/table.csv", {"on": day, "counted": "due"}).text.splitlines()
    assert len(table) - 1 == page.text.split("<tbody>")[-1].count("<tr>")


@pytest.mark.parametrize("query", ["counted=sheep", "department=nowhere", "on=soon"])
def test_what_cannot_be_counted_is_a_400(client, coo, busy, query):
    client.force_login(coo)
    assert client.get(f"/overview/counted/?{query}").status_code == 400


def test_before_there_is_an_agency_there_is_nothing_to_count(client, coo):
    client.force_login(coo)
    assert client.get("/overview/counted/").status_code == 200


PAGES = ["/overview/", "/overview/counted/", "/departments/creative/", "/signals/?when=all&state=all", "/matrix/"]


@pytest.mark.parametrize("url", PAGES)
def test_every_number_that_leads_to_its_origin_finds_it(client, coo, busy, url):
    client.force_login(coo)
    found = set(re.findall(r'href="(/kpis/[^"]*/periods/[^"]*)"', client.get(url).text))
    assert found
    for address in found:
        assert client.get(address.replace("&amp;", "&")).status_code == 200, address


def test_headlines_there_is_no_room_for_are_counted_and_listed(client, coo, creative, busy):
    client.force_login(coo)
    assert "more:" not in words(client.get("/overview/"))
    for number in range(9):
        make.kpi(creative, name=f"Number {number}", headline=True)
    page = client.get("/overview/")
    assert page.text.split('class="figures"')[1].split("</ul>")[0].count("<li>") == 8
    assert "and 3 more: 11 headline KPIs" in words(page)
    (url,) = [url for url, text in counts(page) if text == "11 headline KPIs"]
    listed = client.get(url).text.split("<tbody>")[-1]
    assert listed.count("<tr>") == 11
    assert "Number 8" in listed


def test_what_really_changed_counts_the_signals_it_leads_to_and_all_signals_are_apart(client, coo, creative):
    for number in range(5):
        kpi = make.kpi(creative, code=f"jobs-{number}", name=f"Jobs {number}", starts_on=make.weeks_ago(20))
        make.observations(kpi, creative, weekly([*STEADY[1:], 2]))
    make.signal(kpi, creative, period=make.weeks_ago(15))  # of old: among all signals alone
    drain(now=NOW)
    judge(on=TODAY, now=NOW)
    client.force_login(coo)
    page = client.get("/overview/")
    (url,) = [url for url, text in counts(page) if url.endswith("counted=changed") and text == "5"]
    assert "5 signals, new ones and those that go on" in words(client.get(url))
    assert "4 of 5 · all signals" in words(page)
