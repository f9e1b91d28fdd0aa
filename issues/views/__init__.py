from issues.views.agreements import AgreementPage, Agreements
from issues.views.issue import IssueComments, IssueDetail, MoveMaking
from issues.views.listing import Board, IssueList
from issues.views.mediation import Answering, Deciding, FollowingUp, MediationPage, PositionWriting, Proposing
from issues.views.raising import Raising

__all__ = [
    "AgreementPage",
    "Agreements",
    "Answering",
    "Board",
    "Deciding",
    "FollowingUp",
    "IssueComments",
    "IssueDetail",
    "IssueList",
    "MediationPage",
    "MoveMaking",
    "PositionWriting",
    "Proposing",
    "Raising",
]
