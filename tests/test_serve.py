"""The supervisor and its family, as real processes."""

import contextlib
import fcntl
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.process
SERVE = [sys.executable, str(Path(__file__).parent.parent / "config/serve.py")]
UNDER_MAKE = ["/bin/sh", "-c", 'MAKELEVEL=1 "$@"; :', "make"]  # the last word keeps the shell: it is the caller
needs_ps = pytest.mark.skipif(shutil.which("ps") is None, reason="No ps: nobody could say what is left behind.")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def family(group: int) -> dict[str, int]:
    """Who is alive in a process group: what it was started as, and its number."""
    lines = subprocess.run(["ps", "-A", "-ww", "-o", "pgid=,pid=,stat=,args="], capture_output=True, text=True).stdout
    rows = (line.split(None, 3) for line in lines.splitlines())
    return {row[-1]: int(row[1]) for row in rows if int(row[0]) == group and not row[2].startswith("Z")}


def eventually(condition, *, within=20.0):
    deadline = time.monotonic() + within
    while not (outcome := condition()):
        assert time.monotonic() < deadline, f"still not so after {within} s"
        time.sleep(0.05)
    return outcome


def answers(port: int) -> bool:
    with contextlib.suppress(OSError), contextlib.closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
        connection.request("GET", "/livez")
        return connection.getresponse().status == 200
    return False


class Opsroom:
    def __init__(self, folder: Path, *under, patience=60, **env):
        self.running, self.port, self.group = folder / "running", free_port(), None
        env = {"PATH": os.environ["PATH"], "VAR_DIR": str(folder), "PORT": str(self.port)} | env
        self.process = subprocess.Popen([*under, *SERVE, "as-is"], env=env, stdout=subprocess.PIPE, text=True)
        self.watchdog = threading.Timer(patience, self.end)
        self.watchdog.start()

    def end(self):
        self.watchdog.cancel()
        with contextlib.suppress(ProcessLookupError, PermissionError, FileNotFoundError, ValueError):
            os.killpg(self.group or int(self.running.read_text()), signal.SIGKILL)
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def wait_for_welcome(self):
        said = self.read_until("Ctrl-C stops it.")
        assert f"http://127.0.0.1:{self.port}/" in said
        self.group = int(self.running.read_text())

    def read_until(self, words: str) -> str:
        said = ""
        for line in self.process.stdout:
            said += line
            if words in line:
                return said
        raise AssertionError(f"ended without {words!r}: {said}")

    def who_is(self, name: str) -> int | None:
        return next((pid for command, pid in family(self.group).items() if name in command), None)

    def is_gone(self) -> bool:
        return not family(self.group)


@pytest.fixture
def opsroom(tmp_path):
    started = []

    def start(*under):
        started.append(Opsroom(tmp_path, *under))
        started[-1].wait_for_welcome()
        return started[-1]

    yield start
    for one in started:
        one.end()


@needs_ps
def test_ctrl_c_stops_web_worker_and_beat(opsroom):
    demo = opsroom()
    assert answers(demo.port)
    assert eventually(lambda: all(demo.who_is(name) for name in ["granian", "config worker", "config beat"]))

    demo.process.send_signal(signal.SIGINT)

    assert demo.process.wait(10) == 0
    assert demo.is_gone()
    assert not demo.running.exists()


@needs_ps
def test_a_killed_supervisor_leaves_nothing_behind(opsroom):
    demo = opsroom()
    demo.process.kill()
    eventually(demo.is_gone)


@needs_ps
def test_a_killed_make_leaves_nothing_behind(opsroom):
    demo = opsroom(*UNDER_MAKE)
    demo.process.kill()
    eventually(demo.is_gone)
    eventually(lambda: not demo.running.exists())


@needs_ps
def test_an_interrupted_make_which_removes_its_target_stops_everything(opsroom):
    demo = opsroom(*UNDER_MAKE)
    demo.running.unlink()
    assert demo.process.wait(10) == 0
    assert demo.is_gone()


@needs_ps
def test_a_killed_worker_is_started_again(opsroom):
    demo = opsroom()
    first = eventually(lambda: demo.who_is("config worker"))

    os.kill(first, signal.SIGKILL)

    demo.read_until("started again")
    assert eventually(lambda: demo.who_is("config worker")) != first


def refusal(folder: Path, **env) -> str:
    env = {"PATH": os.environ["PATH"], "VAR_DIR": str(folder), "PORT": str(free_port())} | env
    run = subprocess.run([*SERVE, "check"], env=env, capture_output=True, text=True)
    assert (run.returncode, run.stdout, run.stderr.count("\n")) == (1, "", 1)
    return run.stderr


def test_a_port_that_is_taken_is_refused_in_one_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"Port {port} is not free" in refusal(tmp_path, PORT=str(port))


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1", "8000.5"])
def test_what_is_not_a_port_is_refused_in_one_line(tmp_path, port):
    assert f"PORT={port} is not a port" in refusal(tmp_path, PORT=port)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "opsroom.example.org"])
def test_the_demo_is_refused_to_other_machines_in_one_line(tmp_path, host):
    assert f"HOST={host}: the demo's passwords are public" in refusal(tmp_path, HOST=host)


def test_a_second_start_in_the_same_folder_is_refused_in_one_line(tmp_path):
    with (tmp_path / "running").open("w") as running:
        fcntl.flock(running, fcntl.LOCK_EX)
        assert "already running in this folder" in refusal(tmp_path)


def test_what_a_killed_one_left_of_its_lock_does_not_stop_the_next(tmp_path):
    (tmp_path / "running").write_text("4711\n")
    env = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "PORT": str(free_port())}
    assert subprocess.run([*SERVE, "check"], env=env).returncode == 0
