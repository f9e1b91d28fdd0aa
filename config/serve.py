"""Runs the demo on this machine: web, worker and beat, as one family that lives and dies together.

    serve.py check     may it start here? (standard library only: nothing need be installed yet)
    serve.py           migrate, load the demo agency into a new database, start
    serve.py as-is     start, on the database as it is

The family is one process group. Its first member, the keeper, reads a pipe whose other end this process alone holds:
when this process is gone, however it went, the pipe closes and the keeper kills the whole group.
"""

import contextlib
import fcntl
import http.client
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / os.environ.get("VAR_DIR", "var")
RUNNING = VAR_DIR / "running"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
KEEPER = "trap '' HUP INT TERM; read -r _; kill -KILL 0"
GRACE = 2  # seconds to end by itself; rows are the queue, so nothing is lost with who takes longer
PAUSE = 2  # seconds between two starts of the same service
TICK = 0.25  # seconds

PREPARE = """
import django
from django.core.management import call_command

django.setup()
call_command("migrate", verbosity=0)
call_command("load_demo", "--if-empty")
"""
WEB = "-m granian --interface wsgi --no-ws --blocking-threads 4 config.wsgi:application"
WORKER = "-m celery --quiet --app config worker --pool solo --without-gossip --without-mingle --without-heartbeat"
BEAT = "-m celery --quiet --app config beat"
WELCOME = """
Opsroom is at http://{address}/
  log in as  coo, ceo, admin
         or  account-service, creative, media, it, accounting, traffic (the department heads)
   password  opsroom-demo
Ctrl-C stops it.
"""


class Stop(Exception):
    """Time to end everything. Says why, where nobody asked for it."""


def services(host: str, port: int) -> dict[str, list[str]]:
    level = os.environ.get("LOG_LEVEL", "WARNING")
    root_is_fine = "ignore:You're running the worker with superuser"  # in a container there may be nobody else
    return {
        "web": [*WEB.split(), "--host", host, "--port", str(port), "--log-level", level.lower()],
        "worker": ["-W", root_is_fine, *WORKER.split(), "--hostname", "worker@localhost", "--loglevel", level],
        "beat": [*BEAT.split(), "--loglevel", level],
    }


class Family:
    def __enter__(self):
        self.keeper = subprocess.Popen(["/bin/sh", "-c", KEEPER], stdin=subprocess.PIPE, process_group=0)
        RUNNING.write_text(f"{self.keeper.pid}\n")  # the group, for who must end it by hand
        self.members = []
        return self

    def start(self, command: list[str], **streams) -> subprocess.Popen:
        member = subprocess.Popen(
            [sys.executable, *command],
            cwd=BASE_DIR,
            env={**os.environ, "DEMO": "1", "DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            process_group=self.keeper.pid,
            **streams,
        )
        self.members.append(member)
        return member

    def tell(self, number: signal.Signals):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.keeper.pid, number)

    def __exit__(self, *_):
        self.tell(signal.SIGTERM)
        deadline = time.monotonic() + GRACE
        for member in self.members:
            with contextlib.suppress(subprocess.TimeoutExpired):
                member.wait(max(0, deadline - time.monotonic()))
        self.tell(signal.SIGKILL)
        for member in [*self.members, self.keeper]:
            member.wait()


class Service:
    """A member that is started again when it ends, and whose output carries its name."""

    def __init__(self, name: str, command: list[str], family: Family, outputs: selectors.BaseSelector):
        self.name, self.command, self.family, self.outputs = name, command, family, outputs
        self.start()

    def start(self):
        self.started = time.monotonic()
        self.process = self.family.start(self.command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0)
        self.outputs.register(self.process.stdout, selectors.EVENT_READ, self)

    def say(self, line: str):
        print(f"{self.name:6} | {line}", flush=True)

    def relay(self, output):
        if line := output.readline():
            self.say(line.decode(errors="replace").rstrip())
        else:
            self.outputs.unregister(output)

    def keep_up(self):
        if self.process.poll() is not None and time.monotonic() - self.started > PAUSE:
            self.say(f"ended ({self.process.returncode}), started again")
            self.start()


class Caller:
    """Make. Killed, it leaves an orphan; interrupted alone, it removes its target, RUNNING, and waits for us."""

    def __init__(self):
        self.pid = os.getppid()

    def check(self):
        if "MAKELEVEL" in os.environ and (os.getppid() != self.pid or not RUNNING.exists()):
            raise Stop


@contextlib.contextmanager
def claim():
    """This folder is ours. The lock goes with the process: it cannot be left behind."""
    VAR_DIR.mkdir(parents=True, exist_ok=True)
    with RUNNING.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit("Opsroom is already running in this folder. Stop it first: Ctrl-C where it runs.")
        try:
            yield
        finally:
            RUNNING.unlink(missing_ok=True)


def address() -> tuple[str, int]:
    host, port = os.environ.get("HOST") or LOOPBACK[0], os.environ.get("PORT") or "8000"
    if host not in LOOPBACK:
        sys.exit(f"HOST={host}: the demo's passwords are public, so it answers on {', '.join(LOOPBACK)} only.")
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        sys.exit(f"PORT={port} is not a port: give a number from 1 to 65535.")
    family, _, _, _, where = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)[0]
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(where)
        except OSError as error:
            sys.exit(f"Port {port} is not free ({error.strerror}). Choose another: make run PORT=8001")
    return host, int(port)


def prepare(family: Family, caller: Caller):
    preparation = family.start(["-c", PREPARE])
    while preparation.poll() is None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            preparation.wait(TICK)
        caller.check()
    if preparation.returncode:
        raise Stop("The database could not be prepared.")


def answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=1)
    with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/livez")
        return connection.getresponse().status < 500
    return False


def serve(family: Family, caller: Caller, host: str, port: int):
    """Web first, for the first page not to wait for the others; they follow when it answers."""
    outputs = selectors.DefaultSelector()
    web, *others = (partial(Service, *service, family, outputs) for service in services(host, port).items())
    running = [web()]
    while family.keeper.poll() is None:
        for key, _ in outputs.select(TICK):
            key.data.relay(key.fileobj)
        caller.check()
        if not others:
            for service in running:
                service.keep_up()
        elif not outputs.get_map():  # it ended, and all it had to say is said
            raise Stop("The web server did not start.")
        elif answers(host, port):
            running += [other() for other in others]
            others.clear()
            print(WELCOME.format(address=f"[{host}]:{port}" if ":" in host else f"{host}:{port}"), flush=True)
    raise Stop("The keeper is gone: without it, something could be left behind.")


def stop(*_):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    raise Stop


def main(word: str = "") -> str | None:
    caller = Caller()
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup
        signal.signal(signal.SIGHUP, stop)
    try:
        with claim():
            host, port = address()
            if word != "check":
                with Family() as family:
                    if word != "as-is":
                        prepare(family, caller)
                    serve(family, caller, host, port)
    except Stop as reason:
        return str(reason) or None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
