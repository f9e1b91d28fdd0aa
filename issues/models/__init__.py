from issues.models.agreement import HOUSE, Agreement, Terms
from issues.models.attachment import Attachment, FileChange
from issues.models.commitment import Commitment
from issues.models.entry import Entry, Reason
from issues.models.escalation import Escalation
from issues.models.eventlog import EventCase, EventGroup, EventLog, Handover
from issues.models.issue import Issue, Severity
from issues.models.measure import Measure, MeasureWithdrawal
from issues.models.mediation import Answer, FollowUp, Mediation, Position, Proposal, Settlement
from issues.models.move import Move
from issues.models.promise import Promise
from issues.models.risk import Appetite, Risk, RiskClosure, RiskScore
from issues.models.risk_topic import RiskTopic
from issues.models.topic import CommitmentTopic, IssueTopic
from issues.models.view import SavedView

__all__ = [
    "Agreement",
    "Answer",
    "Appetite",
    "Attachment",
    "Commitment",
    "CommitmentTopic",
    "Entry",
    "Escalation",
    "EventCase",
    "EventGroup",
    "EventLog",
    "FileChange",
    "FollowUp",
    "HOUSE",
    "Handover",
    "Issue",
    "IssueTopic",
    "Measure",
    "MeasureWithdrawal",
    "Mediation",
    "Move",
    "Position",
    "Promise",
    "Proposal",
    "Reason",
    "Risk",
    "RiskClosure",
    "RiskScore",
    "RiskTopic",
    "SavedView",
    "Settlement",
    "Severity",
    "Terms",
]
