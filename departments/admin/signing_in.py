import allauth.account.admin  # noqa: F401  registers what is taken out here
from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from axes.admin import AccessAttemptAdmin as AttemptAdmin
from axes.admin import AccessLogAdmin as LogAdmin
from axes.models import AccessAttempt, AccessLog
from django.contrib import admin

from departments.admin.console import ReadOnly

admin.site.login = secure_admin_login(admin.site.login)  # one way in, with its limits
admin.site.unregister(EmailAddress)  # an address belongs to its user


@admin.register(AccessAttempt)
class AccessAttemptAdmin(AttemptAdmin):
    actions = []  # deleting the row lets somebody try again
    date_hierarchy = None

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(AccessLog)
class AccessLogAdmin(ReadOnly, LogAdmin):
    date_hierarchy = None
