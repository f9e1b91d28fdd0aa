"""A long import says how far it is, may be interrupted at any row, and does it all when it is run again."""

import io
import os
import signal
from datetime import timedelta
from itertools import count
from multiprocessing import get_context

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection, connections

from kpis.management.commands import import_observations as command
from kpis.models import Batch, Observation
from kpis.services import importing, recording
from kpis.services.rollups import oldest_mark
from tests import make
from tests.clock import NOW
from tests.kpis.oracle import differences

ROWS = 10_500


class Terminal(io.StringIO):
    """Presses Ctrl-C when it reads the words it waits for."""

    def __init__(self, words):
        super().__init__()
        self.words = words

    def isatty(self):
        return True

    def write(self, text):
        super().write(text)
        if self.words in text:
            self.words = "never again"
            signal.raise_signal(signal.SIGINT)


@pytest.fixture
def large(agency, creative, tmp_path):
    make.kpi(creative, code="uptime", cadence="day")
    days = [NOW.date() - timedelta(days=number % 5000) for number in range(ROWS)]
    lines = [f"Creative,uptime,{day},{n},{n // 5000}" for n, day in enumerate(days)]
    (tmp_path / "large.csv").write_text("\n".join(["department,kpi,date,value,reference", *lines]))
    return tmp_path / "large.csv"


@pytest.fixture
def ticking():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def listening():
    """Who is started in the background hears no Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ticking", "listening")
def test_an_interrupted_import_wrote_nothing_and_the_next_one_writes_each_row_once(large):
    terminal = Terminal("10,000 rows read")
    with pytest.raises(CommandError, match="Interrupted: nothing was written") as stopped:
        call_command("import_observations", large, stderr=terminal)
    assert stopped.value.returncode == 130
    assert "a second" in terminal.getvalue()
    assert not Observation.objects.exists()
    assert not Batch.objects.exists()
    call_command("import_observations", large, stdout=io.StringIO())
    assert Observation.objects.count() == ROWS
    out = io.StringIO()
    call_command("import_observations", large, stdout=out)
    assert f"unchanged{ROWS:>13,}" in out.getvalue()
    assert oldest_mark() is None


# Where it is killed, after how many calls, and how many values stand then.
MOMENTS = {
    "while it reads": (importing.Run, "check", 7_000, 0),
    "when all is read": (recording, "refuse_repeats", 1, 0),
    "when all is written and not committed": (importing.transaction, "set_rollback", 1, 0),
    "when all is committed and nothing added up": (command, "conclude", 1, ROWS),
}


def run_until(settings, file, place, name, calls, ready):
    """The command, in a process of its own, up to a moment; there it waits to be killed."""
    connections["default"] = connections.create_connection("default")
    connections["default"].settings_dict = settings
    does, called = getattr(place, name), count(1)

    def waits(*args, **kwargs):
        if next(called) == calls:
            os.write(ready, b".")
            signal.pause()
        return does(*args, **kwargs)

    setattr(place, name, waits)
    call_command("import_observations", file, stdout=io.StringIO())


@pytest.mark.process
@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at_any_moment_it_has_written_all_or_nothing_and_the_next_run_doubles_nothing(on_disk, large, moment):
    *where, stands = MOMENTS[moment]
    reading, ready = os.pipe()
    settings = connection.settings_dict
    connections.close_all()
    killed = get_context("fork").Process(target=run_until, args=(settings, large, *where, ready))
    killed.start()
    assert os.read(reading, 1) == b"."
    killed.kill()
    killed.join()
    assert (Observation.objects.count(), Batch.objects.count()) == (stands, int(stands > 0))
    for _ in range(2):
        call_command("import_observations", large, stdout=io.StringIO())
        assert (Observation.objects.count(), Batch.objects.count(), oldest_mark()) == (ROWS, 1, None)
    assert differences() == []
