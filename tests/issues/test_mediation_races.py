"""Two sides of a mediation who act at the same moment: two connections of PostgreSQL."""

from datetime import date

import pytest
from django.db import connection

from departments.models import Notification
from issues.models import Answer, Mediation, Position, Settlement
from issues.selectors.mediation import Stage, courses, reader_of
from issues.services.mediating import AlreadyCalled, answer, bring_back, call_mediation, propose, write_position
from tests import make
from tests.clock import NOW, TODAY
from tests.kpis.test_comment_races import after_each_other

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one write at a time: nothing can race."),
]


@pytest.fixture
def issue(creative, media, creative_head, media_head, coo):
    return make.issue(creative, media)


@pytest.fixture
def mediation(issue, creative_head):
    return make.mediation(issue, by=creative_head)


def test_of_two_who_call_at_once_one_is_told_that_the_other_did(issue, creative_head, media_head):
    def second():
        with pytest.raises(AlreadyCalled):
            call_mediation(issue, why="We, too.", by=media_head, at=NOW)

    after_each_other(lambda: call_mediation(issue, why="We do.", by=creative_head, at=NOW), second)
    assert Mediation.objects.get().why == "We do."


def test_two_who_write_at_once_both_write_and_both_read_both(issue, mediation, creative_head, media_head, coo):
    heads = (creative_head, media_head)
    after_each_other(*(lambda by=by: write_position(mediation, text="So.", by=by, at=NOW) for by in heads))
    (found,) = courses(issue)
    assert found.stage == Stage.TERMS
    for head in heads:
        assert len(found.views(reader_of(head, issue, on=TODAY))) == 2
    told = Notification.objects.filter(key=f"mediation:{mediation.pk}:views").values_list("to__username", flat=True)
    assert sorted(told) == ["coo", "creative-head"]  # who wrote second knows


def test_two_who_agree_at_once_settle_it_once(mediation, creative_head, media_head, coo):
    for by in (creative_head, media_head):
        write_position(mediation, text="So.", by=by, at=NOW)
    propose(mediation, terms="Half each.", follow_up_on=date(2026, 11, 27), instead_of=0, by=coo, at=NOW)
    heads = (creative_head, media_head)
    after_each_other(*(lambda by=by: answer(mediation, number=1, agrees=True, by=by, at=NOW) for by in heads))
    assert (Answer.objects.count(), Settlement.objects.get().how) == (2, "agreed")


def test_a_follow_up_that_two_bring_back_at_once_comes_back_once(mediation, creative_head, media_head, coo):
    for by in (creative_head, media_head):
        write_position(mediation, text="So.", by=by, at=NOW)
    propose(mediation, terms="Half each.", follow_up_on=date(2026, 11, 19), instead_of=0, by=coo, at=NOW)
    for by in (creative_head, media_head):
        answer(mediation, number=1, agrees=True, by=by, at=NOW)
    later = NOW.replace(day=20)
    found = []
    after_each_other(*(lambda: found.append(bring_back(now=later)) for _ in range(2)))
    assert sorted(found) == [0, 1]
    assert Notification.objects.filter(key=f"mediation:{mediation.pk}:due").count() == 3
    assert Position.objects.count() == 2
