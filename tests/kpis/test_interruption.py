"""A long import says how far it is, may be interrupted at any row, and does it all when it is run again."""

import io
import signal
from datetime import timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command

from kpis.models import Batch, Observation
from kpis.services.rollups import oldest_mark
from tests import make
from tests.clock import NOW

ROWS = 20_500


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


def test_an_interrupted_import_wrote_nothing_and_the_next_one_writes_each_row_once(large, ticking):
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
