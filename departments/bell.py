"""Waking a task without waiting for the broker. No Django, no clock."""

import logging
import os
from threading import Event, Lock, Thread

log = logging.getLogger(__name__)


class Bell:
    """Wakes a task from a thread of its own: who rings never waits for the broker, whatever has become of it.

    However often it is rung while one message is on its way, one more follows. Nothing is lost with a message that
    could not be sent: rows are the queue, and beat sends its own. An outage is told once, and so is its end.
    """

    def __init__(self, task):
        self.task = task
        self.anew()
        os.register_at_fork(after_in_child=self.anew)

    def anew(self):
        """In a process that was forked, too: threads do not come along."""
        self.rung, self.starting, self.thread = Event(), Lock(), None

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
            trouble = self.send()
            if bool(trouble) != bool(told):
                log.warning("The broker takes messages again." if told else f"The broker takes no messages: {trouble}")
            told = trouble

    def send(self) -> str:
        """What went wrong; nothing where nothing did."""
        try:
            self.task.delay()
        except Exception as error:  # whatever a broker may do, the thread goes on
            return str(error) or type(error).__name__
        return ""
