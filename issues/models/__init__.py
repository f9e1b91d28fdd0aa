from issues.models.agreement import HOUSE, Agreement, Terms
from issues.models.escalation import Escalation
from issues.models.issue import Issue, Severity
from issues.models.move import Move
from issues.models.promise import Promise
from issues.models.risk import Appetite, Risk, RiskClosure, RiskScore
from issues.models.risk_topic import RiskTopic
from issues.models.topic import IssueTopic

__all__ = [
    "HOUSE",
    "Agreement",
    "Appetite",
    "Escalation",
    "Issue",
    "IssueTopic",
    "Move",
    "Promise",
    "Risk",
    "RiskClosure",
    "RiskScore",
    "RiskTopic",
    "Severity",
    "Terms",
]
