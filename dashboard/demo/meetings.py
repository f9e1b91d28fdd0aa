"""Lays down how the demo agency meets: its heads every Monday, the COO with the head of Creative, the quarter."""

from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.utils import timezone

from dashboard.demo.agency import ROOT
from meetings.models import Invited, Schedule, Section, Series
from meetings.parts import OUTLINES
from meetings.services.agenda import Asked, add_item, on_record
from meetings.services.memos import draft

HEADS_SINCE, TALKS_SINCE, QUARTERS_SINCE = timedelta(weeks=26), timedelta(weeks=10), timedelta(weeks=26)


def meet(departments: dict, people: dict, on: date, now: datetime):
    monday, coo = on - timedelta(days=on.weekday()), people["coo"]
    agency, creative = departments[ROOT], departments["creative"]
    heads = lay(OUTLINES["heads"], agency, coo, monday - HEADS_SINCE, time(9), {"who": "heads", "department": agency})
    thursday = monday + timedelta(days=3)
    lay(
        OUTLINES["one-to-one"]._replace(title="One-to-one: Creative"),
        creative, coo, thursday - TALKS_SINCE, time(10, 30), {"who": "head", "department": creative},
    )  # fmt: skip
    review = lay(OUTLINES["review"], agency, coo, monday - QUARTERS_SINCE + timedelta(days=1), time(14),
                 {"who": "heads", "department": agency})  # fmt: skip
    Invited.objects.create(series=review, who=Invited.Who.ROLE, role="executive")
    coming = on_record(heads, monday + timedelta(weeks=1))
    asked = Asked("Who covers the days between the years", 10, "To decide: one person per department.")
    add_item(coming, asked, by=people["media"], at=now)
    draft(coming, at=now)


def lay(outline, department, chair, starts_on: date, at: time, invited: dict) -> Series:
    made_at = timezone.make_aware(datetime.combine(starts_on - timedelta(days=7), time(11)))
    series = Series.objects.create(
        title=outline.title, department=department, chair=chair, made_at=made_at, made_by=chair
    )
    Schedule.objects.create(
        series=series, starts_on=starts_on, starts_at=at, minutes=outline.minutes, zone=settings.TIME_ZONE,
        rule=outline.rule, recorded_at=made_at, recorded_by=chair,
    )  # fmt: skip
    Invited.objects.create(series=series, **invited)
    for position, (part, minutes) in enumerate(outline.parts, 1):
        Section.objects.create(series=series, position=position, part=part, title=part.words, minutes=minutes)
    return series
