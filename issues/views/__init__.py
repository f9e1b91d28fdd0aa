from issues.views.commitment import CommitmentComments, CommitmentDetail, DoneUndoing, EntryMaking
from issues.views.committing import Committing
from issues.views.issue import IssueComments, IssueDetail, MoveMaking
from issues.views.ledger import CommitmentList, CommitmentsKept, MyCommitments
from issues.views.listing import Board, IssueList
from issues.views.raising import Raising

__all__ = [
    "Board",
    "CommitmentComments",
    "CommitmentDetail",
    "CommitmentList",
    "CommitmentsKept",
    "Committing",
    "DoneUndoing",
    "EntryMaking",
    "IssueComments",
    "IssueDetail",
    "IssueList",
    "MoveMaking",
    "MyCommitments",
    "Raising",
]
