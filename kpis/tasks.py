import logging
import os
from datetime import timedelta
from threading import Event, Lock, Thread

from celery import shared_task
from django.utils import timezone

from kpis.services import judging, rollups, uploading, verifying, working

log = logging.getLogger(__name__)


@shared_task(expires=60)
def drain() -> int:
    """Beat: every five seconds; and woken on commit."""
    drained = rollups.drain(now=timezone.now(), gently=True)
    judging.judge(on=timezone.localdate(), now=timezone.now())
    return drained


@shared_task
def verify() -> int:
    """Beat: every night, for ten minutes at most. Changes made meanwhile are rolled up between two KPIs."""
    return verifying.verify_in_turn(clock=timezone.now, for_at_most=timedelta(minutes=10))


@shared_task(expires=60)
def take_up_uploads() -> int:
    """Beat: every five seconds; and woken on commit."""
    worked = working.work_through(clock=timezone.now)
    if worked:
        wake()  # what was imported is to be rolled up
    return worked


@shared_task(expires=3600)
def clear_uploads() -> int:
    """Beat: every hour."""
    return uploading.clear_away(now=timezone.now())


class Bell:
    """Wakes a task, the drain unless told otherwise, from a thread of its own: who rings never waits for the broker,
    whatever has become of it.

    However often it is rung while one message is on its way, one more follows. Nothing is lost with a message that
    could not be sent: rows are the queue, and beat sends its own. An outage is told once, and so is its end.
    """

    def __init__(self, *task):
        self.task = task
        self.rung, self.starting, self.thread = Event(), Lock(), None

    def anew(self):
        """In a process that was forked: threads do not come along."""
        self.__init__(*self.task)

    def ring(self):
        self.rung.set()
        with self.starting:
            if self.thread is None or not self.thread.is_alive():
                self.thread = Thread(target=self.answer, name="bell", daemon=True)
                self.thread.start()

    def answer(self):
        told = ""
        while self.rung.wait():
            self.rung.clear()
            trouble = send(*self.task)
            if bool(trouble) != bool(told):
                log.warning("The broker takes messages again." if told else f"The broker takes no messages: {trouble}")
            told = trouble


def send(task=None) -> str:
    """What went wrong; nothing where nothing did."""
    try:
        (task or drain).delay()
    except Exception as error:  # whatever a broker may do, the thread goes on
        return str(error) or type(error).__name__
    return ""


bell, upload_bell = Bell(), Bell(take_up_uploads)
for each in (bell, upload_bell):
    os.register_at_fork(after_in_child=each.anew)


def wake():
    """Say that there is something to drain, and wait for nobody."""
    bell.ring()


def wake_for_uploads():
    """Say that an upload waits, and wait for nobody."""
    upload_bell.ring()
