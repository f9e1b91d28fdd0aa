"""Lays down how the demo agency meets: its heads every Monday, the COO with the head of Creative, the quarter."""

from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.utils import timezone

from dashboard.demo.agency import ROOT
from departments.models import Notification
from meetings.models import Decision, Invited, Meeting, Schedule, Section, Series
from meetings.parts import OUTLINES, Part
from meetings.selectors.participants import participants
from meetings.services.agenda import Asked, add_item, on_record
from meetings.services.attending import correct_attendance, rate
from meetings.services.closing import close_meeting
from meetings.services.deciding import Decided, decide, promise
from meetings.services.memos import AHEAD, draft
from meetings.services.noting import save_note
from meetings.services.running import go_on, open_meeting

NOTED = [
    "- Brandt & Cie thanked for the launch\n- two freelancers found for December",
    "Silent ones are asked again today; what is late gets a new date **with a reason**.",
    "Timesheets: reminder on Thursday at noon from now on.",
    "Plans that are carried a third time go to the issues.",
]
DECIDED = ("Sign-off goes to one person on the client's side.", "Fewer rounds, and an answer within two days.")
PROMISED = "A name for each client who signs off"
RATED = {"coo": (8, "Two issues settled."), "creative": (7, ""), "media": (6, "Too long on the first issue.")}
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
    hold_it(on_record(heads, monday - timedelta(weeks=1)), departments, people)
    Notification.objects.filter(kind="meeting").update(read_at=now)
    coming = on_record(heads, monday + timedelta(weeks=1))
    asked = Asked("Who covers the days between the years", 10, "To decide: one person per department.")
    add_item(coming, asked, by=people["media"], at=now)
    draft(coming, at=now)


def hold_it(meeting: Meeting, departments: dict, people: dict):
    """As it went: item by item, a little over time, with what was written down, decided and promised."""
    coo, at = people["coo"], meeting.starts_at
    draft(meeting, at=at - AHEAD)
    open_meeting(meeting, by=coo, at=at)
    for number, item in enumerate(meeting.items.scheduled().in_order()):
        meeting.refresh_from_db()
        at += timedelta(minutes=item.minutes + number % 3 - 1)
        if number < len(NOTED):
            save_note(item, NOTED[number], base=0, by=coo, at=at)
        if item.part == Part.ISSUES and not Decision.objects.exists():
            words, expects = DECIDED
            said = Decided(words, expects, timezone.localdate(at) + timedelta(weeks=12))
            decide(item, said, key="decision", by=coo, at=at)
            due_on = timezone.localdate(at) + timedelta(days=11)
            told = {"who": people["creative"], "what": PROMISED, "due_on": due_on, "to": departments["traffic"]}
            promise(item, **told, key="promise", by=coo, at=at)
        go_on(meeting, leaving=item.pk, done=item.part != Part.TALK, by=coo, at=at)
    there = [person for person in participants(meeting.series, on=meeting.slot) if person != people["it"]]
    correct_attendance(meeting, there, by=coo, at=at)
    close_meeting(meeting, by=coo, at=at)
    for name, (score, why) in RATED.items():
        rate(meeting, score=score, why=why, by=people[name], at=at + timedelta(minutes=5))


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
