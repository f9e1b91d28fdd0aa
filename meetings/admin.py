from django.contrib import admin

from departments.admin.console import Recorded
from meetings.models import Deadline


@admin.register(Deadline)
class DeadlineAdmin(Recorded):
    list_display = ["__str__", "weekday", "time"]

    def has_add_permission(self, request):
        return super().has_add_permission(request) and not Deadline.objects.exists()

    def has_delete_permission(self, request, obj=None):
        return False
