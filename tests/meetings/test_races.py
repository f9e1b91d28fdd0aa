"""Two who send at once, two who chase at once, and a mail made up meanwhile: two connections of PostgreSQL."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection, transaction

from departments.models import Delivery, Headship, Notification, User
from departments.services.delivering import collect
from kpis.models import Judgement, Signal
from kpis.services.explaining import hold
from meetings.models import WeeklyStatus
from meetings.services.chasing import chase
from meetings.services.sending import SentMeanwhile, undo_sending
from tests import make
from tests.clock import NOW, TODAY
from tests.kpis.test_comment_races import after_each_other, waiting

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one write at a time: nothing can race."),
]


@pytest.fixture
def signals(creative, media):
    """(of Creative, of Media), both of each KPI."""
    found = []
    for name in ("first", "second"):
        kpi = make.kpi(creative, media, code=name)
        Judgement.objects.create(kpi=kpi, version=1, edition=1, on=TODAY)
        found.append((make.signal(kpi, creative), make.signal(kpi, media)))
    return found


def test_words_about_signals_of_the_same_kpis_in_another_order_do_not_block_each_other(signals, creative, coo):
    (of_first, other_of_first), (of_second, other_of_second) = signals

    def send():
        try:
            make.status(creative, explained=((of_second, "Ill."), (of_first, "Ill.")), by=coo)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            hold(other_of_first)
            outcome = other.submit(send)
            while not waiting() and not outcome.done():
                pass
            hold(other_of_second)
        outcome.result(timeout=10)

    assert Signal.objects.exclude(explanation="").count() == 2


def test_of_two_who_send_at_once_one_is_told_and_nothing_of_theirs_is_half_there(creative, coo, ceo):
    def second():
        with pytest.raises(SentMeanwhile):
            make.status(creative, headline="Second.", plans=("Film",), confidence=5, by=ceo)

    after_each_other(lambda: make.status(creative, headline="First.", by=coo), second)

    assert WeeklyStatus.objects.get().headline == "First."


def test_of_an_undoing_and_an_amendment_at_once_the_first_counts(creative, coo, ceo):
    status = make.status(creative, by=coo)

    def amend():
        with pytest.raises(SentMeanwhile):
            make.status(creative, headline="Amended.", instead_of=status, by=ceo)

    after_each_other(lambda: undo_sending(status, by=coo, at=NOW), amend)

    assert not WeeklyStatus.objects.current().exists()


class TestTwoWhoChaseAtOnce:
    """A worker that was thought dead, and the one that took its place."""

    DUE, FIRST, SECOND = (datetime(2026, 11, day, hour, tzinfo=UTC) for day, hour in ((20, 17), (23, 9), (24, 9)))

    @pytest.fixture(autouse=True)
    def people(self, begun, creative, media, creative_head, media_head, coo):
        make.user("another-coo", role="coo")
        deputy = make.user("deputy")
        Headship.objects.create(department=creative, user=deputy, kind="deputy", starts_on=date(2020, 1, 1))
        make.absence(media_head, self.DUE.date(), None)
        make.webhook()

    @pytest.mark.parametrize(
        ("now", "count"), [(DUE, 1), (FIRST, 4), (SECOND, 4)], ids=["the heads", "deputy and COO", "the COOs"]
    )
    def test_tell_nobody_twice(self, now, count):
        counts = []
        after_each_other(lambda: counts.append(chase(now=now)), lambda: counts.append(chase(now=now)))

        told = Counter(Notification.objects.values_list("to__username", "key"))
        assert set(told.values()) == {1}
        assert counts == [len(told), 0]
        assert len(told) == count
        channel = Delivery.objects.filter(channel="webhook").values_list("key", flat=True)
        assert sorted(channel) == sorted({key for _, key in told})

    def test_at_full_speed_neither(self):
        def work(now):
            try:
                return chase(now=now)
            finally:
                connection.close()

        for now in (self.DUE, self.FIRST, self.SECOND):
            with ThreadPoolExecutor(4) as workers:
                told = sum(workers.map(work, [now] * 8))
            assert told == Notification.objects.filter(created_at=now).count()

        assert Notification.objects.count() == len(set(Notification.objects.values_list("to", "key"))) > 5


def test_a_need_that_is_put_into_a_mail_meanwhile_is_taken_back_by_a_word(creative, creative_head, media, media_head):
    User.objects.filter(pk=media_head.pk).update(email="media@example.org")
    status = make.status(creative, need="Numbers", need_of=media)
    tomorrow = NOW + timedelta(days=1)

    after_each_other(lambda: collect(now=tomorrow), lambda: undo_sending(status, by=creative_head, at=NOW))

    told = Notification.objects.order_by("pk").values_list("subject", flat=True)
    assert list(told) == ["Creative needs something from Media", "Creative took back what it needed from Media"]
