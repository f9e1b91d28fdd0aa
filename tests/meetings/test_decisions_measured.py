"""Whether a decision worked is told by the values, where somebody says by which."""

from datetime import date

import pytest

from issues.models import Measure
from kpis.services.rollups import drain
from meetings.models import Decision
from meetings.services.deciding import Decided, amend
from tests import make
from tests.clock import NOW

SAID = {
    "series": "briefs@creative", "what": "Two art directors per pitch", "kind": "staffing", "way": "up", "size": "10",
    "effective_on": "2026-11-16", "look_on": "2027-03-01",
}  # fmt: skip


@pytest.fixture
def decision(coo, creative, creative_head):
    kpi = make.kpi(creative, code="briefs", name="Briefs", direction="up", starts_on=make.weeks_ago(40))
    make.observations(kpi, creative, {make.weeks_ago(n): 10 + n % 3 for n in range(1, 27)})
    drain(now=NOW)
    item = make.agenda_item(make.meeting(make.series(creative_head)))
    return item.decisions.create(
        words="Two art directors per pitch", revisit_on=date(2027, 3, 1), recorded_at=NOW, recorded_by=coo
    )


def address(decision):
    return f"{decision.item.meeting.url}decisions/{decision.pk}/measure/"


def test_a_decision_gets_a_measure_with_what_is_known_filled_in(client, decision, creative_head):
    client.force_login(creative_head)
    form = client.get(address(decision))
    assert "Two art directors per pitch" in form.text
    assert "2027-03-01" in form.text
    answer = client.post(address(decision), SAID)
    decision.refresh_from_db()
    assert answer.headers["Location"] == decision.measure.url
    assert (decision.measure.what, decision.measure.look_on) == ("Two art directors per pitch", date(2027, 3, 1))


def test_it_gets_one_alone(client, decision, creative_head):
    client.force_login(creative_head)
    client.post(address(decision), SAID)
    page = client.post(address(decision), SAID | {"size": "12"})
    assert "is on record already" in page.text
    assert Measure.objects.count() == 1


def test_a_decision_that_was_amended_keeps_its_measure_and_the_old_one_takes_none(client, decision, creative_head, coo):
    client.force_login(creative_head)
    client.post(address(decision), SAID)
    newer = amend(decision, Decided("Three art directors"), by=coo, at=NOW)
    assert newer.measure == Measure.objects.get()
    assert client.get(address(decision)).status_code == 404


def test_the_loop_of_the_measure_leads_to_the_meeting(client, decision, creative_head):
    client.force_login(creative_head)
    client.post(address(decision), SAID)
    decision.refresh_from_db()
    page = client.get(decision.measure.url).text
    assert f'href="{decision.item.meeting.url}#item-{decision.item.pk}"' in page
    assert decision.measure.url in client.get(f"{decision.item.meeting.url}minutes/").text


def test_whoever_reads_it_but_leads_no_department_measures_nothing(client, decision, creative, designer):
    decision.item.meeting.series.invited.create(who="staff", department=creative)
    client.force_login(designer)
    assert client.get(address(decision)).status_code == 404
    assert Decision.objects.get().measure is None
