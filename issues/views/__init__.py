from issues.views.agreements import AgreementPage, Agreements
from issues.views.issue import IssueComments, IssueDetail, MoveMaking
from issues.views.listing import Board, IssueList
from issues.views.raising import Raising

__all__ = ["AgreementPage", "Agreements", "Board", "IssueComments", "IssueDetail", "IssueList", "MoveMaking", "Raising"]
