"""Overview and scorecards as known on a moment: what they showed then, whatever happened since."""

import random
import re
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
import time_machine
from django.utils import timezone

from dashboard.selectors.overview import overview
from departments.models import Department, Headship
from kpis.models import Assignment, Event, Kpi, Signal
from kpis.selectors.book import book_then
from kpis.selectors.matrix import matrix
from kpis.selectors.processes import courses
from kpis.selectors.scorecard import scorecard
from kpis.services.events import change_event
from kpis.services.explaining import end_phase, explain, start_phase
from kpis.services.formulas import record_formula
from kpis.services.judging import judge
from kpis.services.recording import reverse_batch
from kpis.services.rollups import drain
from kpis.services.targets import change_target
from tests import make
from tests.clock import NOW, TODAY

committed = pytest.mark.django_db(transaction=True)
LATER = NOW + timedelta(days=3)


def shown(line):
    cells = [(c.period, c.value, c.goal, c.standing, c.expected, c.over) for c in line.cells]
    signs = sorted(tuple(sign)[1:] for sign in line.signs)
    said = line.behaviour and (*line.behaviour[:3], line.behaviour.limits and rounded(line.behaviour.limits))
    return (line.kpi.code, line.kpi.name, line.kpi.unit, line.department.name, line.owned_by, cells, said, signs)


def rounded(limits):
    return [round(limit, 9) for limit in limits[:3]]


def the_overview(**then):
    found = overview(Department.objects.all(), on=TODAY, upto=TODAY, **then)
    rows = [(r.department.name, str(r.head), r.kind, r.reported, [shown(line) for line in r.lines]) for r in found.rows]
    changed = [(line.kpi.code, line.sign.kind, line.sign.said) for line in found.changed]
    return rows, changed, [line.kpi.code for line in found.figures], found.false_signals


def the_scorecard(department, **then):
    tables = scorecard(department, on=TODAY, **then)
    return [(table.grain, table.periods, [shown(line) for line in table.lines]) for table in tables]


@pytest.fixture
def world(agency, creative, media, creative_head, coo):
    """Three KPIs over half a year, one of them with a change, and one that is worked out."""
    chance = random.Random(7)
    jobs = make.kpi(creative, media, code="jobs", starts_on=make.weeks_ago(30), headline=True)
    on_time = make.ratio(creative, code="on-time", starts_on=make.weeks_ago(30))
    hours = make.kpi(media, code="hours", starts_on=make.weeks_ago(30), direction="down")
    make.formula(creative, media, code="per-hour", expression="jobs ÷ hours", unit="")
    for n in range(26, 0, -1):
        week = make.weeks_ago(n)
        make.observations(jobs, creative, {week: chance.randint(8, 12) + (20 if n == 1 else 0)})
        make.observations(jobs, media, {week: chance.randint(3, 6)})
        make.observations(on_time, creative, {week: (chance.randint(30, 39), 40)})
        if n > 2:
            make.observations(hours, media, {week: chance.randint(90, 110)})
    make.target(jobs, lower=9)
    make.target(on_time, lower=80)
    start_phase(jobs, department=creative, starts_on=make.weeks_ago(13), reason="A new tool", by=coo, at=NOW)
    drain(now=NOW)
    judge(on=TODAY, now=NOW)
    launch = make.event(creative, title="Launch")
    explain(Signal.objects.get(kpi=jobs, department=creative), "A campaign", event=launch, by=coo, at=NOW)
    return {"jobs": jobs, "on_time": on_time, "hours": hours}


def everything_changes(world, agency, creative, media, coo):
    jobs, on_time, hours = world["jobs"], world["on_time"], world["hours"]
    batch = make.observations(jobs, creative, {make.weeks_ago(n): 50 for n in range(9)}, at=LATER).batch
    make.observations(hours, media, {make.weeks_ago(1): 500, make.weeks_ago(2): 500}, at=LATER)
    make.observations(on_time, creative, {make.weeks_ago(3): (1, 40)}, at=LATER)
    reverse_batch(batch, by=coo, at=LATER + timedelta(hours=1))
    target = jobs.targets.get()
    target.lower = Decimal(40)
    change_target(target, by=coo, at=LATER)
    end_phase(jobs.phases.get(), by=coo, at=LATER)
    start_phase(on_time, department=None, starts_on=make.weeks_ago(6), reason="Another", by=coo, at=LATER)
    record_formula(Kpi.objects.get(code="per-hour"), expression="hours ÷ jobs", by=coo, at=LATER)
    launch = Event.objects.get()
    fields = {"starts_on": launch.starts_on, "departments": [creative]}
    change_event(launch, title="Launch at last", **fields, by=coo, at=LATER)
    explain(Signal.objects.get(kpi=jobs, department=creative, kind="improvement"), "No, an error", by=coo, at=LATER)
    on_time.name, on_time.direction, on_time.per = "On time at last", "down", 1
    on_time.save()
    between = make.department("Between", parent=agency)
    media.parent, media.name = between, "Media and more"
    media.save()
    make.kpi(creative, code="new")
    Assignment.objects.filter(kpi=hours).get().delete()
    headship = Headship.objects.get(department=creative)
    headship.user = make.user("another")
    headship.save()
    Assignment.objects.create(kpi=on_time, department=media, starts_on=make.weeks_ago(20))
    Headship.objects.create(department=media, user=coo, starts_on=make.weeks_ago(20))
    drain(now=LATER)
    judge(on=TODAY, now=LATER)


@committed
def test_what_was_shown_then_is_what_was_known_then(world, agency, creative, media, coo):
    before = the_overview(), the_scorecard(creative), the_scorecard(media), the_scorecard(agency)
    as_known = {"known_at": NOW}

    def now():
        return (
            the_overview(**as_known),
            *(the_scorecard(department, **as_known) for department in (creative, media, agency)),
        )

    assert now() == before
    with time_machine.travel(LATER, tick=False):
        everything_changes(world, agency, creative, media, coo)
        assert the_overview() != before[0]
        assert now() == before


@committed
def test_signals_matrix_and_definitions_too(client, world, agency, creative, media, coo):
    pages = [
        "/signals/?state=all&when=all",
        "/events/",
        "/matrix/",
        "/kpis/",
        "/overview/",
        "/departments/media/",
        "/departments/agency/",
    ]

    def now():
        return [main(client.get(page, {**query(page), "as_known_on": NOW.date()}).text) for page in pages]

    with time_machine.travel(LATER, tick=False):
        client.force_login(coo)
        before = now()
        present = [main(client.get(page).text) for page in pages]
        everything_changes(world, agency, creative, media, coo)
        for page, then, known in zip(pages, before, now(), strict=True):
            assert known.splitlines() == then.splitlines(), page
        assert [main(client.get(page).text) != was for page, was in zip(pages, present, strict=True)] == [True] * 7


def query(page):
    return dict(parse_qsl(urlsplit(page).query))


def main(page):
    """But for how fresh all of it is."""
    return page[page.index("<main") : page.index("</main>")].partition('<p class="quiet small narrow-only">')[0]


@committed
def test_the_matrix_of_then_has_what_somebody_measured_then(world, creative, media):
    def named(at):
        found = matrix(Department.objects.all(), on=timezone.localdate(at), known_at=at)
        return {process.kpi.code for _, cells in found.rows for cell in cells for process in cell}

    for records in (Kpi.history, Department.history, Assignment.history):
        records.update(history_date=NOW - timedelta(days=1))
    assert "on-time" in named(NOW)
    for span in Assignment.objects.filter(kpi__code="on-time"):
        span.ends_on, span._history_date = TODAY, NOW + timedelta(days=1)
        span.save()
    assert "on-time" in named(NOW)
    assert "on-time" not in named(NOW + timedelta(days=1))
    assert "jobs" in named(NOW + timedelta(days=1))


def test_who_looks_back_is_told_when_a_value_was_last_there_too(creative):
    jobs = make.kpi(creative, code="jobs")
    make.observations(jobs, creative, {date(2025, 1, 6): 5, make.weeks_ago(2): 7})
    drain(now=NOW)
    judge(on=TODAY, now=NOW)

    def needs(**then):
        found = overview(Department.objects.all(), on=TODAY, upto=date(2025, 8, 1), **then)
        return [need.detail for need in found.needs]

    assert needs()[0] == "Jobs (last W2 2025)"
    assert needs(known_at=NOW) == needs()


def test_of_then_only_what_is_asked_for_is_judged_and_to_the_same_result(world, creative):
    book, place = book_then(on=TODAY, known_at=NOW, within=None), (world["jobs"].pk, creative.pk)
    everywhere = {(course.kpi.pk, course.department): course for course in courses(book)}
    assert len(everywhere) > 1
    assert list(courses(book, among={place})) == [everywhere[place]]


WITH_FIGURES = ["overview", "departments/creative", "kpis", "kpis/jobs", "signals", "matrix", "events"]


@pytest.mark.parametrize("name", WITH_FIGURES)
def test_every_link_stays_at_the_moment(client, world, coo, name):
    with time_machine.travel(LATER, tick=False):
        client.force_login(coo)
        page = main(client.get(f"/{name}/", {"as_known_on": "2026-11-18"}).text)
        links = [unescape(link) for link in re.findall(r'href="(/[^"]*)"', page) if "/batches/" not in link]
        assert [link for link in links if "as_known_on=2026-11-18" not in link] == []
        assert links or name == "events"
        assert not {word for word in ("Enter values", "Start a phase", "Record an event") if word in page}
        assert "Show what is known now" in page
        assert client.get(f"/{name}/").text.count("as_known_on=") == 0


def test_who_reads_a_department_alone_sees_no_more_of_then(client, world, creative, media, designer, coo):
    media.parent = creative
    media.save()
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        media.parent = creative.parent
        media.save()
    with time_machine.travel(LATER, tick=False):
        client.force_login(designer)
        page = client.get("/departments/creative/", {"as_known_on": "2026-11-18"})
        (line,) = (line for table in page.context["tables"] for line in table.lines if line.kpi.code == "jobs")
        own = {cell.period: cell.value for cell in line.cells if cell.reading}
        assert own[make.weeks_ago(1)] >= 28
        assert client.get("/departments/media/", {"as_known_on": "2026-11-18"}).status_code == 404
        assert "Media" not in main(client.get("/matrix/", {"as_known_on": "2026-11-18"}).text)
        assert "Hours" not in main(client.get("/kpis/", {"as_known_on": "2026-11-18"}).text)


@pytest.fixture
def moved(world, creative, media):
    """A team's KPI that the creative department saw then; now the team is elsewhere, and measures another."""
    team = make.department("Team", parent=creative)
    calls = make.kpi(team, code="calls", recorded="day", starts_on=make.weeks_ago(20))
    make.observations(calls, team, {make.weeks_ago(n): 10 + n for n in range(15, 0, -1)})
    drain(now=NOW)
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        Assignment.objects.get(kpi=calls).delete()
        Assignment.objects.create(kpi=calls, department=media, starts_on=make.weeks_ago(20))
        team.parent, team.name = media, "Another team"
        team.save()
        calls.cadence = "month"
        calls.save()
        make.kpi(media, code="later", name="Later than that")
    return calls


@pytest.mark.parametrize("who", ["coo", "designer"])
def test_a_kpi_of_then_is_shown_where_it_was_measured_then(client, request, moved, who):
    with time_machine.travel(LATER, tick=False):
        client.force_login(request.getfixturevalue(who))
        team = Department.objects.get(slug="team")
        if who == "designer":
            Department.objects.filter(pk=team.pk).update(parent=Department.objects.get(slug="creative"))
        scorecard = main(client.get("/departments/creative/", {"as_known_on": TODAY}).text)
        links = [unescape(link) for link in re.findall(r'href="(/kpis/calls/[^"]*)"', scorecard)]
        assert links
        assert {client.get(link).status_code for link in links} == {200}
        page = client.get("/kpis/calls/", {"as_known_on": TODAY})
    assert page.context["series"].grain == "week"
    facts = re.search("<dt>Measured by</dt><dd>(.*?)</dd>", page.text)[1]
    assert facts.startswith("Team since")
    assert "Media" not in facts
    assert "Another team" not in main(page.text)


def test_a_kpi_that_was_not_on_record_is_not_defined_yet(client, coo, moved):
    with time_machine.travel(LATER, tick=False):
        client.force_login(coo)
        for address in ("/kpis/later/", f"/kpis/later/periods/{make.weeks_ago(1)}/"):
            page = client.get(address, {"as_known_on": TODAY})
            assert page.status_code == 200
            assert "Not defined yet" in page.text
            assert "Later than that" not in page.text
        assert client.get("/kpis/later/table.csv", {"as_known_on": TODAY}).status_code == 404
        assert "Not defined yet" not in client.get("/kpis/later/").text


def test_what_is_looked_for_is_found_by_its_name_category_and_department_of_then(client, coo, creative, media):
    kpi = make.kpi(creative, code="aa", name="Old name", category="process")
    make.department("Old corner")
    with time_machine.travel(LATER, tick=False):
        kpi.name, kpi.category = "New name", "people"
        kpi.save()
        Assignment.objects.update(department=media)
        Assignment.objects.get().save()
        corner = Department.objects.get(name="Old corner")
        corner.name = "New corner"
        corner.save()
        client.force_login(coo)

        def names(address, query):
            page = main(client.get(f"/{address}/?{query}&as_known_on={TODAY}").text)
            return [name for name in ("Old name", "New name", "Old corner", "New corner") if f">{name}</a>" in page]

        for query in ("q=old", "category=process", "department=creative"):
            assert names("kpis", query) == ["Old name"], query
        for query in ("q=new", "category=people", "department=media"):
            assert names("kpis", query) == [], query
        assert names("search", "q=old") == ["Old name", "Old corner"]
        assert names("search", "q=new") == []


@pytest.mark.parametrize("day", ["soon", "2026-02-30", "1066-10-14"])
def test_what_is_no_day_is_told(client, world, coo, day):
    client.force_login(coo)
    page = client.get("/overview/", {"as_known_on": day})
    assert page.status_code == 400
    assert "as_known_on: found" in unescape(page.text)
