from issues.views.issue import IssueComments, IssueDetail, MoveMaking
from issues.views.listing import Board, IssueList
from issues.views.raising import Raising
from issues.views.risk import (
    Appetites,
    RiskChange,
    RiskClosing,
    RiskComments,
    RiskDetail,
    RiskReopening,
    RiskReview,
    RiskStart,
)
from issues.views.risks import ReviewQueue, RiskList, RiskMatrix

__all__ = [
    "Appetites",
    "Board",
    "IssueComments",
    "IssueDetail",
    "IssueList",
    "MoveMaking",
    "Raising",
    "ReviewQueue",
    "RiskChange",
    "RiskClosing",
    "RiskComments",
    "RiskDetail",
    "RiskList",
    "RiskMatrix",
    "RiskReopening",
    "RiskReview",
    "RiskStart",
]
