"""An upload on its way: brought in as a browser does, worked on as the worker does."""

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
