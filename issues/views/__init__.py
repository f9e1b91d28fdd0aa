from issues.views.agreements import AgreementPage, Agreements
from issues.views.assessing import Appetites, RiskChange, RiskClosing, RiskReopening, RiskReview, RiskStart
from issues.views.attachments import AttachmentAdding, AttachmentFile, AttachmentRemoval, AttachmentRestoration
from issues.views.changing import IssueChange
from issues.views.commitment import CommitmentComments, CommitmentDetail, DoneUndoing, EntryMaking
from issues.views.committing import Committing
from issues.views.effects import EffectLedger, MeasureDetail, MeasureStart, Restoring, Withdrawing
from issues.views.eventlogs import EventLogDetail, EventLogList, EventLogRemoval
from issues.views.friction import FrictionMatrix
from issues.views.issue import IssueComments, IssueDetail, MoveMaking
from issues.views.ledger import CommitmentList, CommitmentsKept, MyCommitments
from issues.views.listing import Board, IssueList
from issues.views.mediation import Answering, Deciding, FollowingUp, MediationPage, PositionWriting, Proposing
from issues.views.raising import Raising
from issues.views.risk import RiskComments, RiskDetail
from issues.views.risks import ReviewQueue, RiskList, RiskMatrix
from issues.views.triage import Triage, ViewRemoval, ViewSaving

__all__ = [
    "AgreementPage",
    "Agreements",
    "Answering",
    "Appetites",
    "AttachmentAdding",
    "AttachmentFile",
    "AttachmentRemoval",
    "AttachmentRestoration",
    "Board",
    "CommitmentComments",
    "CommitmentDetail",
    "CommitmentList",
    "CommitmentsKept",
    "Committing",
    "Deciding",
    "DoneUndoing",
    "EffectLedger",
    "EntryMaking",
    "EventLogDetail",
    "EventLogList",
    "EventLogRemoval",
    "FollowingUp",
    "FrictionMatrix",
    "IssueChange",
    "IssueComments",
    "IssueDetail",
    "IssueList",
    "MeasureDetail",
    "MeasureStart",
    "MediationPage",
    "MoveMaking",
    "MyCommitments",
    "PositionWriting",
    "Proposing",
    "Raising",
    "Restoring",
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
    "Triage",
    "ViewRemoval",
    "ViewSaving",
    "Withdrawing",
]
