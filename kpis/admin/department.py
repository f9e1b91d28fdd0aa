from django.contrib import admin

from departments.admin import DepartmentAdmin
from departments.models import Department
from kpis.admin.waking import Waking

admin.site.unregister(Department)  # those who keep the tree know nothing of KPIs, and moving one changes their totals


@admin.register(Department)
class MovableDepartmentAdmin(Waking, DepartmentAdmin):
    pass
