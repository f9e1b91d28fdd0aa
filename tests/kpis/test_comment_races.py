"""Two people who begin a thread, or settle one, at once: two connections of PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection, transaction

from departments.models import Comment, Resolution, Thread
from departments.services import commenting
from kpis.models import SignalTopic
from tests import make
from tests.clock import NOW

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one write at a time: nothing can race."),
]


@pytest.fixture
def signal(creative):
    return make.signal(make.kpi(creative, code="jobs"), creative)


def waiting() -> bool:
    """Whether another connection waits for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
        return cursor.fetchone() is not None


def after_each_other(first, second):
    """The second begins while the first is not committed yet, and has to wait for it."""
    done = Event()

    def on_its_own():
        try:
            return second()
        finally:
            connection.close()
            done.set()

    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            first()
            outcome = other.submit(on_its_own)
            for _ in range(1000):
                if waiting() or done.wait(0.01):
                    break
            assert not done.is_set(), "it did not wait"
        return outcome.result(timeout=10)


def test_two_who_begin_at_once_begin_one_thread(signal, ceo, coo):
    topics = [SignalTopic.objects.about(signal=signal) for _ in range(2)]
    after_each_other(
        lambda: commenting.comment(topics[0], "First.", by=ceo, at=NOW),
        lambda: commenting.comment(topics[1], "Second.", by=coo, at=NOW),
    )
    assert Thread.objects.count() == SignalTopic.objects.count() == 1
    assert [each.by for each in Comment.objects.order_by("pk")] == [ceo, coo]


def test_two_who_resolve_at_once_resolve_it_once(signal, ceo, coo):
    topic = make.comment(signal, by=ceo).thread.topic
    after_each_other(
        lambda: commenting.resolve(topic, by=ceo, at=NOW), lambda: commenting.resolve(topic, by=coo, at=NOW)
    )
    assert Resolution.objects.get().resolved_by == ceo


def test_who_sends_twice_at_once_says_it_once(signal, ceo, coo):
    topic = make.comment(signal, by=coo).thread.topic
    say = lambda: commenting.comment(topic, "Once.", by=ceo, at=NOW)
    after_each_other(say, say)
    assert Comment.objects.filter(by=ceo).count() == 1
