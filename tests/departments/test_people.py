"""Staff: how they are managed, imported and exported, and how they leave."""

import csv
import io
from datetime import date, timedelta

import openpyxl
import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from departments.models import User
from tests import make
from tests.clock import NOW, TODAY
from tests.console import errors, filled, save

STAFF, ADD = "admin:departments_user_changelist", "admin:departments_user_add"
IMPORT, CONFIRM = "admin:departments_user_import", "admin:departments_user_process_import"
COLUMNS = "username,name,email,role,department,title,fte,starts_on,leaves_on"
FIRST, SECOND = "kim,Kim,kim@example.org,staff,creative,Designer,0.8,2026-01-05,", "lou,Lou,,,media,,,,"


@pytest.fixture
def console(administrator):
    client = Client()
    client.force_login(administrator)
    return client


def page_of(person, what="change"):
    return reverse(f"admin:departments_user_{what}", args=[person.pk])


def upload(console, *rows, head=COLUMNS, encoding="utf-8", name="staff.csv"):
    file = SimpleUploadedFile(name, "\r\n".join([head, *rows]).encode(encoding))
    return console.post(reverse(IMPORT), {"import_file": file, "format": "0", "resource": "0"})


def confirm(console, preview):
    return console.post(reverse(CONFIRM), preview.context["confirm_form"].initial)


def kinds(preview):
    return [row.import_type for row in preview.context["result"].rows]


def last(response):
    """What the page after the redirect says."""
    return str([*get_messages(response.wsgi_request)][-1])


def wrong(preview):
    """Row, column and words of each bad cell, as the page shows them; and that it offers no way on."""
    assert "confirm_form" not in preview.context
    rows = preview.context["result"].invalid_rows
    return [(row.number + 1, column, *said) for row in rows for column, said in row.error_dict.items()]


# --- By hand ------------------------------------------------------------------------------------


def test_somebody_new_gets_a_password_and_enters(console, creative):
    person = {"username": "kim", "name": "Kim", "department": creative.pk, "usable_password": "true"}
    save(console, reverse(ADD), **person, password1="a fine long one", password2="a fine long one")
    entered = Client().post(reverse("account_login"), {"login": "kim", "password": "a fine long one"})
    assert entered.status_code == 302


def test_somebody_new_may_be_given_none(console, creative):
    save(console, reverse(ADD), username="kim", name="Kim", usable_password="false")
    assert not User.objects.get(username="kim").has_usable_password()


@pytest.mark.parametrize("weak", ["short", "password123"])
def test_a_weak_password_is_refused(console, weak):
    said = errors(save(console, reverse(ADD), username="kim", name="Kim", password1=weak, password2=weak))
    assert "password" in said


def test_an_administrator_sets_a_password_and_the_sessions_end(console, client, designer):
    client.force_login(designer)
    words = {"password1": "another long one", "password2": "another long one", "usable_password": "true"}
    console.post(page_of(designer, "change").replace("change", "password"), {**words, "set-password": "Change"})
    assert User.objects.get(pk=designer.pk).check_password("another long one")
    assert client.get("/").status_code == 302


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("fte", "1.2", "FTE lies between 0 and 1"),
        ("leaves_on", "2025-12-31", "The last day is on or after the first"),
        ("role", "boss", "not one of the available choices"),
        ("email", "COO@example.org", "Somebody else has this e-mail address"),
        ("username", "coo", "already exists"),
    ],
)
def test_what_the_database_forbids_is_an_error_on_the_page(console, coo, designer, field, value, said):
    User.objects.filter(pk=coo.pk).update(email="coo@example.org")
    User.objects.filter(pk=designer.pk).update(starts_on=date(2026, 1, 1))
    assert said in errors(save(console, page_of(designer), **{field: value}))


def test_people_are_found_and_filtered(console, administrator, creative, designer):
    gone = make.user("gone", department=creative, leaves_on=TODAY - timedelta(1))
    make.user("soon", department=creative, starts_on=TODAY + timedelta(1))
    last_day = make.user("last", department=creative, leaves_on=TODAY)
    for asked, found in [
        ({"q": "design"}, {designer}),
        ({"state": "left"}, {gone}),
        ({"state": "here", "department__id__exact": creative.pk}, {designer, last_day}),
        ({"role__exact": "administrator"}, {administrator}),
    ]:
        assert set(console.get(reverse(STAFF), asked).context["cl"].result_list) == found


def test_a_persons_page_says_that_there_is_a_password_and_nothing_of_how_it_is_kept(console, designer):
    page = console.get(page_of(designer)).text
    assert "A password is set." in page
    assert not [word for word in ("md5", "salt", "hash", designer.password[-8:]) if word in page]
    designer.set_unusable_password()
    designer.save()
    assert "No password set." in console.get(page_of(designer)).text


def test_the_administration_writes_dates_as_the_pages_do(console, designer):
    User.objects.filter(pk=designer.pk).update(leaves_on=date(2026, 11, 3), last_login=NOW)
    assert "3 Nov 2026" in console.get(reverse(STAFF)).text
    assert "18 Nov 2026, 10:00" in console.get(page_of(designer)).text


def test_the_history_of_a_person_knows_no_password_and_no_signing_in(console, designer):
    Client().post(reverse("account_login"), {"login": "designer", "password": "a long password"})
    assert designer.history.count() == 1
    save(console, page_of(designer), title="Lead")
    assert "Admin" in console.get(page_of(designer, "history")).text
    assert not hasattr(designer.history.first(), "password")


def test_who_was_ever_here_is_not_deleted(console, creative, designer):
    mistaken = make.user("mistaken")
    Client().post(reverse("account_login"), {"login": "designer", "password": "a long password"})
    assert console.post(page_of(designer, "delete"), {"post": "yes"}).status_code == 403
    console.post(page_of(mistaken, "delete"), {"post": "yes"})
    assert not User.objects.filter(pk=mistaken.pk).exists()


# --- Leaving ------------------------------------------------------------------------------------


def test_a_leaver_works_through_the_last_day_and_is_out_the_next(console, client, designer, time_machine):
    client.force_login(designer)
    save(console, page_of(designer), leaves_on=TODAY)
    assert client.get(reverse("kpis:list")).status_code == 200
    time_machine.move_to(NOW + timedelta(1))
    assert client.get(reverse("kpis:list")).status_code == 302
    again = client.post(reverse("account_login"), {"login": "designer", "password": "a long password"})
    assert again.url == reverse("account_inactive")
    assert "_auth_user_id" not in client.session


def test_who_may_no_longer_sign_in_is_out_at_the_next_request(console, client, designer):
    client.force_login(designer)
    changed = filled(console.get(page_of(designer)))
    del changed["is_active"]
    console.post(page_of(designer), changed)
    assert client.get(reverse("kpis:list")).status_code == 302


def test_a_role_counts_from_the_next_request_on(console, administrator, client, designer):
    client.force_login(designer)
    save(console, page_of(designer), role="administrator")
    assert client.get(reverse(STAFF)).status_code == 200
    save(client, page_of(administrator), role="staff")
    assert console.get(reverse(STAFF), follow=True).status_code == 403


# --- In and out as files ------------------------------------------------------------------------


def test_a_file_is_shown_first_and_imported_when_confirmed(console, creative, media):
    preview = upload(console, FIRST, SECOND)
    assert kinds(preview) == ["new", "new"]
    assert not User.objects.filter(username="kim").exists()
    confirm(console, preview)
    kim, lou = User.objects.get(username="kim"), User.objects.get(username="lou")
    assert (kim.department, str(kim.fte), kim.starts_on, kim.leaves_on) == (creative, "0.80", date(2026, 1, 5), None)
    assert (lou.role, lou.fte, lou.email, lou.has_usable_password()) == ("staff", 1, "", False)


def test_the_same_file_again_changes_nothing(console, creative, media):
    confirm(console, upload(console, FIRST, SECOND))
    again = upload(console, FIRST, SECOND)
    assert kinds(again) == ["skip", "skip"]
    confirm(console, again)
    assert User.objects.get(username="kim").history.count() == 1


def test_a_changed_cell_is_shown_before_and_after(console, administrator, creative, media):
    confirm(console, upload(console, FIRST))
    preview = upload(console, FIRST.replace("Designer", "<b>Lead</b>"))
    assert "<del>Designer</del> <ins>&lt;b&gt;Lead&lt;/b&gt;</ins>" in preview.text
    confirm(console, preview)
    change = User.objects.get(username="kim").history.first()
    assert (change.title, change.history_user) == ("<b>Lead</b>", administrator)


def test_every_bad_cell_is_named_with_row_column_and_what_was_found(console, creative, media):
    preview = upload(
        console,
        SECOND,
        "kim,Kim,no address,boss,nowhere,,much,05/01/2026,",
        "max,,,,media,,1.5,2026-05-01,2026-04-30",
        "lou,Lou,,,,,,,",
    )
    found = {(row, column): said for row, column, said, *_ in wrong(preview)}
    assert found[3, "role"] == "“boss” is not one of: staff, coo, executive, administrator."
    assert found[3, "department"] == "There is no department with the slug “nowhere”."
    assert {(3, "email"), (3, "fte"), (3, "starts_on"), (4, "name")} < set(found)
    assert found[5, "username"] == "Row 2 has the same username."
    assert "There is no department with the slug “nowhere”." in preview.text
    assert not User.objects.filter(username__in=["kim", "lou"]).exists()


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("username,departmnt", "not known, or stand twice: departmnt"),
        ("username,name,name", "not known, or stand twice: name"),
        ("name,title", "There is no column username"),
    ],
)
def test_wrong_columns_are_refused(console, head, said):
    preview = upload(console, "a,b,c"[: head.count(",") * 2 + 1], head=head)
    assert said in preview.text
    assert "confirm_form" not in preview.context


def test_files_of_other_programs_are_read_and_what_is_no_table_is_not(console, creative):
    semicolons = upload(console, "kim;Kim;creative", head="Username;Name;Department", encoding="utf-8-sig")
    assert kinds(semicolons) == ["new"]
    for broken in (upload(console, "kim,Jürgen", encoding="cp1252"), upload(console, "a,b,c,d,e,f,g,h,i,j")):
        assert "no table that can be read" in broken.text


def test_a_file_that_is_too_large_is_not_read(console):
    assert "at most 2,000 at a time" in upload(console, *(f"u{n},Name" for n in range(2001)), head="username,name").text
    assert "at most 1,048,576" in upload(console, "x" * 2**20).text


def test_nothing_is_written_if_something_changed_since_the_preview(console, creative, media):
    preview = upload(console, FIRST, SECOND)
    make.user("other", email="kim@example.org")
    refused = confirm(console, preview)
    assert "Nothing was imported" in last(refused)
    assert not User.objects.filter(username__in=["kim", "lou"]).exists()


def test_a_preview_ends_after_an_hour_and_cannot_be_forged(console, creative, media, time_machine):
    preview = upload(console, FIRST)
    initial = preview.context["confirm_form"].initial
    forged = console.post(reverse(CONFIRM), initial | {"import_file_name": "etc-passwd"})
    time_machine.move_to(NOW + timedelta(hours=1, seconds=1))
    for refused in (forged, confirm(console, preview)):
        assert "Choose the file again" in last(refused)
    assert console.post(reverse(CONFIRM), initial | {"format": "9"}).status_code == 200
    assert not User.objects.filter(username="kim").exists()


def export(console, kind):
    return console.post(reverse("admin:departments_user_export"), {"format": kind, "resource": "0"})


@pytest.fixture
def formula(media):
    return make.user("-kim", name='=HYPERLINK("http://x.example")', title="@SUM(1)\x07", department=media)


def test_text_in_an_export_is_inert(console, formula):
    answer = export(console, "0")
    rows = {row["username"]: row for row in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))}
    assert rows["'-kim"]["name"] == '\'=HYPERLINK("http://x.example")'
    assert rows["'-kim"]["title"].startswith("'@SUM(1)")
    book = openpyxl.load_workbook(io.BytesIO(export(console, "1").content)).active
    assert {cell.data_type for row in book.iter_rows(min_row=2) for cell in row} <= {"s", "inlineStr", "n"}


def test_an_export_imported_again_changes_nothing(console, designer):
    make.user("+kim", name="=1+1", email="kim@example.org", leaves_on=TODAY)
    head, *rows = export(console, "0").content.decode("utf-8-sig").splitlines()
    assert kinds(upload(console, *rows, head=head)) == ["skip"] * User.objects.count()


def test_an_export_holds_what_the_list_shows_and_no_password(console, coo, designer):
    url = reverse("admin:departments_user_export") + "?role__exact=coo"
    answer = console.post(url, {"format": "0", "resource": "0"}).content.decode("utf-8-sig")
    assert [row["username"] for row in csv.DictReader(io.StringIO(answer))] == ["coo"]
    assert coo.password not in answer


def test_a_workbook_is_not_read(console, formula):
    book = export(console, "1").content
    sent = SimpleUploadedFile("staff.xlsx", book)
    answer = console.post(reverse(IMPORT), {"import_file": sent, "format": "0", "resource": "0"})
    assert "no table that can be read" in answer.text
    assert console.post(reverse(IMPORT), {"import_file": sent, "format": "1"}).context["form"].errors["format"]


def test_a_forgotten_password_tells_nobody_who_has_an_account(client, coo, mailoutbox):
    User.objects.filter(pk=coo.pk).update(email="coo@agency.example")
    answers = [
        client.post("/accounts/password/reset/", {"email": f"{name}@agency.example"}, follow=True)
        for name in ("coo", "nobody")
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].text == answers[1].text
    assert [mail.to for mail in mailoutbox] == [["coo@agency.example"]]
