from meetings.views.answering import StatusAcknowledgement
from meetings.views.board import Board
from meetings.views.comments import StatusComments
from meetings.views.feeds import Feed, FeedRevocation, Feeds
from meetings.views.history import StatusHistory
from meetings.views.measuring import DecisionMeasure
from meetings.views.meeting import (
    Arranging,
    ItemAllotment,
    ItemRemoval,
    ItemRestoration,
    MeetingList,
    MeetingPage,
    MemoDrafting,
    NextMeeting,
)
from meetings.views.minutes import AttendanceCorrected, MinutesPage, MinutesText, RatingIt
from meetings.views.moving import MeetingCancellation, MeetingMove, MeetingReinstatement
from meetings.views.noting import Amending, Deciding, Noting, Promising
from meetings.views.running import RunningPage, RunningState
from meetings.views.series import (
    SeriesChange,
    SeriesEnd,
    SeriesPage,
    SeriesResumption,
    SeriesSchedule,
    SeriesStart,
)
from meetings.views.status import StatusDetail
from meetings.views.stepping import Closing, Current, Finished, GoingOn, Opening, Ordering, Voting
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
    "DecisionMeasure",
    "Feed",
    "FeedRevocation",
    "Feeds",
    "Finished",
    "GoingOn",
    "ItemAllotment",
    "ItemRemoval",
    "ItemRestoration",
    "MeetingCancellation",
    "MeetingList",
    "MeetingMove",
    "MeetingPage",
    "MeetingReinstatement",
    "MemoDrafting",
    "MinutesPage",
    "MinutesText",
    "NextMeeting",
    "Noting",
    "Opening",
    "Ordering",
    "Promising",
    "RatingIt",
    "RunningPage",
    "RunningState",
    "SeriesChange",
    "SeriesEnd",
    "SeriesPage",
    "SeriesResumption",
    "SeriesSchedule",
    "SeriesStart",
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
