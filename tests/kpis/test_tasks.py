"""The worker, on a real broker: embedded by default, Redis where BROKER_URL names it."""

import os
import signal
from datetime import date
from select import select
from threading import Event, Semaphore

import pytest
from celery.contrib.testing.worker import start_worker
from celery.signals import task_success

from config.celery import app
from departments.bell import Bell
from departments.models import Department
from kpis import tasks
from kpis.models import Rollup
from kpis.services import uploading
from tests import make
from tests.clock import NOW


@pytest.mark.process
@pytest.mark.django_db(transaction=True)
def test_a_recorded_value_is_rolled_up_by_the_worker():
    agency = Department.objects.create(name="Agency", slug="agency")
    make.observations(make.kpi(agency), agency, {date(2026, 11, 9): 5})
    done = Event()
    task_success.connect(lambda **_: done.set(), sender=tasks.drain, weak=False)
    with start_worker(app, pool="solo", perform_ping_check=False, loglevel="ERROR"):
        tasks.wake()
        assert done.wait(20)
    assert Rollup.objects.filter(amount=5).count() == 4


class Broker:
    """Says when a message arrives, and takes it when it is told to; `trouble` is what it answers."""

    def __init__(self):
        self.arrived, self.may_go, self.messages, self.trouble = Semaphore(0), Semaphore(0), 0, ""

    def delay(self):
        self.messages += 1
        self.arrived.release()
        assert self.may_go.acquire(timeout=10)
        if self.trouble:
            raise OSError(self.trouble)

    def take(self, trouble=""):
        assert self.arrived.acquire(timeout=10)
        self.trouble = trouble
        self.may_go.release()


@pytest.fixture
def broker(monkeypatch):
    slow = Broker()
    monkeypatch.setattr(tasks.drain, "delay", slow.delay)
    return slow


def test_who_rings_waits_for_nobody_and_many_rings_are_one_message_more(broker):
    bell = Bell(broker)
    bell.ring()
    assert broker.arrived.acquire(timeout=10)
    for _ in range(100):
        bell.ring()
    assert broker.messages == 1
    broker.may_go.release()
    broker.take()
    assert not broker.arrived.acquire(timeout=0.05)
    assert broker.messages == 2


def test_an_outage_is_told_once_and_so_is_its_end(broker, caplog):
    bell = Bell(broker)
    for trouble in ("no answer", "no answer", "no answer", "", ""):
        bell.ring()
        broker.take(trouble)
        assert bell.thread.is_alive()
    bell.ring()
    assert broker.arrived.acquire(timeout=10)  # by now all is said about those before
    assert caplog.messages == ["The broker takes no messages: no answer", "The broker takes messages again."]
    broker.may_go.release()


def test_a_process_that_was_forked_has_a_bell_of_its_own(broker):
    tasks.wake()
    broker.take()
    reading, writing = os.pipe()
    tasks.bell.starting.acquire()  # as another thread may hold it at that moment
    child = os.fork()
    if child == 0:
        tasks.drain.delay = lambda: os.write(writing, b"sent")
        tasks.wake()
        tasks.bell.thread.join(10)
        os._exit(0)
    tasks.bell.starting.release()
    heard, _, _ = select([reading], [], [], 10)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(reading)
    os.close(writing)
    assert heard


@pytest.mark.django_db
def test_the_bell_of_uploads_wakes_their_task_which_reads_them(shelves, monkeypatch):
    head = make.head(Department.objects.create(name="Agency", slug="agency"))
    upload = uploading.receive([b"a,b\n", b"1,2\n"], file_name="values.csv", by=head, at=NOW)
    read = Event()
    monkeypatch.setattr(tasks.take_up_uploads, "delay", read.set)
    tasks.wake_for_uploads()
    assert read.wait(10)
    assert tasks.take_up_uploads() == 1
    upload.refresh_from_db()
    assert (upload.state, upload.seen["heads"]) == ("read", ["a", "b"])
