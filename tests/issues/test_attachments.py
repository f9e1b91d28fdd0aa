"""Files of an issue: what they hold counts, not what they are called; nothing that was attached is lost."""

import io
import re
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from issues.flow import Act
from issues.kinds import kind_of
from issues.models import Attachment
from issues.services.attaching import remove, restore
from issues.services.moving import move
from kpis.exports import as_xlsx
from tests import make
from tests.clock import NOW

PDF, PNG = b"%PDF-1.7\n1 0 obj\n", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 20
PROGRAM = b"MZ\x90\0" + b"\0" * 200


@pytest.fixture(autouse=True)
def shelf(settings, tmp_path):
    settings.ATTACHMENTS_DIR = tmp_path
    return tmp_path


@pytest.fixture
def issue(creative, media, creative_head, media_head):
    return make.issue(creative, media)


@pytest.fixture
def desk(client, creative_head):
    client.force_login(creative_head)
    return client


def send(desk, issue, *files):
    found = [SimpleUploadedFile(name, holds) for name, holds in files]
    return desk.post(reverse("issues:attachments", args=[issue.pk]), {"files": found}, follow=True)


def zipped(*names):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("offer.pdf", PDF),
        ("Layout Ä.PNG", PNG),
        ("list.xlsx", as_xlsx(["a"], [[1]])),
        ("brief.docx", zipped("[Content_Types].xml", "word/document.xml")),
        ("notes.txt", "Grüße, für alle\n".encode()),
        ("figures.csv", "a;b\n1;2\n".encode("utf-16")),
    ],
)
def test_what_is_what_it_is_called_is_kept_and_given_back_as_it_was(desk, issue, name, holds):
    assert f"Attached: {name}." in send(desk, issue, (name, holds)).text
    response = desk.get(reverse("issues:attachment", args=[Attachment.objects.get().pk]))
    assert b"".join(response.streaming_content) == holds
    assert response["Content-Disposition"].startswith("attachment")
    assert "sandbox" in response["Content-Security-Policy"]


@pytest.mark.parametrize("suffix", ["csv", "txt", "md"])
@pytest.mark.parametrize(
    "text", ["FORMAT;Size\n1;2\n", "DOSSIER\n", "MZ,b\n", "OTTO\n", '["a"]', "<?xml version='1.0'?><a/>", "%!PS"]
)
def test_a_text_is_taken_whatever_word_it_begins_with(text, suffix):
    assert kind_of(f"list.{suffix}", io.BytesIO(text.encode()), len(text)).startswith("text/")


@pytest.mark.parametrize(
    ("name", "holds", "why"),
    [
        ("offer.pdf", PROGRAM, "is called pdf, but holds something else (application/vnd.microsoft.portable"),
        ("offer.pdf", b"#!/bin/sh\nrm -rf /\n", "is called pdf, but holds something else."),
        ("setup.exe", PROGRAM, "found .exe, expected one of: pdf, png"),
        ("README", b"text", "found no ending"),
        ("notes.txt", PROGRAM, "is called txt"),
        ("notes.txt", b"#!/bin/sh\nrm -rf /\n", "is called txt"),
        ("list.xlsx", zipped("a.exe"), "is called xlsx"),
        ("list.xlsx", b"PK\3\4 broken", "is called xlsx"),
        ("empty.txt", b"", "is empty"),
        ("film.pdf", PDF + b"\0" * 20 * 2**20, "has 20.0 MB; at most 10 MB fit"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_named_and_the_others_are_kept(desk, issue, shelf, name, holds, why):
    page = send(desk, issue, (name, holds), ("good.pdf", PDF)).text
    assert why in page.replace("“", "").replace("”", "").replace("&#x27;", "'")
    assert [each.name for each in Attachment.objects.all()] == ["good.pdf"]
    assert len(list(shelf.iterdir())) == 1


def test_the_same_file_twice_is_said_and_kept_once(desk, issue, shelf):
    page = send(desk, issue, ("a.pdf", PDF), ("b.pdf", PDF)).text
    assert "is attached already" in page
    assert len(list(shelf.iterdir())) == 1


def removal(attachment):
    return reverse("issues:attachment-removal", args=[attachment.pk])


def restoration(attachment):
    return reverse("issues:attachment-restoration", args=[attachment.pk])


def page_of(client, issue, day=None):
    return client.get(reverse("issues:issue", args=[issue.pk]), {"as_known_on": day} if day else {}).text


def test_what_was_removed_can_be_brought_back_and_the_history_tells_of_it(desk, issue):
    send(desk, issue, ("a.pdf", PDF))
    found = Attachment.objects.get()
    for _ in range(2):
        desk.post(removal(found))
    assert desk.get(reverse("issues:attachment", args=[found.pk])).status_code == 404
    for _ in range(2):
        desk.post(restoration(found))
    assert desk.get(reverse("issues:attachment", args=[found.pk])).status_code == 200
    told = re.findall(r"<strong>Creative-Head</strong> (\w+(?: back)?) a.pdf", page_of(desk, issue))
    assert told == ["brought back", "removed", "attached"]


def test_as_known_on_a_day_a_file_is_there_where_it_was_there_then(client, creative, media, creative_head):
    day = timedelta(days=1)
    issue = make.issue(creative, media, at=NOW - 9 * day)
    found = make.attachment(issue, by=creative_head, at=NOW - 7 * day)
    remove(found, by=creative_head, at=NOW - 5 * day)
    restore(found, by=creative_head, at=NOW - 3 * day)
    remove(found, by=creative_head, at=NOW - day)
    client.force_login(creative_head)
    for ago, there in ((8, False), (6, True), (4, False), (2, True), (1, False)):
        then = (NOW - ago * day).date()
        link = f"/attachments/{found.pk}/?as_known_on={then}"
        assert (f'href="{link}"' in page_of(client, issue, then)) == there, ago
        assert client.get(link).status_code == (200 if there else 404)
    assert "brought back brief.txt" not in page_of(client, issue, (NOW - 4 * day).date())


def test_a_side_removes_what_its_own_people_attached_and_the_coo_any(
    client, issue, creative, media, creative_head, media_head, designer, coo
):
    theirs, ours = make.attachment(issue, by=designer), make.attachment(issue, by=media_head, holds=b"Sizes.")
    client.force_login(media_head)
    page = page_of(client, issue)
    assert (removal(theirs) in page, removal(ours) in page) == (False, True)
    assert client.post(removal(theirs)).status_code == 403
    client.force_login(creative_head)
    assert client.post(removal(theirs)).status_code == 302
    client.force_login(media_head)
    assert client.post(restoration(theirs)).status_code == 403
    client.force_login(coo)
    assert client.post(restoration(theirs)).status_code == client.post(removal(ours)).status_code == 302


def test_files_of_a_closed_issue_stay(client, issue, creative_head, coo):
    made = make.attachment(issue, by=creative_head)
    move(issue, Act.WITHDRAW, edition=1, words="Found.", by=creative_head, at=NOW)
    for user in (creative_head, coo):
        client.force_login(user)
        assert removal(made) not in page_of(client, issue)
        for address in (removal(made), restoration(made)):
            assert "its files stay as they are" in client.post(address, follow=True).text
    assert Attachment.objects.standing().get() == made


def test_nothing_chosen_is_said(desk, issue):
    assert "No file was chosen" in desk.post(reverse("issues:attachments", args=[issue.pk]), follow=True).text


def test_who_may_comment_may_attach_and_strangers_find_nothing(client, issue, creative, creative_head, agency):
    made = make.attachment(issue, by=creative_head)
    client.force_login(make.user(department=creative))
    assert client.get(reverse("issues:attachment", args=[made.pk])).status_code == 200
    assert "Attached: sizes.txt." in send(client, issue, ("sizes.txt", b"Sizes.")).text
    client.force_login(make.user(department=make.department("IT", parent=agency)))
    assert client.get(reverse("issues:attachment", args=[made.pk])).status_code == 404
    assert client.post(reverse("issues:attachments", args=[issue.pk])).status_code == 404
    assert client.post(removal(made)).status_code == 404
