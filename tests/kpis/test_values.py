"""Values by hand: the grid, its corrections, its conflicts and its undo."""

import re
from datetime import date, timedelta
from decimal import Decimal
from html import unescape

import pytest

from kpis import views
from kpis.models import Batch, Observation
from tests import make

WEEK = date(2026, 11, 9)
URL = "/departments/creative/values/"


@pytest.fixture
def on_time(creative):
    return make.ratio(creative, code="on-time", name="On-time delivery")


@pytest.fixture
def client(client, creative_head):
    client.force_login(creative_head)
    return client


def cell(kpi, text, was="", *, week=WEEK, **more):
    name = f"v-{kpi.pk}-{week}"
    return {name: text, f"was-{name}": was, **more}


def test_a_value_typed_is_a_value_recorded_with_an_undo_beside_it(client, on_time, creative_head):
    page = client.post(URL, cell(on_time, "37 / 39"), follow=True)
    stands = Observation.objects.get()
    assert (stands.numerator, stands.denominator, stands.date) == (37, 39, WEEK)
    assert stands.batch.recorded_by == creative_head
    assert "1 value recorded." in page.text
    assert f"/batches/{stands.batch_id}/reversal/" in page.text


@pytest.mark.parametrize(("text", "number"), [("1.234,5", "1234.5"), ("€ 1.2k", "1200"), ("12 %", "12"), ("(3)", "-3")])
def test_numbers_are_taken_as_people_write_them(client, creative, text, number):
    money = make.kpi(creative)
    client.post(URL, cell(money, text))
    assert Observation.objects.get().value == Decimal(number)


def test_a_recorded_value_leads_to_where_it_comes_from_and_an_empty_cell_nowhere(client, on_time, creative):
    make.observations(on_time, creative, {WEEK: (37, 39)})
    [leads] = re.findall(r'<a class="from" href="([^"]+)" aria-label="([^"]+)"', client.get(URL).text)
    assert leads[1] == "Where On-time delivery, W46 2026 comes from"
    page = client.get(unescape(leads[0]))
    assert "37 ÷ 39" in page.text


def test_a_correction_needs_a_reason_and_keeps_what_was_typed(client, on_time, creative):
    make.observations(on_time, creative, {WEEK: (37, 39)})
    page = client.post(URL, cell(on_time, "38 / 39", "37 / 39"))
    assert "Say why values that were recorded before change." in page.text
    assert 'value="38 / 39"' in page.text
    client.post(URL, cell(on_time, "38 / 39", "37 / 39", reason="one was early"))
    assert Observation.objects.current().get().numerator == 38
    assert Batch.objects.latest("pk").reason == "one was early"


def test_an_emptied_cell_takes_the_value_back(client, on_time, creative):
    make.observations(on_time, creative, {WEEK: (37, 39)})
    page = client.post(URL, cell(on_time, "", "37 / 39", reason="not ours"), follow=True)
    assert not Observation.objects.current().exists()
    assert "1 value taken back." in page.text


def test_who_comes_second_sees_both_texts_and_nothing_is_overwritten(client, on_time, creative, coo):
    make.observations(on_time, creative, {WEEK: (30, 39)}, by=coo)
    page = client.post(URL, cell(on_time, "37 / 39", was=""))
    assert "meanwhile Coo recorded “30 / 39”. You gave “37 / 39”." in page.text
    assert Observation.objects.current().get().numerator == 30


@pytest.mark.parametrize("text", ["many", "37", "37 / ", "1 / 2 / 3", "1e400 / 2", "9" * 30 + " / 1", "=1+1"])
def test_what_cannot_be_read_is_named_and_kept(client, on_time, text):
    page = client.post(URL, cell(on_time, text))
    assert page.status_code == 200
    assert "On-time delivery, W46 2026: Found" in page.text
    assert not Observation.objects.exists()


@pytest.mark.parametrize(("text", "why"), [("37 / 0", "37 of nothing"), ("37 / -5", "not below 0")])
def test_a_ratio_of_nothing_is_refused_by_name(client, on_time, text, why):
    page = client.post(URL, cell(on_time, text))
    assert why in page.text
    assert not Observation.objects.exists()


def test_nothing_due_is_nothing_done(client, on_time):
    client.post(URL, cell(on_time, "0 / 0"))
    assert (Observation.objects.get().denominator, Observation.objects.get().row) == (0, None)


@pytest.mark.parametrize(
    ("text", "either"),
    [
        ("1.234", "1234 or 1.2340"), ("1,234", "1234 or 1.2340"), ("€ -12.500", "12500 or 12.5000"),
        ("(1,234)", "1234 or 1.2340"), ("1,234 k", "1234 or 1.2340"),
    ],
)  # fmt: skip
def test_a_number_that_may_mean_two_is_asked_about(client, creative, text, either):
    page = client.post(URL, cell(make.kpi(creative, name="Sales"), text))
    assert f"Sales, W46 2026: Found “{text}”, expected {either}: this may mean either." in page.text
    assert not Observation.objects.exists()


@pytest.mark.parametrize(
    ("text", "number"),
    [("1234", 1234), ("1.2340", "1.234"), ("0.125", "0.125"), ("1.234.567", 1234567), ("1'234.500", "1234.5"),
     ("1,234.5", "1234.5"), ("1234.567", "1234.567"), ("1 234.500", "1234.5")],
)  # fmt: skip
def test_a_number_that_means_one_thing_is_not_asked_about(client, creative, text, number):
    client.post(URL, cell(make.kpi(creative), text))
    assert Observation.objects.get().value == Decimal(number)


def test_a_value_that_stands_is_nobodys_question(client, creative):
    sales, jobs = make.kpi(creative), make.kpi(creative)
    make.observations(sales, creative, {WEEK: "1.234"})
    client.post(URL, cell(sales, "1.234", was="1.234") | cell(jobs, "7"))
    assert jobs.observations.get().value == 7


@pytest.mark.parametrize("text", ["9" * 93, "5\0x"])
def test_what_is_wrong_stands_beside_its_cell_and_the_summary_leads_there(client, on_time, text):
    page = client.post(URL, cell(on_time, text))
    name = f"v-{on_time.pk}-{WEEK}"
    assert f'<li><a href="#id_{name}">On-time delivery, W46 2026: Found “' in page.text
    assert f'aria-invalid="true" aria-describedby="why-{name}" title="Found “' in page.text
    assert f'<small class="errorlist" id="why-{name}">Found “' in page.text
    assert page.text.count("aria-invalid") == 1


def test_one_bad_cell_holds_the_good_ones(client, on_time):
    good, bad = cell(on_time, "1 / 2"), cell(on_time, "x", week=WEEK - timedelta(weeks=1))
    client.post(URL, good | bad)
    assert not Observation.objects.exists()


def test_a_department_one_does_not_lead_does_not_exist_here(client, media):
    assert client.get("/departments/media/values/").status_code == 404
    assert client.post("/departments/media/values/", {}).status_code == 404


def test_undo_brings_back_what_stood_before(client, on_time, creative):
    make.observations(on_time, creative, {WEEK: (37, 39)})
    client.post(URL, cell(on_time, "38 / 39", "37 / 39", reason="one was early"))
    batch = Batch.objects.latest("pk")
    page = client.post(f"/batches/{batch.pk}/reversal/", follow=True)
    assert "Undone" in page.text
    assert Observation.objects.current().get().numerator == 37
    again = client.post(f"/batches/{batch.pk}/reversal/", follow=True)
    assert "This was undone before." in again.text


def quicker(monkeypatch, kpi, department, value):
    """Somebody else records a value after this page was checked and before it is written."""
    recorded = views.DepartmentValues.recorded

    def late(view, form):
        make.observations(kpi, department, {WEEK: value})
        return recorded(view, form)

    monkeypatch.setattr(views.DepartmentValues, "recorded", late)


@pytest.mark.parametrize(("before", "text"), [(None, "37 / 39"), ((1, 2), "37 / 39"), ((1, 2), "")])
def test_who_is_second_by_a_hair_sees_both_values_and_overwrites_nothing(
    client, on_time, creative, monkeypatch, before, text
):
    if before:
        make.observations(on_time, creative, {WEEK: before})
    quicker(monkeypatch, on_time, creative, (30, 39))
    page = client.post(URL, cell(on_time, text, "1 / 2" if before else "", reason="late"))
    assert "meanwhile somebody recorded “30 / 39”" in page.text
    assert f"You gave “{text}”" in page.text
    assert Observation.objects.current().get().numerator == 30
