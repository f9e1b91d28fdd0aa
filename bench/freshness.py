"""From an accepted write to the right value on the dashboard: real processes, as they run in production."""

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings

from bench.ground import Ground
from bench.measure import ROUNDS, Missed, measure
from bench.pages import FEW, only, signed_in
from departments.models import Department
from kpis.models import Kpi
from kpis.written import written
from tests.visitor import Visitor

SERVE = Path(__file__).parent.parent / "config" / "serve.py"
ALLOWED, PATIENCE = 1.0, 60  # seconds


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@contextmanager
def redis() -> Iterator[str]:
    """A Redis of our own: its address."""
    if shutil.which("redis-server") is None:
        raise Missed("no redis-server")
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait()


@contextmanager
def embedded() -> Iterator[str]:
    yield "filesystem://localhost"


@contextmanager
def opsroom(ground: Ground, broker: str) -> Iterator[str]:
    """Web, worker and beat on this ground: their address."""
    port = free_port()
    with TemporaryDirectory(prefix="opsroom-bench-") as folder:
        env = {
            "PATH": os.environ["PATH"], "VAR_DIR": folder, "PORT": str(port), "SECRET_KEY": settings.SECRET_KEY,
            "DATABASE_URL": ground.url, "BROKER_URL": broker,
        }  # fmt: skip
        command = [sys.executable, str(SERVE), "as-is"]
        process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            if not any("Ctrl-C stops it." in line for line in process.stdout):
                raise Missed("Opsroom did not start")
            threading.Thread(target=process.stdout.read, daemon=True).start()
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


class Reader:
    """Writes a value, and looks at a department's page until it is there."""

    def __init__(self, base: str, ground: Ground):
        self.visitor = Visitor(base, session=signed_in().cookies["sessionid"].value)
        kpi, department = Kpi.objects.get(position=4), Department.objects.get(slug="team-1")  # the greatest counts
        self.page = f"/departments/{department.slug}/"
        self.row = {"kpi": kpi.code, "department": department.slug, "date": ground.days[-1].isoformat()}
        self.values = count(5000)

    def wait(self) -> float:
        value = next(self.values)
        began = time.perf_counter()
        recorded = self.visitor.record(**self.row, value=value)
        assert recorded.status == 200, recorded
        while f": {written(value)}" not in self.visitor.ask(self.page).text:
            if time.perf_counter() - began > PATIENCE:
                raise Missed(f"not shown after {PATIENCE} s")
            time.sleep(0.01)
        return time.perf_counter() - began


def dashboard(name: str, broker):
    @measure(f"from a write to a department's page, {name}", floor="allowed", at_most=1, rounds=4 * ROUNDS)
    def follows(ground: Ground):
        with only(FEW), broker() as address, opsroom(ground, address) as base:
            reader = Reader(base, ground)
            for _ in range(2):  # most KPIs were retired: all are judged once more
                reader.wait()
            while True:
                yield reader.wait(), ALLOWED


dashboard("embedded broker", embedded)
dashboard("Redis", redis)
