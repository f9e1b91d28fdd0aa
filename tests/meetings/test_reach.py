"""Whatever an item or a sentence speaks of: who does not reach that reads it nowhere."""

from datetime import timedelta

import pytest

from departments.models import Notification
from issues.models import Measure
from meetings.models.agenda import About
from meetings.parts import Part
from meetings.selectors.subjects import MASKED
from meetings.services.attending import be_there
from meetings.services.closing import close_meeting
from meetings.services.deciding import Decided, decide
from meetings.services.memos import draft
from meetings.services.noting import save_note
from meetings.services.running import open_meeting
from tests import make
from tests.clock import NOW, TODAY

PLACES = ["", "running/", "running/?item={item}", "running/?item={other}", "running/state/?item={item}", "minutes/"]
PLACES += ["minutes/minutes.md"]


def measure(kpi, creative):
    days = {"effective_on": TODAY, "look_on": TODAY + timedelta(days=9)}
    said = {"kind": "tool", "way": "up", "size": 1, "what": "A tool", "made_at": NOW}
    return Measure.objects.create(kpi=kpi, department=creative, made_by=make.user(), **days, **said)


@pytest.fixture
def subjects(coo, creative, creative_head):
    """One of Creative's of each kind: Media reaches none of them."""
    other, kpi = make.department("Traffic"), make.kpi(creative)
    return {
        "signal": make.signal(kpi, creative),
        "issue": make.issue(creative, other),
        "risk": make.risk(creative),
        "commitment": make.commitment(creative_head, other),
        "measure": measure(kpi, creative),
        "status": make.status(creative, week=make.weeks_ago(1)),
        "department": creative,
    }


@pytest.fixture
def guest(media):
    return make.user("guest", department=media)


def spoken_of(name, subjects, guest):
    """A meeting with an item about it, and one about nothing with a sentence about it."""
    meeting = make.meeting(make.series(guest, sections=[(Part.TALK, 5)]), make.weeks_ago(0))
    item = make.agenda_item(meeting, "CANARY", words="CANARY", url="/canary/", **{name: subjects[name]})
    other = make.agenda_item(meeting, "Open to all")
    other.lines.create(position=1, words="CANARY", url="/canary/", **{name: subjects[name]})
    return meeting, item, other


def held(meeting, item, by, guest):
    open_meeting(meeting, by=by, at=NOW)
    meeting.refresh_from_db()
    be_there(meeting, guest, writing=None, at=NOW)
    save_note(item, "CANARY", base=0, by=by, at=NOW)
    decide(item, Decided("CANARY", "CANARY", TODAY), key="a", by=by, at=NOW)


@pytest.mark.parametrize("name", [field.name for field in About._meta.fields if field.is_relation])
def test_it_is_read_on_no_page_and_in_no_mail(client, name, subjects, guest, coo):
    meeting, item, other = spoken_of(name, subjects, guest)
    draft(meeting, at=NOW)
    held(meeting, item, coo, guest)
    for who, reads in ((guest, False), (coo, True)):
        client.force_login(who)
        for place in PLACES:
            page = client.get(meeting.url + place.format(item=item.pk, other=other.pk))
            assert page.status_code == 200
            assert ("canary" in page.text.lower()) == reads, place
        assert ("canary" in client.get("/meetings/next/").text.lower()) is False or reads
    close_meeting(meeting, by=coo, at=NOW)
    for key in ("memo", "minutes"):
        told = {each.to: each.text for each in Notification.objects.filter(key__startswith=key)}
        assert "CANARY" not in told[guest]
        assert MASKED in told[guest]
        assert "CANARY" in told[coo]


@pytest.mark.parametrize("name", ["signal", "issue", "risk"])
def test_on_its_own_page_no_meeting_is_told_that_its_reader_is_not_in(client, name, subjects, guest, designer, coo):
    meeting, *_ = spoken_of(name, subjects, guest)
    subject = subjects[name]
    page = {"signal": "/signals/{}/", "issue": "/issues/{}/", "risk": "/risks/{}/"}[name].format(subject.pk)
    for who, is_told in ((designer, False), (coo, True)):
        client.force_login(who)
        assert (str(meeting) in client.get(page).text) == is_told
    client.force_login(guest)
    assert client.get(f"/meetings/items/new/?{name}={subject.pk}").status_code == 404
