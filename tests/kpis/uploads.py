"""An upload on its way: brought in as a browser does, worked on as the worker does."""

import zipfile

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from kpis.models import Upload
from kpis.services.working import work_through


def bring(client, content: bytes, name="values.csv") -> Upload:
    answer = client.post(reverse("kpis:uploads"), {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 302, answer.text
    return Upload.objects.newest_first().first()


def worked(upload: Upload) -> Upload:
    with TestCase.captureOnCommitCallbacks(execute=True):  # a test's transaction has no end
        work_through(clock=timezone.now)
    upload.refresh_from_db()
    return upload


def page(client, upload: Upload) -> str:
    return client.get(reverse("kpis:upload", args=[upload.pk])).text


def send(client, upload: Upload, step: str = "upload", **fields):
    return client.post(reverse(f"kpis:{step}", args=[upload.pk]), fields)


def open_document(path, rows):
    """A spreadsheet as LibreOffice keeps it; a pair is a type and a value, such as ("date", "2026-11-09")."""
    cells = ""
    for row in rows:
        cells += "<table:table-row>"
        for kind, value in (cell if isinstance(cell, tuple) else ("string", cell) for cell in row):
            attribute = {"date": "date-value", "string": "string-value"}.get(kind, "value")
            cells += f'<table:table-cell office:value-type="{kind}" office:{attribute}="{value}">'
            cells += f"<text:p>{value}</text:p></table:table-cell>"
        cells += "</table:table-row>"
    names = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    body = f'<office:spreadsheet><table:table table:name="Creative">{cells}</table:table></office:spreadsheet>'
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr("META-INF/manifest.xml", "<manifest/>")
        packed.writestr(
            "content.xml",
            f"<office:document-content {names}><office:body>{body}</office:body></office:document-content>",
        )
    return path
