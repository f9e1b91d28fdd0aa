"""Two heads who send at once, and speak of signals of the same KPIs: two connections of PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from kpis.models import Judgement, Signal
from kpis.services.explaining import hold
from meetings.models import WeeklyStatus
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
