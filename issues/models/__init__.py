from issues.models.agreement import HOUSE, Agreement, Terms
from issues.models.attachment import Attachment
from issues.models.escalation import Escalation
from issues.models.issue import Issue, Severity
from issues.models.move import Move
from issues.models.promise import Promise
from issues.models.topic import IssueTopic
from issues.models.view import SavedView

__all__ = [
    "Attachment",
    "HOUSE",
    "Agreement",
    "Escalation",
    "Issue",
    "IssueTopic",
    "Move",
    "Promise",
    "SavedView",
    "Severity",
    "Terms",
]
