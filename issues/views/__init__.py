from issues.views.agreements import AgreementPage, Agreements
from issues.views.attachments import AttachmentAdding, AttachmentFile, AttachmentRemoval, AttachmentRestoration
from issues.views.eventlogs import EventLogDetail, EventLogList
from issues.views.friction import FrictionMatrix
from issues.views.issue import IssueComments, IssueDetail, MoveMaking
from issues.views.listing import Board, IssueList
from issues.views.raising import Raising
from issues.views.triage import Triage, ViewRemoval, ViewSaving

__all__ = [
    "AgreementPage",
    "Agreements",
    "AttachmentAdding",
    "AttachmentFile",
    "AttachmentRemoval",
    "AttachmentRestoration",
    "Board",
    "EventLogDetail",
    "EventLogList",
    "FrictionMatrix",
    "IssueComments",
    "IssueDetail",
    "IssueList",
    "MoveMaking",
    "Raising",
    "Triage",
    "ViewRemoval",
    "ViewSaving",
]
