from meetings.views.answering import StatusAcknowledgement
from meetings.views.board import Board
from meetings.views.comments import StatusComments
from meetings.views.history import StatusHistory
from meetings.views.meeting import (
    Arranging,
    ItemAllotment,
    ItemRemoval,
    ItemRestoration,
    MeetingList,
    MeetingPage,
    MemoDrafting,
)
from meetings.views.minutes import AttendanceCorrected, MinutesPage, MinutesText, RatingIt
from meetings.views.noting import Amending, Deciding, Noting, Promising
from meetings.views.running import (
    Closing,
    Current,
    Finished,
    GoingOn,
    Opening,
    Ordering,
    RunningPage,
    RunningState,
    Voting,
)
from meetings.views.status import StatusDetail
from meetings.views.taking import Taking
from meetings.views.writing import StatusDraftSaving, StatusReversal, StatusWriting

__all__ = [
    "Amending",
    "Arranging",
    "AttendanceCorrected",
    "Board",
    "Closing",
    "Current",
    "Deciding",
    "Finished",
    "GoingOn",
    "ItemAllotment",
    "ItemRemoval",
    "ItemRestoration",
    "MeetingList",
    "MeetingPage",
    "MemoDrafting",
    "MinutesPage",
    "MinutesText",
    "Noting",
    "Opening",
    "Ordering",
    "Promising",
    "RatingIt",
    "RunningPage",
    "RunningState",
    "StatusAcknowledgement",
    "StatusComments",
    "StatusDetail",
    "StatusDraftSaving",
    "StatusHistory",
    "StatusReversal",
    "StatusWriting",
    "Taking",
    "Voting",
]
