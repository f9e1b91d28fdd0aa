from issues.views.agreements import AgreementPage, Agreements
from issues.views.attachments import AttachmentAdding, AttachmentFile, AttachmentRemoval, AttachmentRestoration
from issues.views.issue import IssueComments, IssueDetail, MoveMaking
from issues.views.listing import Board, IssueList
from issues.views.raising import Raising
from issues.views.triage import Triage, ViewRemoval, ViewSaving

__all__ = [
    "AttachmentAdding",
    "AttachmentFile",
    "AttachmentRemoval",
    "AttachmentRestoration",
    "AgreementPage",
    "Agreements",
    "Board",
    "IssueComments",
    "IssueDetail",
    "IssueList",
    "MoveMaking",
    "Raising",
    "Triage",
    "ViewRemoval",
    "ViewSaving",
]
