from departments.admin.calendar import AbsenceAdmin, BusinessCalendarAdmin, HolidayAdmin, PauseAdmin
from departments.admin.department import DepartmentAdmin
from departments.admin.notices import DeliveryAdmin, NotificationAdmin, WebhookAdmin
from departments.admin.signing_in import AccessAttemptAdmin, AccessLogAdmin
from departments.admin.token import ApiTokenAdmin
from departments.admin.user import UserAdmin

__all__ = [
    "AbsenceAdmin",
    "AccessAttemptAdmin",
    "AccessLogAdmin",
    "ApiTokenAdmin",
    "BusinessCalendarAdmin",
    "DeliveryAdmin",
    "DepartmentAdmin",
    "HolidayAdmin",
    "NotificationAdmin",
    "PauseAdmin",
    "UserAdmin",
    "WebhookAdmin",
]
