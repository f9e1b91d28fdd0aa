from meetings.models.agenda import AgendaItem, AgendaLine, Decision, ItemCommitment, Note, Vote
from meetings.models.attending import Attendance, Presence, Rating
from meetings.models.deadline import Deadline
from meetings.models.draft import StatusDraft
from meetings.models.feed import CalendarFeed, Invitation
from meetings.models.meeting import Meeting
from meetings.models.reading import StatusReading
from meetings.models.series import Invited, Schedule, Section, Series
from meetings.models.status import PlanReview, StatusItem, WeeklyStatus
from meetings.models.taken import Taken
from meetings.models.topic import StatusTopic

__all__ = [
    "AgendaItem",
    "AgendaLine",
    "Attendance",
    "CalendarFeed",
    "Deadline",
    "Decision",
    "Invitation",
    "Invited",
    "ItemCommitment",
    "Meeting",
    "Note",
    "PlanReview",
    "Presence",
    "Rating",
    "Schedule",
    "Section",
    "Series",
    "StatusDraft",
    "StatusItem",
    "StatusReading",
    "StatusTopic",
    "Taken",
    "Vote",
    "WeeklyStatus",
]
