"""The import wizard as people meet it: ten files nobody tidied up, and one import from the file to its undoing."""

from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from departments.models import Department
from kpis.models import Observation, Upload
from kpis.services.working import work_through
from tests import make
from tests.browser.looks import assert_no_barrier_in_any_look

MESSY = Path(__file__).parents[3] / "shared" / "data" / "messy_spreadsheets"
real = pytest.mark.skipif(not MESSY.is_dir(), reason="the folder of messy spreadsheets is not here")
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def head(transactional_db, settings, tmp_path):
    settings.UPLOADS_DIR = tmp_path / "uploads"
    agency = Department.objects.create(name="Agency", slug="agency")
    creative = make.department("Creative", parent=agency)
    make.kpi(creative, code="jobs", name="Open jobs", cadence="day")
    make.ratio(creative, code="otd", name="On-time delivery", numerator_name="on time", denominator_name="due")
    return make.head(creative, "creative-head")


def upload(page, path):
    """Uploads it and stays on the page, which follows the worker by itself."""
    page.goto(page.url.split("/imports/")[0] + "/imports/")
    page.set_input_files("[name=file]", path)
    page.get_by_role("button", name="Upload and look at it").click()
    expect(page.get_by_text("Waiting for the worker")).to_be_visible()
    work_through(clock=timezone.now)


def press(page, name, *, waits=True):
    page.get_by_role("button", name=name).click()
    if waits:
        expect(page.locator("progress")).to_be_visible()
        work_through(clock=timezone.now)


@real
@pytest.mark.parametrize(
    ("name", "shown", "date", "value", "outcome"),
    [
        ("frictionless/vix.csv", "VIXClose", "Date", "VIXClose", "Import 2 values"),
        ("csvkit/realdata__ks_1033_data.csv", "federal_supply_class_name", "ship_date", "quantity", "leave out"),
        ("csvkit/realdata__ne_1033_data.xlsx", "RIFLE,7.62 MILLIMETER", "ship_date", "quantity", "leave out"),
        ("csvkit/realdata__Datagov_FY10_EDU_recp_by_State.csv", "ALABAMA", "", "TOTAL", "rejected"),
        ("csvkit/test_skip_lines.xlsx", "Chicago Tribune", "date", "integer", "rejected"),
        ("frictionless/table-with-accents.csv", "Année", "Date", "RevPAR", "rejected"),
        (
            "frictionless/zipped-resources__ogd10_energieforschungstatistik_ch.csv",
            "finanzbeitrag",
            "",
            "finanzbeitrag",
            "",
        ),
        ("frictionless/issue-1232.csv", "POLPENAZZE DEL GARDA", "data_entrata_in_carica", "codice_comune", "Import"),
        ("csvkit/test_utf16_little.csv", "ʤ", "", "a", "rejected"),
        ("csvkit/null_byte.csv", "it has NUL bytes in it", None, None, None),
    ],
)
def test_the_wizard_runs_on_a_messy_file(visit, head, name, shown, date, value, outcome):
    page = visit("/imports/", by=head)
    upload(page, MESSY / name)
    expect(page.locator("#upload")).to_contain_text(shown)
    if outcome is None:
        expect(page.get_by_text("This file cannot be imported")).to_be_visible()
        return
    page.get_by_label("Department", exact=True).select_option("Creative")
    page.get_by_label("KPI", exact=True).select_option("Open jobs")
    if date:
        page.get_by_label("Date", exact=True).select_option(date)
    else:
        page.get_by_label("One period for all rows").fill("2026-11-09")
    if page.get_by_label("Day or month first").count() and not page.get_by_label("Day or month first").input_value():
        page.get_by_label("Day or month first").select_option("day")
    page.get_by_label("Value", exact=True).select_option(value)
    press(page, "Check")
    expect(page.get_by_role("heading", name="What an import would do")).to_be_visible()
    expect(page.locator("#upload")).to_contain_text(outcome)
    expect(page.locator("dl.counts")).to_be_visible()


WEEK = """Report of the week;;;;
Team;Measure;Week;on time;due
Creative;On-time delivery;2026-W40;37;39
Creative;On-time delivery;2026-W41;€ 1.2k;(1,200)
Creative;On-time delivery;2026-W42;12 %;1.234,5
"""


def test_from_a_file_to_a_batch_and_back_without_a_barrier_on_the_way(visit, head, tmp_path, monkeypatch):
    (tmp_path / "week.csv").write_text(WEEK)
    page = visit("/kpis/", by=head, reduced_motion="reduce")
    page.get_by_role("link", name="Import values").click()
    assert_no_barrier_in_any_look(page)
    upload(page, tmp_path / "week.csv")
    expect(page.get_by_role("heading", name="What the columns mean")).to_be_visible()
    assert_no_barrier_in_any_look(page)
    press(page, "Check")
    expect(page.get_by_text("a number that is not below 0")).to_be_visible()
    assert_no_barrier_in_any_look(page)
    press(page, "Import the others, leave out 1 row", waits=False)
    Upload.objects.get().shelf.tell(1, 3)
    expect(page.get_by_text("1 of 3 rows")).to_be_visible()
    page.reload()
    expect(page.get_by_text("1 of 3 rows")).to_be_visible()
    assert_no_barrier_in_any_look(page)
    work_through(clock=timezone.now)
    expect(page.get_by_role("heading", name="Imported")).to_be_visible()
    assert_no_barrier_in_any_look(page)
    assert Observation.objects.current().count() == 2
    page.get_by_role("button", name="Undo all of it").click()
    expect(page.get_by_text("Undone: week.csv.")).to_be_visible()
    assert Observation.objects.current().count() == 0


def test_errors_get_the_focus_and_a_file_that_cannot_be_read_has_no_barrier(visit, head, tmp_path):
    (tmp_path / "odd.csv").write_text("a;b\n03/04/2026;x\n")
    page = visit("/imports/", by=head, reduced_motion="reduce")
    page.get_by_role("button", name="Upload and look at it").click()
    expect(page.get_by_role("alert")).to_be_focused()
    upload(page, tmp_path / "odd.csv")
    press(page, "Check", waits=False)
    expect(page.get_by_role("alert")).to_be_focused()
    assert_no_barrier_in_any_look(page)
    page.get_by_role("link", name="a column per KPI").click()
    assert_no_barrier_in_any_look(page)
    page.get_by_role("button", name="Cancel this import").click()
    expect(page.get_by_text("the file was thrown away")).to_be_visible()
    (tmp_path / "nul.csv").write_bytes(b"a,b\n\0,1\n")
    upload(page, tmp_path / "nul.csv")
    expect(page.get_by_text("it has NUL bytes in it")).to_be_visible()
    assert_no_barrier_in_any_look(page)


def test_a_running_import_is_cancelled_from_its_page(visit, head, tmp_path, monkeypatch):
    lines = ["department,kpi,date,value", *(f"Creative,jobs,2026-11-{day:02},5" for day in range(1, 20))]
    (tmp_path / "days.csv").write_text("\n".join(lines))
    page = visit("/imports/", by=head)
    upload(page, tmp_path / "days.csv")
    press(page, "Check")
    press(page, "Import 19 values", waits=False)
    expect(page.locator("progress")).to_be_visible()
    with Upload.objects.get().shelf.held():  # as a worker holds it
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_role("heading", name="Being cancelled")).to_be_visible()
    work_through(clock=timezone.now)
    expect(page.get_by_role("heading", name="Cancelled")).to_be_visible()
    assert Observation.objects.count() == 0
