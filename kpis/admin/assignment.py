from django.contrib import admin
from django.utils import timezone

from departments.admin.console import Inline, Recorded, Spans, Which
from kpis.admin.exported import Exported
from kpis.models import Assignment


class AssignmentInline(Inline):
    model = Assignment
    formset = Spans
    related = ["kpi", "department"]
    fields = ["department", "starts_on", "ends_on"]
    ordering = ["department__position", "department__name", "starts_on"]


class State(Which):
    kinds = {"now": "Now", "later": "Later", "over": "Over"}

    def now(self, assignments):
        return assignments.on(timezone.localdate())

    def later(self, assignments):
        return assignments.filter(starts_on__gt=timezone.localdate())

    def over(self, assignments):
        return assignments.filter(ends_on__lt=timezone.localdate())


@admin.register(Assignment)
class AssignmentAdmin(Exported, Recorded):
    columns = {"kpi": "kpi__code", "department": "department__slug", "starts_on": "starts_on", "ends_on": "ends_on"}
    list_display = ["kpi", "department", "starts_on", "ends_on"]
    list_filter = [State, "department"]
    list_select_related = ["kpi", "department"]
    search_fields = ["kpi__code", "kpi__name"]
    ordering = ["kpi__code", "department__name", "starts_on"]
    fields = ["kpi", "department", "starts_on", "ends_on"]
