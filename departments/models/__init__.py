from departments.models.absence import Absence, Pause
from departments.models.calendar import BusinessCalendar, Holiday
from departments.models.delivery import Delivery, Webhook
from departments.models.department import Department
from departments.models.headship import Headship
from departments.models.mailing import Mailing, Mute
from departments.models.notification import Notification
from departments.models.thread import Comment, Resolution, Thread, Wording
from departments.models.token import ApiToken
from departments.models.user import User

__all__ = [
    "Absence",
    "ApiToken",
    "BusinessCalendar",
    "Comment",
    "Delivery",
    "Department",
    "Headship",
    "Holiday",
    "Mailing",
    "Mute",
    "Notification",
    "Pause",
    "Resolution",
    "Thread",
    "User",
    "Webhook",
    "Wording",
]
