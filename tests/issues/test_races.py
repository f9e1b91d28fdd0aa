"""Two who act at the same moment: two connections of PostgreSQL."""

from datetime import timedelta

import pytest
from django.db import connection

from departments.models import Notification
from issues.flow import Act
from issues.models import Agreement, Escalation, Issue, Move, Promise
from issues.services.agreeing import TERMS, AgreedSince, agree
from issues.services.escalating import escalate
from issues.services.keeping import CODE, kept_kpi
from issues.services.moving import MovedSince, move
from kpis.models import Assignment
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


def test_two_who_keep_the_first_promises_of_a_department_at_once_have_them_measured_once(issue, media, media_head, coo):
    make.agreement(issue.raiser, media)
    issues = [make.issue(issue.raiser, media, title) for title in ("Sizes", "Texts")]
    kept_kpi()

    def accept(number, by):
        move(Issue.objects.get(pk=issues[number].pk), Act.ACCEPT, edition=1, by=by, at=NOW)

    after_each_other(lambda: accept(0, media_head), lambda: accept(1, coo))

    assert Assignment.objects.filter(kpi__code=CODE, department=media).count() == 1
    assert Promise.objects.filter(is_kept=True).count() == 2
