"""Files of an issue: what they hold counts, not what they are called; nothing that was attached is lost."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from issues.kinds import kind_of
from issues.models import Attachment
from kpis.exports import as_xlsx
from tests import make

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


def test_what_was_removed_can_be_brought_back(desk, issue):
    send(desk, issue, ("a.pdf", PDF))
    found = Attachment.objects.get()
    desk.post(reverse("issues:attachment-removal", args=[found.pk]))
    assert desk.get(reverse("issues:attachment", args=[found.pk])).status_code == 404
    desk.post(reverse("issues:attachment-restoration", args=[found.pk]))
    assert desk.get(reverse("issues:attachment", args=[found.pk])).status_code == 200


def test_nothing_chosen_is_said(desk, issue):
    assert "No file was chosen" in desk.post(reverse("issues:attachments", args=[issue.pk]), follow=True).text


def test_who_may_only_read_attaches_nothing_and_strangers_find_nothing(client, issue, creative, creative_head, agency):
    made = make.attachment(issue, by=creative_head)
    client.force_login(make.user(department=creative))
    assert client.get(reverse("issues:attachment", args=[made.pk])).status_code == 200
    assert client.post(reverse("issues:attachments", args=[issue.pk])).status_code == 403
    client.force_login(make.user(department=make.department("IT", parent=agency)))
    assert client.get(reverse("issues:attachment", args=[made.pk])).status_code == 404
    assert client.post(reverse("issues:attachments", args=[issue.pk])).status_code == 404
