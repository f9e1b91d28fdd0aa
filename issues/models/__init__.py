from issues.models.agreement import HOUSE, Agreement, Terms
from issues.models.attachment import Attachment
from issues.models.escalation import Escalation
from issues.models.eventlog import EventCase, EventGroup, EventLog, Handover
from issues.models.issue import Issue, Severity
from issues.models.mediation import Answer, FollowUp, Mediation, Position, Proposal, Settlement
from issues.models.move import Move
from issues.models.promise import Promise
from issues.models.topic import IssueTopic
from issues.models.view import SavedView

__all__ = [
    "Agreement",
    "Answer",
    "Attachment",
    "Escalation",
    "EventCase",
    "EventGroup",
    "EventLog",
    "FollowUp",
    "HOUSE",
    "Handover",
    "Issue",
    "IssueTopic",
    "Mediation",
    "Move",
    "Position",
    "Promise",
    "Proposal",
    "SavedView",
    "Settlement",
    "Severity",
    "Terms",
]
