"""Two who act at the same moment: two connections of PostgreSQL."""

from datetime import timedelta

import pytest
from django.db import connection

from departments.models import Notification
from issues.flow import Act
from issues.models import Agreement, Escalation, Issue, Move
from issues.services.agreeing import TERMS, AgreedSince, agree
from issues.services.escalating import escalate
from issues.services.moving import MovedSince, move
from tests import make
from tests.clock import NOW
from tests.kpis.test_comment_races import after_each_other

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one write at a time: nothing can race."),
]


@pytest.fixture
def issue(creative, media, creative_head, media_head):
    return make.issue(creative, media)


def test_of_two_who_move_an_issue_at_once_one_is_told_and_nothing_is_half_there(issue, media_head, coo):
    def second():
        with pytest.raises(MovedSince, match="Media-Head accepted it meanwhile"):
            move(Issue.objects.get(), Act.RETURN, edition=1, words="No sizes.", by=coo, at=NOW)

    after_each_other(lambda: move(issue, Act.ACCEPT, edition=1, by=media_head, at=NOW), second)

    assert list(Move.objects.order_by("number").values_list("act", flat=True)) == ["raise", "accept"]
    assert Issue.objects.get().state == "accepted"


def test_two_who_escalate_at_once_take_each_step_once_and_tell_it_once(issue, media_head, coo):
    later = NOW + timedelta(days=2)

    after_each_other(lambda: escalate(now=later), lambda: escalate(now=later))

    taken = list(Escalation.objects.values_list("kind", "step"))
    assert sorted(taken) == [("accept", "missed"), ("accept", "soon")]
    assert Notification.objects.filter(to=media_head, kind="issue_stuck").count() == 1


def test_of_two_who_agree_at_once_one_is_told(creative, media, coo, ceo):
    terms = dict.fromkeys(TERMS, 10) | {"ready": ""}

    def second():
        with pytest.raises(AgreedSince, match="Coo changed this agreement meanwhile"):
            agree(creative, media, instead_of=None, by=ceo, at=NOW, **terms | {"accept_within": 1})

    after_each_other(lambda: agree(creative, media, instead_of=None, by=coo, at=NOW, **terms), second)

    assert Agreement.objects.current().get().accept_within == 10
