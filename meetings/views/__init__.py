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
from meetings.views.status import StatusDetail
from meetings.views.taking import Taking
from meetings.views.writing import StatusDraftSaving, StatusReversal, StatusWriting

__all__ = [
    "Arranging",
    "Board",
    "ItemAllotment",
    "ItemRemoval",
    "ItemRestoration",
    "MeetingList",
    "MeetingPage",
    "MemoDrafting",
    "StatusAcknowledgement",
    "StatusComments",
    "StatusDetail",
    "StatusDraftSaving",
    "StatusHistory",
    "StatusReversal",
    "StatusWriting",
    "Taking",
]
