"""When meetings are, and who belongs to them."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from meetings.models import Invited, Meeting, Series
from meetings.selectors.calendar import next_of, occurrences
from meetings.selectors.participants import is_led_by, participants
from meetings.services.agenda import NoSuchMeeting, on_record
from tests import make
from tests.clock import NOW, TODAY

MONDAY = date(2026, 11, 23)


def at(day, hour=9):
    return datetime.combine(day, time(hour), tzinfo=UTC)


def test_a_weekly_series_has_a_meeting_a_week(coo, agency):
    series = make.series()
    found = occurrences([series], NOW, NOW + timedelta(weeks=3))
    assert [each.starts_at for each in found] == [at(MONDAY), at(date(2026, 11, 30)), at(date(2026, 12, 7))]


def test_what_was_moved_is_where_it_was_moved_to(coo, agency):
    series = make.series()
    make.meeting(series, starts_at=at(date(2026, 11, 26)), moved_at=NOW, moved_by=coo)
    found = occurrences([series], NOW, NOW + timedelta(weeks=2))
    assert [(each.slot, each.starts_at, each.is_moved) for each in found] == [
        (MONDAY, at(date(2026, 11, 26)), True),
        (date(2026, 11, 30), at(date(2026, 11, 30)), False),
    ]


def test_what_was_moved_out_of_sight_is_not_seen_twice(coo, agency):
    series = make.series()
    make.meeting(series, starts_at=at(date(2027, 3, 1)), moved_at=NOW, moved_by=coo)
    assert [each.slot for each in occurrences([series], NOW, NOW + timedelta(weeks=2))] == [date(2026, 11, 30)]
    far = occurrences([series], at(date(2027, 3, 1), 0), at(date(2027, 3, 2), 0))
    assert [each.slot for each in far] == [MONDAY, date(2027, 3, 1)]


def test_another_schedule_takes_over_from_its_day(coo, agency):
    series = make.series()
    series.schedules.create(
        starts_on=date(2026, 12, 1), starts_at=time(14), minutes=30, zone="UTC", rule="FREQ=WEEKLY", recorded_at=NOW
    )
    found = occurrences([series], NOW, at(date(2026, 12, 9)))
    assert [each.starts_at for each in found] == [
        at(MONDAY), at(date(2026, 11, 30)), at(date(2026, 12, 1), 14), at(date(2026, 12, 8), 14),
    ]  # fmt: skip


def test_an_ended_series_has_no_meeting_after_its_last_day(coo, agency):
    series = make.series()
    Series.objects.update(ended_on=MONDAY)
    series.refresh_from_db()
    assert [each.slot for each in occurrences([series], NOW, NOW + timedelta(weeks=9))] == [MONDAY]
    assert next_of(series, at=at(date(2026, 11, 24))) is None


def test_a_meeting_is_put_on_record_once(coo, agency):
    series = make.series()
    assert on_record(series, MONDAY) == on_record(series, MONDAY)
    assert Meeting.objects.get().starts_at == at(MONDAY)
    with pytest.raises(NoSuchMeeting, match="has no meeting on 24 November 2026"):
        on_record(series, date(2026, 11, 24))


def test_each_hour_keeps_its_clock_through_daylight_saving(coo, agency):
    series = make.series(starts_on=date(2027, 3, 22), zone="Europe/Berlin")
    found = occurrences([series], at(date(2027, 3, 1)), at(date(2027, 4, 1)))
    assert [each.starts_at.hour for each in found] == [8, 7]


def test_whoever_is_invited_comes(coo, ceo, creative, media, creative_head, media_head, designer, agency):
    series = make.series(designer)
    Invited.objects.create(series=series, who="role", role="executive")
    Invited.objects.create(series=series, who="heads", department=agency)
    assert set(participants(series, on=TODAY)) == {coo, ceo, creative_head, media_head, designer}


def test_for_a_head_who_is_away_the_deputy_comes(coo, creative, creative_head, designer, agency):
    creative.headships.create(user=designer, kind="deputy", starts_on=date(2026, 1, 1))
    make.absence(creative_head, date(2026, 11, 16), date(2026, 11, 20))
    series = make.series()
    Invited.objects.create(series=series, who="head", department=creative)
    assert set(participants(series, on=TODAY)) == {coo, designer}
    assert set(participants(series, on=MONDAY)) == {coo, creative_head}


@pytest.mark.parametrize(
    ("invitation", "reaching"),
    [
        ({"who": "head"}, {"creative-head", "coo"}),
        ({"who": "heads"}, {"creative-head", "coo"}),
        ({"who": "staff"}, {"creative-head", "designer", "coo"}),
        ({"who": "role", "role": "executive", "department": None}, {"ceo", "coo"}),
    ],
)
def test_whoever_is_invited_reaches_it_and_nobody_else(
    invitation, reaching, coo, ceo, creative, creative_head, media_head, designer
):
    series = make.series()
    Invited.objects.create(series=series, **{"department": creative, **invitation})
    everybody = [coo, ceo, creative_head, media_head, designer]
    found = {user.username for user in everybody if Series.objects.reachable_by(user, on=TODAY).exists()}
    assert found == reaching


def test_a_series_is_led_by_its_chair_the_head_of_its_department_and_the_coo(
    coo, creative, creative_head, media_head, designer
):
    series = make.series(media_head, department=creative, chair=designer)
    leads = [is_led_by(series, user, on=TODAY) for user in (coo, creative_head, designer, media_head)]
    assert leads == [True, True, True, False]
