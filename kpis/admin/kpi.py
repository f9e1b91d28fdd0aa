from django.contrib import admin
from django.utils import timezone

from departments.admin.console import Recorded, Tables, Which
from kpis.admin.assignment import AssignmentInline
from kpis.admin.target import TargetInline
from kpis.models import Kpi, Target
from kpis.resources import Definitions
from kpis.services.targets import TargetSuperseded


class State(Which):
    kinds = {"live": "In use", "retired": "Retired"}

    def live(self, kpis):
        return kpis.live(on=timezone.localdate())

    def retired(self, kpis):
        return kpis.filter(retired_on__lte=timezone.localdate())


@admin.register(Kpi)
class KpiAdmin(Tables, Recorded):
    conflicts = (*Recorded.conflicts, TargetSuperseded)
    resource_classes = [Definitions]
    list_display = [
        "code",
        "name",
        "owner",
        "cadence",
        "direction",
        "over_time",
        "over_departments",
        "headline",
        "retired_on",
    ]
    list_filter = ["owner", "category", "cadence", "direction", "headline", State]
    list_select_related = ["owner"]
    search_fields = ["code", "name"]
    ordering = ["position", "name", "code"]
    fieldsets = [
        (None, {"fields": ["code", "name", "description", "owner", "category", "headline", "position"]}),
        (
            "What it measures",
            {"fields": ["unit", "decimals", "direction", "numerator_name", "denominator_name", "per"]},
        ),
        ("How it adds up", {"fields": ["recorded", "cadence", "over_time", "over_departments"]}),
        ("Since and until", {"fields": ["starts_on", "retired_on"]}),
    ]
    inlines = [AssignmentInline, TargetInline]

    def has_delete_permission(self, request, obj=None):  # what was ever recorded is retired, not deleted
        return super().has_delete_permission(request, obj) and not (obj and obj.observations.exists())

    def save_formset(self, request, form, formset, change):
        if formset.model is Target:
            formset.by, formset.at = request.user, timezone.now()
        super().save_formset(request, form, formset, change)
