"""How figures became known: a column per month is what was known at its end."""

import random
import re
from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from departments.models import Department
from kpis.asked import end_of
from kpis.models import Assignment, Kpi, Observation
from kpis.periods import Grain, add_months
from kpis.selectors.judged import Restated
from kpis.selectors.revisions import revisions
from kpis.selectors.series import series
from kpis.services.formulas import FormulaSuperseded, end_formula, record_formula
from kpis.services.recording import retract_observations
from kpis.services.rollups import drain
from tests import make
from tests.clock import NOW, TODAY
from tests.kpis.test_knowledge import STEPS, Story
from tests.words import unmarked, words

LONG_AGO = NOW - timedelta(days=230)


class Months(Story):
    """The same, over most of a year, with departments that move and a ratio that is shown per another number."""

    def __init__(self, *args):
        super().__init__(*args)
        self.at = LONG_AGO
        for records in (self.kpi.history, Assignment.history, Department.history):
            records.update(history_date=LONG_AGO - timedelta(days=1))

    def move(self):
        mover, other = self.chance.sample(self.places, 2)
        mover.refresh_from_db()
        other.refresh_from_db()
        if other.parent_id != mover.pk:
            mover.parent = other if mover.parent_id == self.everywhere[0].pk else self.everywhere[0]
            mover._history_date = self.at
            mover.save()

    def rescale(self):
        if self.kpi.is_ratio:
            self.kpi.per, self.kpi._history_date = self.chance.choice([1, 100]), self.at
            self.kpi.save()


@pytest.mark.parametrize("seed", range(8))
def test_every_cell_is_what_the_series_was_then_and_no_month_is_left_out(seed, agency, creative, media, coo):
    chance = random.Random(seed)
    story = Months(chance, agency, [creative, media], coo)
    for _ in range(22):
        getattr(story, chance.choice([*STEPS, "move", "rescale"]))()
        story.at = min(NOW, story.at + timedelta(days=chance.randrange(22), minutes=1))
    drain(now=NOW)
    looked_at = sum(
        compared_with_then(story.kpi, place, grain, seed)
        for place in story.everywhere
        for grain in (Grain.WEEK, Grain.MONTH)
    )
    assert looked_at, f"seed {seed}: nothing to look at"


def compared_with_then(kpi, place, grain, seed) -> int:
    """How many cells are there to compare with the series as it was known at the end of each month; all are alike."""
    found, looked_at = series(kpi, place, grain=grain, on=TODAY), 0
    made = revisions(found, {}, until=NOW)
    assert len(made.rows) == (min(13, len(found.cells)) if made.moments else 0)
    for month in range(9):
        at = min(end_of(add_months(date(2026, 4, 1), month) - timedelta(days=1)), NOW)
        then = series(kpi, place, grain=grain, on=timezone.localdate(at), known_at=at)
        cells = {cell.period: cell for cell in then.cells}
        column = sum(moment <= at for moment in made.moments) - 1
        for row in made.rows if column >= 0 else []:
            cell, known = cells.get(row.cell.period), row.known[column]
            told = (known.is_known, known.value)
            assert told == (bool(cell and cell.reading), cell and cell.value), (seed, place, grain, at, row)
            looked_at += known.is_known
    return looked_at


FORMULAS = ["jobs ÷ hours", "jobs × 2", "done + 1", "(jobs + done) ÷ hours"]


class Formulas(Months):
    """A formula of three inputs, which is said anew and taken back, for the past, too, and who measures it changes."""

    def __init__(self, chance, agency, places, coo):
        super().__init__(chance, agency, places, coo)
        self.jobs, self.inputs = self.kpi, [make.kpi(*places, code=code) for code in ("hours", "done")]
        Kpi.objects.filter(pk=self.jobs.pk).update(code="jobs")
        self.jobs.refresh_from_db()
        made = make.formula(*places, code="share", expression=FORMULAS[0], unit="")
        made.formulas.update(recorded_at=LONG_AGO)
        for records in (Kpi.history, Assignment.history):
            records.update(history_date=LONG_AGO - timedelta(days=1))
        self.share, self.inputs = made, [self.jobs, *self.inputs]

    def record(self):
        self.kpi = self.chance.choice(self.inputs)
        super().record()

    def say(self):
        starts_on = self.chance.choice([None, TODAY - timedelta(days=self.chance.randrange(200))])
        record_formula(
            self.share, expression=self.chance.choice(FORMULAS), starts_on=starts_on, by=self.coo, at=self.at
        )

    def unsay(self):
        end_formula(self.chance.choice(self.share.formulas.order_by("pk")), by=self.coo, at=self.at)

    def measure(self):
        span = self.chance.choice(self.share.assignments.order_by("pk"))
        span.ends_on, span._history_date = TODAY - timedelta(days=self.chance.randrange(90)), self.at
        span.save()

    def rescale(self):
        self.kpi = self.jobs
        super().rescale()


FORMULA_STEPS = ["record"] * 5 + ["say"] * 2 + ["retract", "undo", "unsay", "measure", "move", "rescale"]


@pytest.mark.parametrize("seed", range(8))
def test_every_cell_of_a_formula_is_what_the_series_was_then_and_no_month_is_left_out(
    seed, agency, creative, media, coo
):
    chance = random.Random(seed)
    story = Formulas(chance, agency, [creative, media], coo)
    for _ in range(26):
        with suppress(FormulaSuperseded):
            getattr(story, chance.choice(FORMULA_STEPS))()
        story.at = min(NOW, story.at + timedelta(days=chance.randrange(20), minutes=1))
    drain(now=NOW)
    looked_at = sum(
        compared_with_then(story.share, place, grain, seed)
        for place in story.everywhere
        for grain in (Grain.WEEK, Grain.MONTH)
    )
    assert looked_at, f"seed {seed}: nothing to look at"


def at(month, day):
    return datetime(2026, month, day, 9, tzinfo=NOW.tzinfo)


def test_a_month_has_a_column_when_only_the_formula_an_input_or_who_measures_is_another(agency, creative, media, coo):
    jobs = make.kpi(creative, media, code="jobs", cadence="month")
    twice = make.formula(creative, media, code="twice", cadence="month", expression="jobs × 2", unit="")
    twice.formulas.update(recorded_at=at(1, 1))
    for records in (Kpi.history, Assignment.history, Department.history):
        records.update(history_date=at(1, 1))
    for place, value in ((creative, 10), (media, 30)):
        make.observations(jobs, place, {date(2026, 2, 1): value}, at=at(3, 3))
    record_formula(twice, expression="jobs × 3", by=coo, at=at(5, 5))
    jobs.over_departments, jobs._history_date = "max", at(7, 7)
    jobs.save()
    for span in twice.assignments.all():
        span.ends_on, span._history_date = date(2026, 1, 31), at(9, 9)
        span.save()
    drain(now=NOW)
    assert not series(twice, agency, grain=Grain.MONTH, on=TODAY).cells  # nothing to show by now
    twice.assignments.update(ends_on=None)
    found = series(twice, agency, grain=Grain.MONTH, on=TODAY)
    made = revisions(found, {}, until=NOW)
    assert [moment.month for moment in made.moments] == [3, 5, 7, 9]
    assert [each.value for each in made.rows[0].known] == [80, 120, 90, None]


@pytest.fixture
def sales(creative):
    kpi = make.kpi(creative, code="sales", name="Sales", cadence="month", unit="jobs", decimals=0)
    for records in (kpi.history, Assignment.history, Department.history):
        records.update(history_date=at(1, 1))
    make.observations(kpi, creative, {date(2026, 7, 1): 10}, at=at(8, 3))
    make.observations(kpi, creative, {date(2026, 7, 1): 12, date(2026, 8, 1): 20}, at=at(9, 2))
    make.observations(kpi, creative, {date(2026, 9, 1): 30, date(2026, 10, 1): 40}, at=at(11, 3))
    make.observations(kpi, creative, {date(2026, 8, 1): 14, date(2026, 11, 1): 3}, at=at(11, 10))
    drain(now=NOW)
    return kpi


def table(client, **query):
    page = client.get("/kpis/sales/", {"department": "creative", "revisions": 1, **query})
    part = page.text.split('id="revisions"')[1].split("</section>")[0]
    rows = [[unmarked(cell) for cell in re.split("</t[dh]>", row)] for row in part.split("<tr>")[1:]]
    return unmarked(part.split("<h2>")[1].split("</h2>")[0]), rows


def test_the_page_shows_it_where_it_is_asked_for(client, coo, sales):
    client.force_login(coo)
    assert 'id="revisions"' not in client.get("/kpis/sales/").text
    said, (heads, *rows) = table(client)
    assert said == "2 of 4 values were changed after they were first reported, on average by −2 jobs."
    assert heads[:5] == ["Month", "end of Aug 2026", "end of Sep 2026", "now", "Restated"]
    assert [row[:5] for row in rows] == [
        ["Nov 2026", "", "", "3 so far", ""],
        ["Oct 2026", "", "", "40", ""],
        ["Sep 2026", "", "", "30", ""],
        ["Aug 2026", "", "20", "14 −6", "restated −6 jobs (was 20)"],
        ["Jul 2026", "10", "12 +2", "12", "restated +2 jobs (was 10)"],
    ]


def test_as_known_on_a_day_it_ends_there(client, coo, sales):
    client.force_login(coo)
    said, (heads, *rows) = table(client, as_known_on="2026-10-05")
    assert said == "1 of 2 values was changed after it was first reported, by +2 jobs."
    assert heads[:4] == ["Month", "end of Aug 2026", "end of Sep 2026", "Restated"]
    assert len(rows) == 3  # October had begun


def test_at_its_own_end_a_month_is_over_and_what_comes_later_is_marked(client, coo, sales, creative):
    make.observations(sales, creative, {date(2026, 6, 1): 7}, at=at(6, 10))
    make.observations(sales, creative, {date(2026, 6, 1): 8}, at=at(6, 20))
    make.observations(sales, creative, {date(2026, 6, 1): 9}, at=at(8, 5))
    drain(now=NOW)
    client.force_login(coo)
    _, (heads, *rows) = table(client)
    assert (heads[1:3], rows[-1][:3]) == (["end of Jun 2026", "end of Aug 2026"], ["Jun 2026", "8", "9 +1"])


def test_a_cell_leads_to_where_its_number_came_from_then(client, coo, sales):
    client.force_login(coo)
    for query in ({}, {"as_known_on": "2026-10-05"}):
        page = client.get("/kpis/sales/", {"department": "creative", "revisions": 1, **query}).text
        part = page.split('id="revisions"')[1].split("</section>")[0]
        address = "/kpis/sales/periods/2026-07-01/?department=creative&amp;grain=month&amp;as_known_on=2026-08-31"
        assert f'href="{address}"' in part
        then = client.get(address.replace("&amp;", "&")).text
        assert "as known at the end of 31 Aug 2026" in unmarked(then)


def test_it_leaves_as_a_table(client, coo, sales):
    client.force_login(coo)
    header, first, *_ = client.get("/kpis/sales/revisions.csv").text.splitlines()
    assert header.endswith("period,from,known on 2026-08-31,known on 2026-09-30,known on 2026-11-18,restated from")
    assert first == "Jul 2026,2026-07-01,10.000000,12.000000,12.000000,10.000000"
    assert client.get("/kpis/sales/revisions.xlsx").status_code == 200


def test_what_was_taken_back_is_said(client, coo, sales):
    retract_observations(Observation.objects.current().filter(date=date(2026, 9, 1)), by=coo, at=NOW, reason="wrong")
    drain(now=NOW)
    client.force_login(coo)
    said, rows = table(client)
    assert said.startswith("3 of 4 values were changed after they were first reported, on average by −2 jobs")
    assert any("taken back (was 30)" in cell for row in rows for cell in row)


def test_values_that_never_changed_and_none_at_all(client, coo, creative):
    kpi = make.kpi(creative, code="sales")
    client.force_login(coo)
    assert table(client)[0] == "No value was reported yet."
    make.observations(kpi, creative, {make.weeks_ago(1): 5, make.weeks_ago(2): 6})
    drain(now=NOW)
    assert table(client)[0] == "None of 2 values was changed after it was first reported."


def test_it_is_read_once_however_many_months_there_are(client, coo, creative, sales):
    def asked():
        found = series(sales, creative, grain=Grain.MONTH, on=TODAY)
        with CaptureQueriesContext(connection) as captured:
            made = revisions(found, {}, until=NOW)
        return len(made.moments), len(captured), sum("kpis_observation" in each["sql"] for each in captured)

    months, before, reads = asked()
    for month in (3, 4, 5, 6, 7):
        make.observations(sales, creative, {date(2026, month - 1, 1): month}, at=at(month, 5))
    drain(now=NOW)
    assert asked() == (months + 5, before, 1)
    assert reads == 1


def test_who_sees_less_now_sees_no_more_of_then(client, designer, creative, media):
    below = make.department("Studio", parent=creative)
    kpi = make.kpi(creative, below, code="sales")
    make.observations(kpi, creative, {make.weeks_ago(2): 5}, at=NOW - timedelta(days=40))
    make.observations(kpi, below, {make.weeks_ago(2): 770}, at=NOW - timedelta(days=40))
    Department.history.update(history_date=NOW - timedelta(days=50))
    below.parent, below._history_date = media, NOW - timedelta(days=1)
    below.save()
    drain(now=NOW)
    client.force_login(designer)
    _, rows = table(client)
    assert "77" not in str(rows)
    assert "77" not in client.get("/kpis/sales/revisions.csv?department=creative").text


def test_a_choice_that_makes_no_sense_is_a_400(client, coo, sales):
    client.force_login(coo)
    assert client.get("/kpis/sales/?revisions=many").status_code == 400
    assert "How they became known" in words(client.get("/kpis/sales/"))


def test_a_difference_to_no_answer_is_none():
    assert Restated(None, Decimal(1)).by is None
