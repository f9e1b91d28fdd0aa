"""A KPI's page: the definition with its target, who changed what, who recorded what, one count of what is missing."""

from datetime import date, timedelta

import pytest

from departments.models import Department
from kpis.models import Assignment, Target
from kpis.selectors.changes import changes
from kpis.services.rollups import drain
from kpis.services.targets import change_target
from tests import make
from tests.clock import NOW, TODAY
from tests.words import words

WEEK = date(2026, 11, 9)


@pytest.fixture
def client(client, coo):
    client.force_login(coo)
    return client


@pytest.fixture
def late(creative, creative_head):
    return make.ratio(creative, code="late", name="On-time delivery")


def facts(page) -> str:
    return page.text.split('class="facts"')[1].split("</dl>")[0].replace("\N{NO-BREAK SPACE}", " ")


def test_the_definition_names_the_target_its_beginning_the_owner_and_who_measures(client, late, media):
    make.target(late, lower=90, starts_on=date(2024, 1, 1))
    make.target(late, lower=95, starts_on=date(2026, 1, 1))
    Assignment.objects.create(kpi=late, department=media, starts_on=date(2020, 1, 1), ends_on=date(2021, 3, 3))
    told = facts(client.get("/kpis/late/"))
    assert "≥ 95 % since 1 Jan 2026, for all departments" in told
    assert "Creative, Creative-Head" in told
    assert "Creative since 1 Jan 2000; Media from 1 Jan 2020 to 3 Mar 2021" in told


def test_a_target_that_has_ended_is_told_with_its_end(client, late):
    make.target(late, lower=90, starts_on=date(2024, 3, 1), ends_on=date(2024, 3, 31))
    assert "≥ 90 % from 1 Mar 2024 to 31 Mar 2024, none since then" in facts(client.get("/kpis/late/"))


def test_a_kpi_of_whose_definition_nothing_is_on_record_has_a_page_like_any_other(client, late, creative):
    late.history.all().delete()
    assert client.get("/kpis/late/").status_code == 200
    assert [change.what for change in changes(late, [creative])] == ["Creative measures it from 1 Jan 2000"]


def test_who_changed_what_is_told_newest_first(late, coo, administrator):
    target = make.target(late, lower=90, recorded_by=coo)
    target.lower, target.reason = 95, "clients ask for it"
    change_target(target, by=coo, at=NOW + timedelta(hours=1))
    late.unit, late.description = "per cent", "Counted by hand."
    late._change_reason, late._history_user = "", administrator
    late._history_date = NOW + timedelta(hours=2)
    late.save()
    told = [(change.by, change.what.replace("\N{NO-BREAK SPACE}", " ")) for change in changes(late, [late.owner])]
    assert told[:2] == [
        (str(administrator), "definition reworded; unit % → per cent"),
        (str(coo), "target ≥ 95 per cent from 1 Jan 2000 “clients ask for it”"),
    ]
    assert ("", "defined; Creative measures it from 1 Jan 2000") in told


def test_what_was_recorded_leaves_whole_with_the_row_of_files_alone(client, late, creative, coo):
    make.observations(late, creative, {WEEK: (1, 2)}, by=coo)
    make.observations(late, creative, {WEEK: (2, 2)}, by=coo, at=NOW + timedelta(hours=1), reason="one was early")
    drain(now=NOW)
    first, second = client.get("/kpis/late/recorded.csv").text.splitlines()[1:]
    assert first == "2026-11-09,Creative,,,2.000000,2.000000,2026-11-18 11:00,Coo,By hand,,,one was early,,,,"
    assert second.endswith("2026-11-18 11:00,Coo,one was early")
    page = client.get("/kpis/late/").text
    assert "/kpis/late/recorded.csv" not in page  # relative, as all exports are
    assert 'href="recorded.csv"' in page
    assert ", row" not in page


def test_a_reader_sees_and_takes_away_what_concerns_departments_within_reach(client, late, creative, media, designer):
    Assignment.objects.create(kpi=late, department=media, starts_on=date(2020, 1, 1))
    make.observations(late, creative, {WEEK: (1, 2)})
    make.observations(late, media, {WEEK: (1, 3)})
    make.target(late, lower=5, department=media)
    client.force_login(designer)
    assert "Media" not in client.get("/kpis/late/").text
    assert client.get("/kpis/late/recorded.csv").text.count("2026-11-09") == 1
    assert client.get("/kpis/late/recorded.csv?department=media").status_code == 404


def test_what_is_missing_is_counted_once_and_a_day_is_on_a_day(client, creative):
    daily = make.kpi(creative, code="uptime", cadence="day", over_time="mean", over_departments="mean")
    make.observations(daily, creative, {date(2026, 11, day): 5 for day in (9, 12, 17)})
    drain(now=NOW)
    page = client.get("/kpis/uptime/").text
    assert "5.0 on 17 Nov 2026; no limits yet, 5 more values needed; 6 not reported." in page
    assert page.count("not reported") == 2  # in the sentence, which the chart's caption repeats


def test_changes_as_known_call_a_department_as_it_was_called_then(client, coo, creative):
    kpi = make.kpi(creative, code="jobs")
    make.target(kpi, lower=5, department=creative)
    for records in (kpi.history, Department.history, Assignment.history):
        records.update(history_date=NOW - timedelta(days=9))
    kpi.targets.update(recorded_at=NOW - timedelta(days=8))
    creative.name, creative._history_date = "Ateliers", NOW - timedelta(days=1)
    creative.save()
    client.force_login(coo)
    then = str((NOW - timedelta(days=3)).date())
    for query, name in (({"as_known_on": then}, "Creative"), ({}, "Ateliers")):
        page = words(client.get("/kpis/jobs/", query)).replace("\N{NO-BREAK SPACE}", " ")
        assert f"target ≥ 5 for {name}" in page


def test_changes_as_known_are_those_of_then_however_many_came_later(creative):
    kpi = make.kpi(creative)
    make.target(kpi, lower=5)
    known = {"known_at": NOW + timedelta(seconds=1)}
    before = changes(kpi, [creative], **known)
    for n in range(31):
        day = {"starts_on": TODAY + timedelta(days=n), "ends_on": TODAY + timedelta(days=n)}
        Target.objects.create(kpi=kpi, lower=n, **day, recorded_at=NOW + timedelta(days=3))
    assert changes(kpi, [creative], **known) == before != []
    assert changes(kpi, [creative]) != before
