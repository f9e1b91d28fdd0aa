"""What a calendar program finds at a secret address, read by a library that such programs are made of."""

from datetime import UTC, date, datetime, time, timedelta

import icalendar
import pytest
import recurring_ical_events
from django.test import Client

from meetings.models import CalendarFeed, Series
from meetings.recurrence import Plan
from meetings.selectors.calendar import occurrences
from meetings.selectors.series import edition
from meetings.services.rescheduling import cancel_meeting, move_meeting
from meetings.services.scheduling import end_series, reschedule
from tests import make
from tests.clock import NOW

MONDAY, SECOND, THIRD = date(2026, 11, 23), date(2026, 11, 30), date(2026, 12, 7)
YEAR = timedelta(days=365)


@pytest.fixture
def series(coo, agency, designer):
    return make.series(designer, title="Heads", zone="Europe/Berlin", starts_on=MONDAY)


def read(feed, client=None) -> icalendar.Calendar:
    answer = (client or Client()).get(f"/calendar/{feed.secret}.ics")
    assert answer.status_code == 200
    return icalendar.Calendar.from_ical(answer.content)


def seen(calendar, since=NOW, until=NOW + YEAR) -> list[tuple]:
    found = recurring_ical_events.of(calendar).between(since, until)
    times = ((each["DTSTART"].dt.astimezone(UTC), each["DTEND"].dt.astimezone(UTC)) for each in found)
    return sorted((begins, (ends - begins).seconds // 60) for begins, ends in times)


def ours(series) -> list[tuple]:
    series.refresh_from_db()
    found = occurrences([series], NOW, NOW + YEAR)
    return [(each.starts_at, each.minutes) for each in found if not each.is_cancelled]


def at(coo):
    return {"by": coo, "at": NOW}


def move(series, slot, day, coo, hour=15, minutes=45):
    was = next(each.starts_at for each in occurrences([series], NOW, NOW + YEAR) if each.slot == slot)
    said = {"day": day, "starts_at": time(hour), "minutes": minutes, "zone": "Europe/Berlin", "was": was}
    return move_meeting(series, slot, **said, **at(coo))


def test_a_calendar_shows_the_meetings_that_there_are(series, designer, coo):
    move(series, SECOND, date(2026, 12, 1), coo)
    cancel_meeting(series, THIRD, why="A fair.", **at(coo))
    tuesdays = Plan(date(2027, 2, 2), time(14), 30, "America/New_York", "FREQ=MONTHLY;BYDAY=-1TU")
    reschedule(series, tuesdays, was=edition(series), **at(coo))
    assert seen(read(make.feed(designer))) == ours(series)
    end_series(series, last_day=date(2027, 6, 1), was=edition(series), **at(coo))
    assert seen(read(make.feed(designer))) == ours(series)
    assert len(ours(series)) == 14


@pytest.mark.parametrize(
    "rule",
    [
        "", "FREQ=WEEKLY;COUNT=5", "FREQ=WEEKLY;UNTIL=20261221", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
        "FREQ=DAILY;INTERVAL=3;BYDAY=TU", "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=-1",
    ],
)  # fmt: skip
def test_each_kind_of_rule_is_read_as_it_was_meant(rule, coo, agency, designer):
    series = make.series(designer, zone="Europe/Berlin", starts_on=MONDAY, rule=rule)
    assert seen(read(make.feed(designer))) == ours(series)
    later = Plan(date(2026, 12, 14), time(8), 60, "UTC", "FREQ=WEEKLY;BYDAY=WE")
    reschedule(series, later, was=edition(series), **at(coo))
    assert seen(read(make.feed(designer))) == ours(series)
    assert ours(series)


def test_names_stay_and_numbers_rise(series, designer, coo):
    feed = make.feed(designer)
    before = read(feed).events
    move(series, SECOND, date(2026, 12, 1), coo)
    after = read(feed).events
    assert {each["UID"] for each in after} == {each["UID"] for each in before}
    assert after[0]["SEQUENCE"] > before[0]["SEQUENCE"]
    assert after[0]["DTSTAMP"].dt == after[0]["LAST-MODIFIED"].dt == NOW
    assert read(feed).events[0]["SEQUENCE"] == after[0]["SEQUENCE"]


def test_words_are_inert(coo, agency, designer):
    title = "Budget, „A; B“\\\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:No"
    make.series(designer, title=title[:80])
    (event,) = read(make.feed(designer)).events
    assert str(event["SUMMARY"]) == "Budget, „A; B“\\ END:VEVENT BEGIN:VEVENT SUMMARY:No"


def test_a_feed_has_the_meetings_of_its_owner_or_of_its_series_alone(series, coo, designer, creative_head):
    make.series(creative_head, title="Others")
    mine = make.series(designer, title="Mine")
    titles = lambda feed: {str(each["SUMMARY"]) for each in read(feed).events}
    assert titles(make.feed(designer)) == {"Heads", "Mine"}
    assert titles(make.feed(designer, mine)) == {"Mine"}


def dead(feed) -> bool:
    return Client().get(f"/calendar/{feed.secret}.ics").status_code == 404


def test_a_feed_needs_nobody_to_be_signed_in_and_is_never_kept(series, designer):
    answer = Client().get(f"/calendar/{make.feed(designer).secret}.ics")
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies
    assert CalendarFeed.objects.get().read_at == NOW


def test_who_knows_no_address_finds_nothing(series, designer):
    feed = make.feed(designer)
    assert feed.secret not in str(CalendarFeed.objects.values())
    for guess in ("x", feed.hint, feed.digest, feed.secret[:-1], feed.secret.swapcase()):
        assert Client().get(f"/calendar/{guess}.ics").status_code == 404


@pytest.mark.parametrize(
    "leaving", [{"is_active": False}, {"leaves_on": date(2026, 11, 17)}], ids=["deactivated", "left"]
)
def test_a_feed_is_dead_at_once_when_its_owner_is_gone(leaving, series, designer):
    feeds = [make.feed(designer), make.feed(designer, series)]
    assert not any(map(dead, feeds))
    for name, value in leaving.items():
        setattr(designer, name, value)
    designer.save()
    assert all(map(dead, feeds))


def test_a_feed_of_a_series_is_dead_when_its_owner_is_invited_no_more(series, designer):
    one, own = make.feed(designer, series), make.feed(designer)
    series.invited.all().delete()
    assert dead(one)
    assert read(own).events == []


def test_an_address_is_replaced_and_revoked_on_its_page(client, series, designer):
    client.force_login(designer)
    first, second = (client.post("/calendar/", {"series": series.pk}).context["address"] for _ in range(2))
    path = lambda address: "/" + address.split("/", 3)[3]
    assert [Client().get(path(each)).status_code for each in (first, second)] == [404, 200]
    assert second not in client.get("/calendar/").text
    client.post(f"/calendar/feeds/{CalendarFeed.objects.live().get().pk}/revocation/")
    assert Client().get(path(second)).status_code == 404


def test_nobody_makes_a_feed_of_a_series_beyond_their_reach(client, series, media_head):
    client.force_login(media_head)
    assert client.post("/calendar/", {"series": series.pk}).status_code == 404
    assert client.post("/calendar/", {"series": "9" * 30}).status_code == 404
    assert "Heads" not in client.get("/calendar/").text


def test_many_series_take_no_more_questions_than_one(series, designer, django_assert_num_queries):
    feed = make.feed(designer)
    client = Client()
    read(feed, client)
    with django_assert_num_queries(12, exact=False) as asked:
        read(feed, client)
    for _ in range(5):
        make.series(designer)
    with django_assert_num_queries(len(asked), exact=False):
        read(feed, client)
    assert Series.objects.count() == 6


def test_a_meeting_on_a_day_without_one_in_the_schedule_is_an_event_of_its_own(series, designer, coo):
    wednesday = datetime(2026, 11, 25, 9, tzinfo=UTC)
    make.meeting(series, MONDAY).series.meetings.update(slot=wednesday.date(), starts_at=wednesday)
    assert seen(read(make.feed(designer))) == ours(series)
    assert len([each for each in ours(series) if each[0].date() < SECOND]) == 2
