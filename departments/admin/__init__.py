from departments.admin.department import DepartmentAdmin
from departments.admin.signing_in import AccessAttemptAdmin, AccessLogAdmin
from departments.admin.token import ApiTokenAdmin
from departments.admin.user import UserAdmin

__all__ = ["AccessAttemptAdmin", "AccessLogAdmin", "ApiTokenAdmin", "DepartmentAdmin", "UserAdmin"]
