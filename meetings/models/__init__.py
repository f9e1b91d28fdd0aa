from meetings.models.deadline import Deadline
from meetings.models.draft import StatusDraft
from meetings.models.reading import StatusReading
from meetings.models.status import PlanReview, StatusItem, WeeklyStatus
from meetings.models.topic import StatusTopic

__all__ = ["Deadline", "PlanReview", "StatusDraft", "StatusItem", "StatusReading", "StatusTopic", "WeeklyStatus"]
