"""What was known at a moment stays what was known at that moment, whatever is recorded later."""

import random
from datetime import timedelta
from decimal import Decimal

import pytest

from departments.models import Department
from kpis.goals import Goal
from kpis.models import Kpi, Observation
from kpis.periods import Grain
from kpis.selectors import knowledge
from kpis.selectors.series import series
from kpis.services.explaining import end_phase, start_phase
from kpis.services.recording import Entry, record_observations, retract_observations, reverse_batch
from kpis.services.rollups import drain
from kpis.services.targets import Aim, record_targets
from tests import make
from tests.clock import NOW, TODAY


def shown(kpi, department, grain=Grain.WEEK, **then):
    """All that a chart shows of a series."""
    found = series(kpi, department, grain=grain, on=TODAY, **then)
    return (
        found.kpi.direction,
        [(c.period, c.value, c.goal, c.expected) for c in found.cells],
        [(p.kind(found.kpi.direction), p.limits) for p in found.points],
        [(s.starts_on, s.reason) for s in found.starts],
    )


class Story:
    """A KPI of two departments; each step is a minute later."""

    def __init__(self, chance, agency, places, coo):
        self.chance, self.places, self.coo, self.at, self.batches = chance, places, coo, NOW, []
        self.everywhere = [agency, *places]
        how = chance.choice([("sum", "sum"), ("mean", "mean"), ("last", "max"), ("ratio", "ratio"), ("sum", "none")])
        self.kpi = make.kpi(*places, over_time=how[0], over_departments=how[1], recorded=chance.choice(["day", "week"]))
        self.kpi.history.update(history_date=NOW - timedelta(days=1))

    def record(self):
        days = {TODAY - timedelta(days=self.chance.randrange(150)) for _ in range(self.chance.choice([1, 3, 20]))}
        ratio = self.kpi.is_ratio

        def numbers():
            value = Decimal(self.chance.randrange(1, 100))
            return {"numerator": value, "denominator": Decimal(self.chance.randrange(3))} if ratio else {"value": value}

        entries = [Entry(self.kpi.pk, self.chance.choice(self.places).pk, day, **numbers()) for day in days]
        self.keep(record_observations(entries, by=None, at=self.at, source="api").batch)

    def retract(self):
        some = Observation.objects.current().filter(date__gte=TODAY - timedelta(days=self.chance.randrange(60)))
        self.keep(retract_observations(some, by=None, at=self.at, reason="wrong").batch)

    def undo(self):
        if self.batches:
            reverse_batch(self.batches.pop(), by=None, at=self.at)

    def aim(self):
        goal = Goal(Decimal(self.chance.randrange(50)), None)
        record_targets([Aim(self.kpi.pk, None, TODAY - timedelta(days=90), None, goal)], by=None, at=self.at)

    def change(self):
        day = TODAY - timedelta(days=self.chance.randrange(100))
        if self.kpi.phases.current().exists():
            end_phase(self.kpi.phases.current().first(), by=self.coo, at=self.at)
        else:
            start_phase(self.kpi, department=None, starts_on=day, reason="tool", by=self.coo, at=self.at)

    def redefine(self):
        self.kpi.direction = self.chance.choice(Kpi.Direction.values)
        self.kpi._history_date = self.at
        self.kpi.save()

    def keep(self, batch):
        if batch:
            self.batches = [batch]  # only the last can be undone for certain

    def now(self):
        drain(now=self.at)
        return {(d.pk, g): shown(self.kpi, d, g) for d in self.everywhere for g in (Grain.WEEK, Grain.MONTH)}

    def then(self, at):
        return {(d, g): shown(self.kpi, place, g, known_at=at) for (d, g), place in self.keys()}

    def keys(self):
        return [((d.pk, g), d) for d in self.everywhere for g in (Grain.WEEK, Grain.MONTH)]


STEPS = ["record"] * 4 + ["retract", "undo", "aim", "change", "redefine"]


@pytest.mark.parametrize("seed", range(8))
def test_what_was_known_is_what_was_shown_then_and_never_changes(seed, agency, creative, media, coo):
    chance = random.Random(seed)
    story, remembered = Story(chance, agency, [creative, media], coo), {}
    for _ in range(14):
        getattr(story, chance.choice(STEPS))()
        remembered[story.at] = story.now()
        story.at += timedelta(minutes=1)
    for at, seen in remembered.items():
        assert story.then(at) == seen, f"seed {seed}, {at}"
    assert story.then(story.at) == story.now()


def test_days_too_are_shown_as_they_were_known(creative):
    kpi = make.kpi(creative, recorded="day", cadence="day")
    make.observations(kpi, creative, {TODAY - timedelta(days=2): 5, TODAY - timedelta(days=1): 7})
    before = shown(kpi, creative, Grain.DAY)
    make.observations(kpi, creative, {TODAY - timedelta(days=1): 9}, at=NOW + timedelta(minutes=1))
    assert shown(kpi, creative, Grain.DAY) != before
    assert shown(kpi, creative, Grain.DAY, known_at=NOW) == before


def test_a_department_that_moved_counts_where_it_stood(agency, creative, media):
    kpi = make.kpi(media)
    make.observations(kpi, media, {make.weeks_ago(1): 5})
    Department.history.update(history_date=NOW - timedelta(days=1))
    media.parent, media._history_date = creative, NOW + timedelta(minutes=1)
    media.save()
    drain(now=NOW)
    assert shown(kpi, creative)[1] != []
    assert shown(kpi, creative, known_at=NOW)[1] == []


def test_a_kpi_of_which_only_a_formula_was_on_record_was_known(creative):
    share = make.formula(creative, code="share", expression="jobs", unit="")
    share.formulas.update(recorded_at=NOW - timedelta(days=5))
    make.kpi(creative, code="jobs")
    assert knowledge.defined(at=NOW - timedelta(days=5)) == {share.pk}
    assert knowledge.defined(at=NOW - timedelta(days=6)) == set()


def test_the_page_and_the_api_show_it_clearly_marked_and_read_only(client, coo, creative):
    kpi = make.kpi(creative, code="jobs")
    make.observations(kpi, creative, {make.weeks_ago(1): 5}, at=NOW - timedelta(days=7))
    make.observations(kpi, creative, {make.weeks_ago(1): 6}, at=NOW)
    drain(now=NOW)
    client.force_login(coo)
    day = str((NOW - timedelta(days=7)).date())
    page = client.get(f"/kpis/jobs/?as_known_on={day}").text
    assert "As known at the end of 11 Nov 2026" in page
    assert "Start a phase" not in page
    assert "Show what is known now" not in client.get("/kpis/jobs/").text
    query = {"kpi": "jobs", "department": "creative"}
    for then, value in (({"as_known_on": day}, "5"), ({}, "6")):
        assert client.get("/api/v1/series/", query | then).json()["points"][0]["value"] == value
    assert client.get("/kpis/jobs/?as_known_on=soon").status_code == 400
    assert client.get("/kpis/jobs/?as_known_on=2030-01-01").status_code == 200


def test_of_a_department_that_is_gone_by_now_nothing_breaks(agency, creative, media):
    kpi = make.kpi(media)
    make.observations(kpi, media, {make.weeks_ago(1): 5})
    between = make.department("Between", parent=agency)
    media.parent = between
    media.save()
    Department.history.update(history_date=NOW - timedelta(days=1))
    media.parent, media._history_date = agency, NOW + timedelta(minutes=1)
    media.save()
    between.delete()
    assert shown(kpi, media, known_at=NOW)[1] != []


def test_who_sees_less_now_sees_no_more_of_then(client, designer, creative, media):
    below = make.department("Studio", parent=creative)
    kpi = make.kpi(creative, below, code="jobs")
    make.observations(kpi, creative, {make.weeks_ago(2): 5}, at=NOW - timedelta(days=7))
    make.observations(kpi, below, {make.weeks_ago(2): 770}, at=NOW - timedelta(days=7))
    Department.history.update(history_date=NOW - timedelta(days=8))
    below.parent, below._history_date = media, NOW - timedelta(days=1)
    below.save()
    drain(now=NOW)
    client.force_login(designer)
    then = f"department=creative&as_known_on={(NOW - timedelta(days=3)).date()}"
    for address in (
        f"/kpis/jobs/?{then}",
        f"/api/v1/series/?kpi=jobs&{then}",
        f"/kpis/jobs/periods/{make.weeks_ago(2)}/?{then}",
    ):
        text = client.get(address).text
        assert "77" not in text.replace("\N{NO-BREAK SPACE}", " ").split("<main")[-1].split("csrf")[0], address
