from issues.models.agreement import HOUSE, Agreement, Terms
from issues.models.commitment import Commitment
from issues.models.entry import Entry, Reason
from issues.models.escalation import Escalation
from issues.models.issue import Issue, Severity
from issues.models.move import Move
from issues.models.promise import Promise
from issues.models.topic import CommitmentTopic, IssueTopic

__all__ = [
    "HOUSE",
    "Agreement",
    "Commitment",
    "CommitmentTopic",
    "Entry",
    "Escalation",
    "Issue",
    "IssueTopic",
    "Move",
    "Promise",
    "Reason",
    "Severity",
    "Terms",
]
