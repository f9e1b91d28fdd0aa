"""The broker stops, freezes, is cut off or loses its folder: pages and writes go on, and work catches up by itself."""

import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import count
from statistics import median

import pytest
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connection
from django.utils import timezone

from kpis.services.rollups import oldest_mark
from tests import make
from tests.effort import LONG
from tests.kpis.oracle import differences
from tests.test_serve import Opsroom, eventually, free_port, needs_ps
from tests.visitor import Visitor

pytestmark = [pytest.mark.process, pytest.mark.long, needs_ps]
needs_redis = pytest.mark.skipif(shutil.which("redis-server") is None, reason="No redis-server: none can be stopped.")
OUTAGE = 60 if LONG else 2  # seconds
LONGEST, CAUGHT_UP, AN_OLD_MARK = 3, 120, 31  # seconds
PAGES = [
    "/overview/",
    "/departments/creative/",
    "/departments/creative/values/",
    "/kpis/",
    "/kpis/jobs/",
    "/search/?q=j",
]
PROGRAMS = ["/readyz", "/api/v1/rollups/?kpi=jobs&department=creative", "/kpis/jobs/table.csv"]
FORMS = ["POST /departments/creative/values/", "POST /accounts/login/"]
DELAYED = "Background work is delayed"


class Redis:
    def __init__(self):
        self.port = free_port()
        self.start()

    def start(self):
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        eventually(self.answers)

    def answers(self):
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as connected:
            connected.sendall(b"PING\r\n")
            return connected.recv(5) == b"+PONG"
        return False

    def end(self):
        self.process.kill()
        self.process.wait()

    @contextmanager
    def stopped(self):
        self.end()
        yield
        self.start()

    @contextmanager
    def frozen(self):
        self.process.send_signal(signal.SIGSTOP)
        yield
        self.process.send_signal(signal.SIGCONT)


class Line:
    """The network between Opsroom and Redis. Cut off, it says nothing, and what was connected then is dead for good."""

    def __init__(self, to: int):
        self.to, self.whole = to, threading.Event()
        self.whole.set()
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.dead, self.ends = threading.Event(), []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with suppress(OSError):
            while True:
                near, _ = self.server.accept()
                threading.Thread(target=self.connect, args=(near, self.dead), daemon=True).start()

    def connect(self, near, dead):
        self.whole.wait()
        with suppress(OSError):
            far = socket.create_connection(("127.0.0.1", self.to))
            self.ends += [near, far]
            threading.Thread(target=self.carry, args=(near, far, self.dead), daemon=True).start()
            self.carry(far, near, self.dead)

    def carry(self, source, target, dead):
        with suppress(OSError):
            while said := source.recv(2**16):
                if dead.is_set():
                    return
                target.sendall(said)
        if not dead.is_set():
            for end in (source, target):
                end.close()

    @contextmanager
    def cut(self):
        self.whole.clear()
        self.dead.set()
        yield
        self.dead = threading.Event()
        self.whole.set()

    def end(self):
        self.server.close()
        for end in self.ends:
            end.close()


class Scene:
    """An Opsroom of real processes, somebody who visits it, and what its processes said."""

    def __init__(self, opsroom: Opsroom, visitor: Visitor, kpi):
        self.opsroom, self.visitor, self.kpi, self.numbers = opsroom, visitor, kpi, count(1)
        self.row = {"kpi": "jobs", "department": "creative", "date": str(make.weeks_ago(1))}
        self.said = []
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        with suppress(ValueError):
            self.said.extend(self.opsroom.process.stdout)

    def record(self, week):
        return self.visitor.record(**self.row | {"date": str(make.weeks_ago(week))}, value=next(self.numbers))

    def enter(self, week):
        """By the form, as people do."""
        path, cell = "/departments/creative/values/", f"v-{self.kpi.pk}-{make.weeks_ago(week)}"
        (was,) = re.findall(f'name="was-{cell}" value="([^"]*)"', self.visitor.ask(path).text)
        return self.visitor.send(path, **{cell: next(self.numbers), f"was-{cell}": was, "reason": "recounted"})

    def sign_in(self):
        outsider = Visitor(self.visitor.base)
        return outsider.send("/accounts/login/", login="coo", password="a long password")

    def seconds_to_right_value(self) -> float:
        value = str(next(self.numbers))
        return self.visitor.seconds_to_right_value(**self.row, value=value, right=lambda found: found == value)

    def load(self, seconds) -> list:
        """All pages and both ways to write, over and over, by two people, each for weeks of their own."""
        until, answers = time.monotonic() + seconds, []

        def visit(*weeks):
            while time.monotonic() < until:
                answers.extend(self.visitor.ask(path) for path in [*PAGES, *PROGRAMS])
                answers.extend([self.record(weeks[0]), self.enter(weeks[1])])

        people = [threading.Thread(target=visit, args=weeks) for weeks in ((2, 3), (4, 5))]
        for person in people:
            person.start()
        for person in people:
            person.join()
        return answers


@pytest.fixture
def scene(on_disk, tmp_path, creative, coo, client):
    """`scene(broker_url)` starts it."""
    hasher = PBKDF2PasswordHasher()  # the one of these processes, unlike that of other tests
    coo.password = hasher.encode("a long password", hasher.salt())
    coo.save()
    client.force_login(coo)
    kpi = make.kpi(creative, code="jobs")
    started = []

    def start(broker):
        opsroom = Opsroom(
            tmp_path, patience=900, DATABASE_URL=on_disk, BROKER_URL=broker, SECRET_KEY=settings.SECRET_KEY
        )
        started.append(opsroom)
        opsroom.wait_for_welcome()
        session = client.cookies["sessionid"].value
        return Scene(opsroom, Visitor(f"http://127.0.0.1:{opsroom.port}", session=session), kpi)

    yield start
    for opsroom in started:
        opsroom.end()


def goes_through(scene, name, fault) -> str:
    fresh = [scene.seconds_to_right_value() for _ in range(50 if LONG else 1)]
    assert not LONG or median(fresh) < 1
    heard = len(scene.said)
    with fault:
        age = 0 if LONG else AN_OLD_MARK
        began = time.monotonic()
        answers = scene.load(1)
        mark_of_an_age(scene.kpi, age)
        answers += scene.load(OUTAGE - 1)
        answers.append(scene.sign_in())
        assert [a for a in answers if a.status != (302 if a.asked in FORMS else 200)] == []
        assert [(a.asked, a.seconds) for a in answers if a.seconds > LONGEST] == []
        assert [path for path in PAGES if DELAYED not in scene.visitor.ask(path).text] == []
        lines = len(scene.said) - heard
        took = time.monotonic() - began
    began = time.monotonic()
    eventually(lambda: oldest_mark() is None, within=CAUGHT_UP)
    back = time.monotonic() - began
    assert [path for path in PAGES if DELAYED in scene.visitor.ask(path).text] == []
    assert differences() == []
    assert lines < 20 + took, "".join(scene.said[heard:])
    median_, longest = (1000 * of([a.seconds for a in answers]) for of in (median, max))
    return (
        f"{name} for {took:.0f} s: {len(answers)} requests, median {median_:.0f} ms, longest {longest:.0f} ms; {lines}"
        f" lines said; caught up {back:.1f} s after. Before, values were right after {1000 * median(fresh):.0f} ms."
    )


def mark_of_an_age(kpi, seconds):
    moment = connection.ops.adapt_datetimefield_value(timezone.now() - timedelta(seconds=seconds))
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO kpis_mark (kpi_id, marked_at) VALUES (%s, %s)", [kpi.pk, moment])


@needs_redis
def test_redis_may_be_stopped_frozen_or_cut_off(scene, capsys):
    redis = Redis()
    line = Line(redis.port)
    try:
        here = scene(f"redis://127.0.0.1:{line.port}/0")
        told = [
            goes_through(here, "Redis stopped", redis.stopped()),
            goes_through(here, "Redis frozen", redis.frozen()),
            goes_through(here, "Redis cut off", line.cut()),
        ]
    finally:
        line.end()
        redis.end()
    say(capsys, told)


@contextmanager
def replaced_by_a_file(folder):
    """Nobody can write there, not even root, whom no permission stops."""
    kept = folder.rename(folder.with_name("kept"))
    folder.touch()
    yield
    folder.unlink()
    kept.rename(folder)


def test_nobody_may_be_able_to_write_where_the_embedded_broker_keeps_messages(scene, tmp_path, capsys):
    here = scene("filesystem://localhost")
    told = goes_through(here, "A file in place of the folder", replaced_by_a_file(tmp_path / "broker"))
    shutil.rmtree(tmp_path / "broker")
    assert here.seconds_to_right_value() < 60
    say(capsys, [told])


def say(capsys, lines):
    with capsys.disabled():
        print("", *lines, sep="\n")  # noqa: T201
