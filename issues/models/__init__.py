from issues.models.agreement import HOUSE, Agreement, Terms
from issues.models.escalation import Escalation
from issues.models.issue import Issue, Severity
from issues.models.mediation import Answer, FollowUp, Mediation, Position, Proposal, Settlement
from issues.models.move import Move
from issues.models.promise import Promise
from issues.models.topic import IssueTopic

__all__ = [
    "HOUSE",
    "Agreement",
    "Answer",
    "Escalation",
    "FollowUp",
    "Issue",
    "IssueTopic",
    "Mediation",
    "Move",
    "Position",
    "Promise",
    "Proposal",
    "Settlement",
    "Severity",
    "Terms",
]
