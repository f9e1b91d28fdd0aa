from meetings.views.answering import StatusAcknowledgement
from meetings.views.board import Board
from meetings.views.comments import StatusComments
from meetings.views.history import StatusHistory
from meetings.views.status import StatusDetail
from meetings.views.writing import StatusDraftSaving, StatusReversal, StatusWriting

__all__ = [
    "Board",
    "StatusAcknowledgement",
    "StatusComments",
    "StatusDetail",
    "StatusDraftSaving",
    "StatusHistory",
    "StatusReversal",
    "StatusWriting",
]
