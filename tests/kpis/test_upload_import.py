"""The import wizard from the columns to the batch and back."""

import os
import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase
from django.urls import reverse

from kpis.models import Batch, Observation, RememberedMapping, Upload
from kpis.services import looking, working
from kpis.services.uploading import clear_away
from kpis.shelf import Shelf
from tests import make
from tests.clock import NOW
from tests.kpis.uploads import bring, open_document, page, send, worked

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shelves")]

LONG = """Team,Measure,Week,Result
Creative,Open jobs,2026-W45,12
creative,jobs,2026-W46,"1.234,5"
"""


@pytest.fixture
def jobs(creative):
    return make.kpi(creative, code="jobs", name="Open jobs")


@pytest.fixture
def otd(creative):
    return make.ratio(creative, code="otd", name="On time", numerator_name="on time", denominator_name="due")


@pytest.fixture
def head(client, creative_head, jobs, otd):
    client.force_login(creative_head)
    return client


def shown_form(client, upload):
    return client.get(reverse("kpis:upload", args=[upload.pk])).context["form"]


def chosen(client, upload, **fields):
    """Sends the form as the page shows it, with these fields changed; what the worker then finds."""
    shown = shown_form(client, upload)
    asked = {name: shown[name].value() or "" for name in shown.fields} | {"layout": shown.layout} | fields
    answer = send(client, upload, **asked)
    assert answer.status_code == 302, re.findall(r'errorlist.*?</ul>|<li><a href="#.*?</li>', answer.text)
    return worked(upload)


def values():
    rows = Observation.objects.current().order_by("kpi__code", "date")
    return [
        (o.kpi.code, o.date.isoformat(), o.value if o.value is not None else (o.numerator, o.denominator)) for o in rows
    ]


def test_a_table_with_a_value_per_row_goes_all_the_way(head, creative_head):
    upload = chosen(head, worked(bring(head, LONG.encode())))
    assert (upload.state, upload.report["added"], upload.report["rejected"]) == ("checked", 2, 0)
    assert "Import 2 values" in page(head, upload)
    send(head, upload, "upload-import")
    upload = worked(upload)
    assert values() == [("jobs", "2026-11-02", 12), ("jobs", "2026-11-09", Decimal("1234.5"))]
    assert (upload.state, upload.batch.recorded_by, upload.batch.file_name) == ("done", creative_head, "values.csv")
    assert not upload.shelf.folder.exists()


def test_a_column_per_period_is_read_with_the_whole_file_of_one_department(head):
    lines = ["Monthly figures;;;", "", "Measure;KW 45 2026;KW 46 2026;Note", "Open jobs;12;(1,200);late", "jobs;;;"]
    upload = chosen(head, worked(bring(head, "\n".join(lines).encode(), "creative.csv")), decimal=".")
    assert upload.choices["department"] == "=creative"
    send(head, upload, "upload-import")
    worked(upload)
    assert values() == [("jobs", "2026-11-02", 12), ("jobs", "2026-11-09", -1200)]


def test_months_in_the_heads_want_a_year(head, creative):
    make.kpi(creative, code="sales", cadence="month")
    upload = worked(bring(head, b"kpi,Jan,Feb\nsales,1,2\n"))
    shown = send(head, upload, layout="periods", kpi="1", department="=creative")
    assert "The columns are months: say of which year." in shown.text
    upload = chosen(head, upload, year="=2026")
    assert [row[3] for row in upload.report["examples"]] == ["2026-01-01", "2026-02-01"]


def test_a_column_per_kpi_finds_ratios_by_what_their_numbers_are_called(head):
    upload = chosen(head, worked(bring(head, b"Team\tWeek\tJobs\tOn time\tDue\nCreative\t2026-W46\t12 %\t37\t39\n")))
    assert upload.choices["kpis"] == {"3": "jobs: value", "4": "otd: numerator", "5": "otd: denominator"}
    send(head, upload, "upload-import")
    worked(upload)
    assert values() == [("jobs", "2026-11-09", 12), ("otd", "2026-11-09", (37, 39))]


@pytest.mark.parametrize(
    ("text", "number"),
    [("1.234,56", "1234.56"), ("(1,200)", "-1200"), ("12 %", "12"), ("€ 1.2k", "1200"), ("1,234.5", "1234.5")],
)
def test_numbers_are_read_as_people_write_them(head, text, number):
    upload = chosen(head, worked(bring(head, f"department;kpi;date;value\nCreative;jobs;2026-W46;{text}\n".encode())))
    send(head, upload, "upload-import")
    worked(upload)
    assert values() == [("jobs", "2026-11-09", Decimal(number))]


AMBIGUOUS = b"department,kpi,date,value\nCreative,jobs,03/04/2026,1\nCreative,jobs,05/10/2026,2\n"


def test_a_date_that_can_be_read_in_two_ways_is_asked_for_and_the_form_says_why(head):
    upload = worked(bring(head, AMBIGUOUS))
    assert "“03/04/2026” can be read in two ways, and no other cell shows which is meant." in page(head, upload)
    assert "day first: 03/04/2026 is 3 April 2026" in page(head, upload)
    assert 'href="#id_order"' in page(head, upload)
    shown = send(head, upload, layout="long", department="1", kpi="2", date="3", value="4")
    assert "Say whether the day or the month comes first." in shown.text
    upload = chosen(head, upload, order="month")
    assert [row[3] for row in upload.report["examples"]] == ["2026-03-04", "2026-05-10"]


def test_one_cell_that_can_be_read_in_one_way_only_settles_it(head):
    upload = worked(bring(head, AMBIGUOUS + b"Creative,jobs,13/05/2026,3\n"))
    assert upload.choices["order"] == "day"
    assert "“13/05/2026” can only be read this way." in page(head, upload)
    assert [row[3] for row in chosen(head, upload).report["examples"]] == ["2026-04-03", "2026-10-05", "2026-05-13"]


def test_heads_that_are_dates_are_asked_about_too(head):
    upload = worked(bring(head, b"kpi,02/03/2026,09/03/2026\njobs,1,2\n", "creative.csv"))
    shown = send(head, upload, layout="periods", department="=creative", kpi="1")
    assert "Say whether the day or the month comes first." in shown.text
    assert [row[3] for row in chosen(head, upload, order="day").report["examples"]] == ["2026-03-02", "2026-03-09"]


def test_each_rejected_cell_is_named_and_nothing_is_written_unless_the_others_are_wanted(head, media):
    make.kpi(media, code="pacing")
    lines = [
        "department,kpi,date,value",
        "Media,pacing,2026-W46,1",
        "Creative,jobs,2026-W46,many",
        "Creative,jobs,2026-W45,5",
    ]
    upload = chosen(head, worked(bring(head, "\n".join(lines).encode())))
    assert upload.report["problems"] == [
        [2, "department", "Media", "a department that you may write for, such as Creative"],
        [2, "kpi", "pacing", "a KPI's code, such as jobs, otd"],
        [3, "value", "many", "a number"],
    ]
    send(head, upload, "upload-import")
    assert worked(upload).state == "checked"
    rejected = head.get(reverse("kpis:upload-rejected", args=[upload.pk, "csv"])).content.decode()
    assert "3,value,many,a number" in rejected
    send(head, upload, "upload-import", others="on")
    assert worked(upload).state == "done"
    assert values() == [("jobs", "2026-11-02", 5)]


def test_a_column_that_no_number_can_come_from_is_told_and_chosen_anew(head):
    upload = worked(bring(head, LONG.encode()))
    shown = send(head, upload, layout="long", department="1", kpi="1", date="3", value="")
    assert "This column is already the department." in shown.text
    assert "Say where the numbers are" in shown.text
    assert "data-focus" in shown.text


def test_an_open_document_is_read_with_its_dates_and_per_cents(head, tmp_path):
    rows = [
        ["Week of", "Open jobs"],
        [("date", "2026-11-10"), ("float", "12.5")],
        [("date", "2026-11-02"), ("percentage", "0.4")],
    ]
    path = open_document(tmp_path / "weekly.ods", rows)
    upload = chosen(head, worked(bring(head, path.read_bytes(), "weekly.ods")))
    assert (upload.seen["sheet"], upload.choices["department"]) == ("Creative", "=creative")
    send(head, upload, "upload-import")
    worked(upload)
    assert values() == [("jobs", "2026-11-02", Decimal("0.4")), ("jobs", "2026-11-09", Decimal("12.5"))]


def test_what_the_file_calls_by_another_name_is_said_once_and_remembered(head):
    content = b"Team,Kpi,Week,Value\nKreation,Offene,2026-W46,5\nCreative,jobs,2026-W45,6\nKreation,Rest,2026-W46,7\n"
    upload = worked(bring(head, content))
    assert [field.label for field in shown_form(head, upload).meaning_fields] == [
        "“Kreation” is",
        "“Offene” is",
        "“Rest” is",
    ]
    upload = chosen(head, upload, **{"means-department-0": "creative", "means-kpi-0": "jobs"})
    assert upload.report["problems"] == [[4, "Kpi", "Rest", "a KPI's code, such as jobs, otd"]]
    send(head, upload, "upload-import", others="on")
    worked(upload)
    assert values() == [("jobs", "2026-11-02", 6), ("jobs", "2026-11-09", 5)]
    again = worked(bring(head, content))
    assert [f.value() for f in shown_form(head, again).meaning_fields] == ["creative", "jobs", ""]


def test_another_sheet_or_row_for_the_names_is_read_again(head, tmp_path):
    with xlsxwriter.Workbook(tmp_path / "book.xlsx") as book:
        for title, value in (("North", 1), ("South", 2)):
            sheet = book.add_worksheet(title)
            for number, row in enumerate([["Report"], ["kpi", "value"], ["jobs", value]]):
                sheet.write_row(number, 0, row)
    upload = worked(bring(head, (tmp_path / "book.xlsx").read_bytes(), "book.xlsx"))
    assert (upload.seen["sheet"], upload.seen["sheets"], upload.seen["header_row"]) == ("North", ["North", "South"], 2)
    send(head, upload, "upload-reading", sheet="South", header_row="2")
    assert worked(upload).seen["preview"][-1] == [3, ["jobs", "2"]]
    send(head, upload, "upload-reading", sheet="South", header_row="3")
    assert worked(upload).state == "read"
    assert "nothing stands below the names of its columns in row 3." in page(head, upload)


# --- While it runs, and after -------------------------------------------------------------------


def checked(head, content=None):
    return chosen(head, worked(bring(head, content or LONG.encode())))


def test_what_waits_is_cancelled_at_once(head, shelves):
    upload = checked(head)
    send(head, upload, "upload-import")
    send(head, upload, "upload-cancellation")
    upload.refresh_from_db()
    assert upload.state == "cancelled"
    assert "Nothing was recorded" in page(head, upload)
    assert worked(upload).state == "cancelled"
    assert values() == []


def test_what_runs_is_cancelled_at_its_next_word_about_its_progress(head, monkeypatch):
    upload, seen = checked(head), []
    send(head, upload, "upload-import")
    words = working.Progress.__call__

    def cancelled_meanwhile(progress, rows):
        with progress.shelf.held() as free:
            seen.append((free, page(head, upload)))
        send(head, upload, "upload-cancellation")
        words(progress, rows)

    monkeypatch.setattr(working.Progress, "__call__", cancelled_meanwhile)
    assert worked(upload).state == "cancelled"
    assert seen[0][0] is False
    assert (values(), Batch.objects.count()) == ([], 0)
    assert not upload.shelf.folder.exists()


def test_who_cancels_when_the_last_row_is_read_has_cancelled_all_the_same(head, monkeypatch):
    upload = bring(head, LONG.encode())
    guess = looking.guess
    monkeypatch.setattr(looking, "guess", lambda *args, **how: upload.shelf.ask_to_stop() or guess(*args, **how))
    assert worked(upload).state == "cancelled"


def without_secret(text):
    return re.sub(r'csrfmiddlewaretoken" value="\w+"', "", text)


def test_progress_is_on_the_page_however_often_it_is_loaded(head):
    upload = checked(head)
    send(head, upload, "upload-import")
    assert "Waiting for the worker" in page(head, upload)
    upload.shelf.tell(30_000, 120_000)
    for _ in range(2):
        assert '<progress max="120000" value="30000"' in page(head, upload)
    fragment = head.get(reverse("kpis:upload", args=[upload.pk]), headers={"HX-Request": "true"}).text
    assert 'hx-trigger="every 1s"' in fragment
    assert without_secret(fragment).strip() in without_secret(page(head, upload))
    assert "hx-trigger" not in page(head, worked(upload))


def test_a_file_of_which_workers_die_is_given_up(head):
    upload = worked(bring(head, LONG.encode()))
    Upload.objects.filter(pk=upload.pk).update(state="received", tries=working.TRIES, seen={})
    assert "It ended the worker 5 times." in worked(upload).trouble


def test_a_surprise_is_put_on_record_and_its_owner_told(head, monkeypatch, caplog):
    upload = bring(head, LONG.encode())
    monkeypatch.setattr(looking, "look_at", None)
    assert worked(upload).trouble == "Something broke while it was worked on. It is on record."
    assert "TypeError" in caplog.text


def test_the_whole_batch_is_undone_for_as_long_as_nothing_newer_depends_on_it(head, jobs, creative):
    upload = checked(head)
    send(head, upload, "upload-import")
    upload = worked(upload)
    assert "Undo all of it" in page(head, upload)
    make.observations(jobs, creative, {date(2026, 11, 9): 7})
    assert "cannot be undone whole" in page(head, upload)
    assert "Undo all of it" not in page(head, upload)


def test_an_undone_import_says_so(head):
    upload = checked(head)
    send(head, upload, "upload-import")
    upload = worked(upload)
    head.post(reverse("kpis:reversal", args=[upload.batch.pk]))
    assert values() == []
    assert "Imported, and undone" in page(head, upload)


def test_the_same_file_again_changes_nothing(head):
    for again in (False, True):
        upload = checked(head)
        assert (upload.report["added"], upload.report["unchanged"]) == ((0, 2) if again else (2, 0))
        send(head, upload, "upload-import")
        worked(upload)
    assert "All of it is recorded already" in page(head, checked(head))


def test_a_leaver_has_nothing_imported_any_more(head, creative_head):
    upload = checked(head)
    send(head, upload, "upload-import")
    creative_head.leaves_on = date(2026, 11, 1)
    creative_head.save()
    assert worked(upload).state == "cancelled"
    assert values() == []


def test_only_who_writes_everything_may_bring_targets(client, head, coo):
    content = b"department,kpi,date,value,target\nCreative,jobs,2026-W46,5,9\n"
    assert "target" not in checked(head, content).choices
    client.force_login(coo)
    upload = checked(client, content)
    assert (upload.choices["target"], upload.report["targets"]) == ("5", 1)


# --- The next file with the same head -----------------------------------------------------------

ODD = b"Wer;Was;Wann;Wieviel;Rest\nCreative;jobs;03/04/2026;5;6\n"


def test_what_was_chosen_is_offered_for_the_next_file_with_that_head(head):
    upload = chosen(head, worked(bring(head, ODD)), value="4", order="month")
    send(head, upload, "upload-import")
    worked(upload)
    assert RememberedMapping.objects.get().choices["order"] == "month"
    upload = worked(bring(head, ODD.replace(b"5", b"8").replace(b"Wer", b" wer "), "next.csv"))
    assert "Filled in as Creative-Head chose on 2026-11-18" in page(head, upload)
    assert (upload.choices["value"], upload.choices["order"]) == ("4", "month")


def test_what_the_dates_of_a_file_show_counts_more_than_what_was_chosen_for_another(head):
    upload = chosen(head, worked(bring(head, ODD)), value="4", order="month")
    send(head, upload, "upload-import")
    worked(upload)
    assert worked(bring(head, ODD + b"Creative;jobs;13/04/2026;5;6\n")).choices["order"] == "day"


def test_ones_own_choice_comes_before_that_of_others(head, creative_head, media_head):
    key = worked(bring(head, ODD)).seen["head_key"]
    for user, value in ((media_head, "5"), (creative_head, "4"), (media_head, "5")):
        made = {"choices": {"layout": "long", "value": value}, "used_at": NOW}
        RememberedMapping.objects.update_or_create(head=key, chosen_by=user, defaults=made)
    assert worked(bring(head, ODD)).choices["value"] == "4"
    RememberedMapping.objects.filter(chosen_by=creative_head).delete()
    assert worked(bring(head, ODD)).choices["value"] == "5"


def test_what_nobody_touched_for_a_day_is_thrown_away(head, shelves):
    upload, kept = worked(bring(head, LONG.encode())), checked(head)
    Upload.objects.filter(pk=upload.pk).update(changed_at=NOW - timedelta(hours=25))
    (shelves / "orphan").mkdir()
    os.utime(shelves / "orphan", (0, 0))
    with TestCase.captureOnCommitCallbacks(execute=True):
        clear_away(now=NOW)
    upload.refresh_from_db()
    assert upload.state == "cancelled"
    assert sorted(each.name for each in shelves.iterdir() if each.is_dir()) == [kept.shelf_name]


def test_unfinished_files_of_one_person_have_so_much_room_and_no_more(head, settings):
    settings.UPLOAD_LIMIT = 20
    for _ in range(2):
        bring(head, b"a" * 20)
    Upload.objects.filter(pk=bring(head, b"a").pk).update(size=100)
    answer = head.post(reverse("kpis:uploads"), {"file": SimpleUploadedFile("a.csv", b"a")})
    assert "Your unfinished uploads come to" in answer.text


def test_an_upload_whose_file_is_gone_can_be_cancelled_and_says_so_to_who_goes_on(head):
    upload, other = worked(bring(head, LONG.encode())), worked(bring(head, LONG.encode()))
    upload.shelf.clear()
    other.shelf.clear()
    send(head, upload, "upload-cancellation")
    upload.refresh_from_db()
    assert upload.state == "cancelled"
    assert chosen(head, other).trouble == "The file is no longer here. Upload it again."


def test_columns_beyond_what_a_form_can_offer_are_told(head):
    heads = ",".join(["department", "kpi", "date", "value", *(f"c{n}" for n in range(400))])
    upload = worked(bring(head, f"{heads}\nCreative,jobs,2026-W46,5\n".encode()))
    assert "The table has 404 columns; the last 104 are passed over." in page(head, upload)


def test_only_who_may_write_somewhere_sees_the_way(client, head, ceo, administrator, designer):
    for user, sees in ((None, True), (ceo, False), (administrator, False), (designer, False)):
        if user:
            client.force_login(user)
        assert ("Import values" in client.get(reverse("kpis:list")).text) is sees


@pytest.mark.parametrize(
    "field", ["nothing", "department", "date", "one_period", "order", "layout", "column-1", "means-kpi-0"]
)
@pytest.mark.parametrize("text", ["\0", "=", "=nowhere", "99999", "x" * 5000, "-1"])
def test_whatever_is_sent_for_a_choice_is_an_answer_and_no_accident(head, field, text):
    upload = worked(bring(head, ODD))
    for layout in ("long", "kpis", "periods"):
        sent = {"layout": layout, "department": "1", "kpi": "2", "date": "3", "value": "4", "order": "day", field: text}
        assert send(head, upload, **sent).status_code in (200, 302, 400)
        assert worked(upload).state in ("read", "checked")
        send(head, upload, "upload-columns")
    send(head, upload, "upload-reading", sheet=text, header_row=text)
    assert worked(upload).state == "read"


def test_a_full_disk_is_told(head, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Shelf, "put", full)
    answer = head.post(reverse("kpis:uploads"), {"file": SimpleUploadedFile("a.csv", b"a")})
    assert "The file could not be kept: no space left on device." in answer.text


def test_a_file_beyond_the_limit_is_refused_before_it_is_kept(head, settings, shelves):
    settings.UPLOAD_LIMIT = 2**20
    answer = head.post(reverse("kpis:uploads"), {"file": SimpleUploadedFile("a.csv", b"a" * 2**21)})
    assert "Found 2 MB, expected at most 1 MB." in answer.text
    assert not shelves.exists()
