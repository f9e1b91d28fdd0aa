"""Two who take, withdraw, bring back or tell of a measure at the same moment: two connections of PostgreSQL."""

import pytest
from django.db import connection

from departments.models import Notification
from issues.models import Measure, MeasureWithdrawal
from issues.services.looking_again import tell_effects
from issues.services.measuring import AlreadyWithdrawn, bring_back, withdraw
from kpis.models import Phase
from tests import make
from tests.clock import NOW
from tests.issues.test_effects import handed_in, weeks_ago
from tests.kpis.test_comment_races import after_each_other

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one write at a time: nothing can race."),
]


@pytest.fixture
def kpi(creative, creative_head):
    return make.kpi(creative)


@pytest.mark.parametrize("begun", [False, True], ids=["a phase begins", "one began there already"])
def test_sent_twice_at_once_it_is_one_measure_with_one_phase(kpi, creative, creative_head, begun):
    if begun:
        make.phase(kpi, department=creative, starts_on=weeks_ago(13))

    def take():
        return make.measure(kpi, creative, by=creative_head)

    after_each_other(take, take)
    assert Measure.objects.count() == Phase.objects.count() == 1


def test_two_who_take_another_one_on_the_same_day_have_one_phase(kpi, creative, creative_head, coo):
    after_each_other(
        lambda: make.measure(kpi, creative, "More hands", by=creative_head),
        lambda: make.measure(kpi, creative, "A new tool", by=coo),
    )
    assert Measure.objects.count() == 2
    assert Phase.objects.current().count() == 1
    assert Measure.objects.filter(phase=None).get().what == "A new tool"


def test_of_two_who_withdraw_at_once_one_is_told(kpi, creative, creative_head, coo):
    measure = make.measure(kpi, creative)

    def second():
        with pytest.raises(AlreadyWithdrawn, match="Coo withdrew it already"):
            withdraw(Measure.objects.get(), "Never begun.", by=creative_head, at=NOW)

    after_each_other(lambda: withdraw(measure, "Wrong.", by=coo, at=NOW), second)
    assert MeasureWithdrawal.objects.count() == 1
    assert not Phase.objects.current()


def test_brought_back_twice_at_once_it_has_one_phase(kpi, creative, coo):
    measure = make.measure(kpi, creative)
    withdraw(measure, "Wrong.", by=coo, at=NOW)
    after_each_other(lambda: bring_back(measure, by=coo, at=NOW), lambda: bring_back(measure, by=coo, at=NOW))
    assert Measure.objects.get().phase == Phase.objects.current().get()


def test_two_who_tell_at_once_tell_each_once(kpi, creative, creative_head, coo):
    handed_in(kpi, creative, after=112)
    make.measure(kpi, creative)
    after_each_other(lambda: tell_effects(now=NOW), lambda: tell_effects(now=NOW))
    assert sorted(Notification.objects.values_list("to__username", flat=True)) == ["coo", "creative-head"]
