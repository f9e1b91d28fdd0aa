"""A worker killed in the middle of an import: a real process, when all is written and nothing said."""

import os
import signal
from multiprocessing import get_context

import pytest
from django.db import connection, connections
from django.utils import timezone

from kpis.models import Batch, Observation
from kpis.services import working
from tests import make
from tests.kpis.test_upload_import import checked
from tests.kpis.uploads import send, worked

pytestmark = [pytest.mark.usefixtures("on_disk", "shelves"), pytest.mark.process]


def wait_when_all_is_written(settings, ready):
    connections["default"] = connections.create_connection("default")
    connections["default"].settings_dict = settings
    working.end = lambda *args, **kwargs: os.write(ready, b".") and signal.pause()
    working.work_through(clock=timezone.now)


def test_a_killed_worker_leaves_nothing_and_the_next_one_imports_it_once(
    on_disk, client, agency, creative, creative_head
):
    make.kpi(creative, code="jobs", name="Open jobs")
    client.force_login(creative_head)
    upload = checked(client)
    send(client, upload, "upload-import")
    reading, ready = os.pipe()
    settings = connection.settings_dict
    connections.close_all()
    worker = get_context("fork").Process(target=wait_when_all_is_written, args=(settings, ready))
    worker.start()
    assert os.read(reading, 1) == b"."
    with upload.shelf.held() as free:
        assert not free
    worker.kill()
    worker.join()
    assert (Observation.objects.count(), Batch.objects.count()) == (0, 0)
    for _ in range(2):
        assert worked(upload).state == "done"
        assert (Observation.objects.count(), Batch.objects.count()) == (2, 1)
