"""Invitations by mail, as a real server receives them, read by what calendar programs are made of."""

from datetime import UTC, date, datetime, time, timedelta

import icalendar
import pytest
import recurring_ical_events

from departments.models import Delivery, Mailing, Mute, Notification
from departments.services.delivering import deliver
from meetings.models import Invitation
from meetings.recurrence import Plan
from meetings.selectors.calendar import occurrences
from meetings.selectors.series import edition
from meetings.services.agenda import MeetingRefused
from meetings.services.inviting import tell_all, tell_of
from meetings.services.rescheduling import cancel_meeting, move_meeting, reinstate_meeting
from meetings.services.scheduling import Guest, change_series, end_series, reschedule, resume_series, start_series
from tests import make
from tests.clock import NOW

MONDAY, SECOND = date(2026, 11, 23), date(2026, 11, 30)
PLAN = Plan(MONDAY, time(9), 60, "Europe/Berlin", "FREQ=WEEKLY")


class Program:
    """A calendar program: it keeps what it is sent, by name and by which one it is, unless it knows better."""

    def __init__(self):
        self.known = {}

    def take(self, mail):
        (found,) = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
        sent = icalendar.Calendar.from_ical(found.get_content())
        assert found.get_param("method") == sent["METHOD"]
        assert len({str(event["UID"]) for event in sent.events}) == 1
        for event in sent.events:
            self.put(event, sent["METHOD"])

    def put(self, event, method):
        name = str(event["UID"])
        instead = event["RECURRENCE-ID"].dt if "RECURRENCE-ID" in event else None
        before = self.known.get((name, instead))
        assert before is None or event["SEQUENCE"] >= before["SEQUENCE"]
        if method == "CANCEL" and instead is None:
            self.known = {key: each for key, each in self.known.items() if key[0] != name}
        elif method == "CANCEL":
            self.known.pop((name, instead), None)
            main = self.known[name, None]
            main.add("exdate", instead)
        else:
            if instead is None:
                self.known = {key: each for key, each in self.known.items() if key[0] != name}
            else:
                self.restore(name, instead)
            self.known[name, instead] = event

    def restore(self, name, instead):
        main = self.known[name, None]
        left_out = main.pop("EXDATE", [])
        for group in left_out if isinstance(left_out, list) else [left_out]:
            for each in group.dts:
                if each.dt != instead:
                    main.add("exdate", each.dt)

    def shows(self) -> list[tuple]:
        calendar = icalendar.Calendar()
        for event in self.known.values():
            calendar.add_component(event)
        found = recurring_ical_events.of(calendar).between(NOW, NOW + timedelta(days=100))
        return sorted((each["DTSTART"].dt.astimezone(UTC), minutes(each)) for each in found)


def minutes(event) -> int:
    return (event["DTEND"].dt - event["DTSTART"].dt).seconds // 60


@pytest.fixture
def by(coo, agency):
    return {"by": coo, "at": NOW}


@pytest.fixture
def series(by, coo, agency, designer):
    coo.email, designer.email = "coo@example.org", "designer@example.org"
    coo.save()
    designer.save()
    said = {"title": "Heads", "department": agency, "chair": coo, "plan": PLAN}
    return start_series(**said, guests=[Guest("person", user=designer)], **by)


def delivered(post_office) -> list:
    """What arrives, by and by, in a mail box that was emptied before."""
    post_office.received.clear()
    deliver(clock=lambda: NOW)
    return [mail for mail in post_office.received if mail["To"] == "designer@example.org"]


def ours(series) -> list[tuple]:
    series.refresh_from_db()
    found = occurrences([series], NOW, NOW + timedelta(days=100))
    return [(each.starts_at, each.minutes) for each in found if not each.is_cancelled]


def move(series, by, was=datetime(2026, 11, 23, 8, tzinfo=UTC), hour=15):
    said = {"day": date(2026, 11, 25), "starts_at": time(hour), "minutes": 45, "zone": "Europe/Berlin"}
    return move_meeting(series, MONDAY, **said, was=was, **by)


def test_whoever_belongs_to_a_new_series_is_invited_once_at_once(series, by, post_office):
    mails = delivered(post_office)
    assert [mail["Subject"] for mail in mails] == [
        "Invitation: Heads, every Monday, 09:00, 60 minutes, from Mon 23 Nov 2026"
    ]
    assert {each["To"] for each in post_office.received} == {"coo@example.org", "designer@example.org"}
    tell_of(series, at=NOW)
    tell_all(at=NOW)
    assert delivered(post_office) == []


def test_an_invitation_is_text_html_something_to_answer_and_a_file(series, post_office):
    (mail,) = delivered(post_office)
    kinds = [part.get_content_type() for part in mail.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html", "text/calendar", "application/ics"]
    assert [part.get_filename() for part in mail.iter_attachments()] == ["invite.ics"]
    (file,) = mail.iter_attachments()
    event = icalendar.Calendar.from_ical(file.get_content()).events[0]
    assert str(event["ATTENDEE"]) == "mailto:designer@example.org"
    assert event["ATTENDEE"].params["PARTSTAT"] == "NEEDS-ACTION"
    assert (event["STATUS"], str(event["ORGANIZER"])[:7]) == ("CONFIRMED", "mailto:")


def test_a_calendar_that_takes_every_mail_shows_what_there_is(series, by, designer, post_office):
    program = Program()

    def follows(what=""):
        for mail in delivered(post_office):
            program.take(mail)
        assert program.shows() == ours(series), what

    follows("invited")
    move(series, by)
    follows("moved")
    move(series, by, was=datetime(2026, 11, 25, 14, tzinfo=UTC), hour=16)
    follows("moved again")
    cancel_meeting(series, SECOND, why="A fair.", **by)
    follows("cancelled")
    reinstate_meeting(series, SECOND, **by)
    follows("reinstated")
    later = Plan(date(2026, 12, 8), time(10), 30, "UTC", "FREQ=WEEKLY;BYDAY=TU;COUNT=5")
    reschedule(series, later, was=edition(series), **by)
    follows("rescheduled")
    reschedule(series, later._replace(starts_on=date(2026, 12, 1)), was=edition(series), **by)
    follows("rescheduled from an earlier day on")
    end_series(series, last_day=date(2026, 12, 15), was=edition(series), **by)
    follows("ended")
    resume_series(series, **by)
    follows("resumed")
    change_series(series, title="Heads", chair=by["by"], guests=[], shares=[], was=edition(series), **by)
    for mail in delivered(post_office):
        program.take(mail)
    assert program.shows() == []


def test_other_clocks_than_the_agencys_are_named(by, agency, designer, post_office):
    designer.email = "designer@example.org"
    designer.save()
    said = {"title": "New York", "department": agency, "chair": by["by"], "guests": [Guest("person", user=designer)]}
    series = start_series(**said, plan=PLAN._replace(zone="America/New_York"), **by)
    cancel_meeting(series, SECOND, why="A fair.", **by)
    assert sorted(mail["Subject"] for mail in delivered(post_office)) == [
        "Cancelled: New York, Mon 30 Nov 2026, 09:00 America/New_York",
        "Invitation: New York, every Monday, 09:00 America/New_York, 60 minutes, from Mon 23 Nov 2026",
    ]


def test_only_what_changed_is_told(series, by, post_office):
    delivered(post_office)
    move(series, by)
    assert [mail["Subject"] for mail in delivered(post_office)] == [
        "Moved: Heads, Wed 25 Nov 2026, 15:00 instead of Mon 23 Nov 2026, 09:00"
    ]
    cancel_meeting(series, SECOND, why="A fair.", **by)
    (mail,) = delivered(post_office)
    assert mail["Subject"] == "Cancelled: Heads, Mon 30 Nov 2026, 09:00"
    assert "METHOD:CANCEL" in str(mail)


def test_who_comes_in_by_a_headship_is_invited_and_who_leaves_it_is_told(
    by, coo, agency, creative, designer, post_office
):
    designer.email = "designer@example.org"
    designer.save()
    said = {"title": "Heads", "department": agency, "chair": by["by"], "plan": PLAN}
    start_series(**said, guests=[Guest("heads", department=agency)], **by)
    headship = creative.headships.create(user=designer, starts_on=date(2026, 11, 1))
    assert tell_all(at=NOW) == 1
    headship.delete()
    assert tell_all(at=NOW) == 1
    assert tell_all(at=NOW) == 0
    subjects = [mail["Subject"] for mail in delivered(post_office)]
    assert [subject.partition(":")[0] for subject in subjects] == ["Invitation", "You are not invited any more"]
    creative.headships.create(user=designer, starts_on=date(2026, 11, 1))
    assert tell_all(at=NOW) == 1
    assert len(delivered(post_office)) == 1


def test_for_a_head_who_is_away_nobody_is_invited_for_good(by, coo, agency, creative, creative_head, designer):
    creative.headships.create(user=designer, kind="deputy", starts_on=date(2026, 1, 1))
    make.absence(creative_head, date(2026, 11, 16), date(2026, 11, 20))
    said = {"title": "Heads", "department": agency, "chair": coo, "plan": PLAN}
    start_series(**said, guests=[Guest("heads", department=agency)], **by)
    assert set(Invitation.objects.values_list("user", flat=True)) == {coo.pk, creative_head.pk}


def test_who_muted_meetings_or_wants_no_mail_finds_it_in_their_list_alone(series, by, designer, post_office):
    Mute.objects.create(user=designer, kind="meeting", muted_at=NOW)
    assert delivered(post_office) == []
    Mute.objects.all().delete()
    Mailing.objects.create(user=designer, is_on=False)
    move(series, by)
    assert delivered(post_office) == []
    assert Notification.objects.filter(to=designer).count() == 2


def test_a_calendar_hears_of_it_though_its_owner_read_it_first(series, designer, post_office):
    designer.notifications.update(read_at=NOW)
    assert len(delivered(post_office)) == 1


def test_what_the_server_refused_is_tried_again_and_arrives_once(series, post_office):
    post_office.answers = ["451 Later"]
    assert delivered(post_office) == []
    for minute in (2, 4, 6):
        deliver(clock=lambda minute=minute: NOW + timedelta(minutes=minute))
    assert sorted(mail["To"] for mail in post_office.received) == ["coo@example.org", "designer@example.org"]
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


def test_other_news_goes_in_a_mail_of_its_own(series, designer, post_office):
    for subject in ("One", "Two"):
        make.notification(designer, subject=subject, urgent=True)
    subjects = [mail["Subject"] for mail in delivered(post_office)]
    assert subjects == [
        "2 notifications: One, …",
        "Invitation: Heads, every Monday, 09:00, 60 minutes, from Mon 23 Nov 2026",
    ]


def test_words_in_a_title_stay_words(by, coo, agency, post_office):
    coo.email = "coo@example.org"
    coo.save()
    said = {"title": "A\r\nBcc: all@example.org\r\nMETHOD:CANCEL", "department": agency, "chair": coo, "plan": PLAN}
    start_series(**said, **by)
    deliver(clock=lambda: NOW)
    (mail,) = post_office.received
    assert mail["Bcc"] is None
    assert "Bcc: all@example.org METHOD:CANCEL" in mail["Subject"]
    (found,) = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    assert found.get_param("method") == "REQUEST"


def test_what_is_undone_is_not_told(by, series, post_office):
    delivered(post_office)
    with pytest.raises(MeetingRefused, match="expected a day from today on"):
        move_meeting(
            series, MONDAY, day=date(2026, 1, 1), starts_at=time(9), minutes=60, zone="UTC",
            was=datetime(2026, 11, 23, 8, tzinfo=UTC), **by,
        )  # fmt: skip
    assert delivered(post_office) == []
