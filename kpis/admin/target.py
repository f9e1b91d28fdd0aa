from django import forms
from django.contrib import admin
from django.db.models import Q
from django.utils import timezone

from departments.admin.console import Console, Inline, Rows, Which
from kpis.admin.exported import Exported
from kpis.models import Target
from kpis.services.targets import TargetSuperseded, change_target, end_target


class TargetForm(forms.ModelForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in {"lower", "upper"} & set(self.initial):
            self.initial[name] = without_zeros(self.initial[name])


def without_zeros(value):
    if value is None:
        return None
    return value.quantize(1) if value == value.to_integral_value() else value.normalize()


class Targets(Rows):
    def clean(self):
        super().clean()
        seen = set()
        for form in self.kept():
            stretch = (form.instance.department_id, form.instance.starts_on, form.instance.ends_on)
            if stretch in seen:
                form.add_error(None, "Another row gives a target for the same days.")
            seen.add(stretch)

    def save_new(self, form, commit=True):
        form.instance.recorded_by, form.instance.recorded_at = self.by, self.at
        return super().save_new(form, commit=commit)

    def save_existing(self, form, obj, commit=True):
        return change_target(form.instance, by=self.by, at=self.at)

    def delete_existing(self, obj, commit=True):
        end_target(obj, by=self.by, at=self.at)


class TargetInline(Inline):
    model = Target
    form = TargetForm
    formset = Targets
    related = ["kpi", "department"]
    fields = ["department", "starts_on", "ends_on", "lower", "upper", "reason"]
    ordering = ["department__position", "department__name", "starts_on"]
    verbose_name_plural = "targets (past exceptions, and what was changed, are in the list of targets)"

    def get_queryset(self, request):
        current = super().get_queryset(request).current()
        return current.filter(Q(ends_on=None) | Q(ends_on__gte=timezone.localdate()))


class State(Which):
    kinds = {"standing": "Standing", "exceptions": "Exceptions", "superseded": "Superseded"}

    def standing(self, targets):
        return targets.current().filter(ends_on=None)

    def exceptions(self, targets):
        return targets.current().exclude(ends_on=None)

    def superseded(self, targets):
        return targets.exclude(superseded_at=None)


@admin.register(Target)
class TargetAdmin(Exported, Console):
    conflicts = (*Console.conflicts, TargetSuperseded)
    columns = {
        "kpi": "kpi__code",
        "department": "department__slug",
        "from": "starts_on",
        "to": "ends_on",
        "at least": "lower",
        "at most": "upper",
        "reason": "reason",
        "recorded at": "recorded_at",
        "recorded by": "recorded_by__username",
        "superseded at": "superseded_at",
        "superseded by": "superseded_by__username",
    }
    form = TargetForm
    list_display = [
        "kpi", "for_whom", "starts_on", "least", "most", "ends_on", "reason",
        "recorded_at", "recorded_by", "superseded_at", "superseded_by",
    ]  # fmt: skip
    list_filter = [State, "department"]
    list_select_related = ["kpi", "department", "recorded_by", "superseded_by"]
    search_fields = ["kpi__code", "kpi__name"]
    ordering = ["kpi__code", "-starts_on", "-recorded_at"]
    fields = ["kpi", "department", "starts_on", "ends_on", "lower", "upper", "reason"]

    def get_readonly_fields(self, request, obj=None):
        return ["kpi"] if obj else []

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (obj is None or obj.superseded_at is None)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and (obj is None or obj.superseded_at is None)

    def save_model(self, request, obj, form, change):
        if change:
            change_target(obj, by=request.user, at=timezone.now())
            return
        obj.recorded_by, obj.recorded_at = request.user, timezone.now()
        obj.save()

    def delete_model(self, request, obj):
        end_target(obj, by=request.user, at=timezone.now())

    def render_change_form(self, request, context, *args, **kwargs):
        context["show_save_and_continue"] = False  # what is saved is another row
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="department", ordering="department__name")
    def for_whom(self, target):
        return target.department or "all"

    @admin.display(description="at least", ordering="lower")
    def least(self, target):
        return without_zeros(target.lower)

    @admin.display(description="at most", ordering="upper")
    def most(self, target):
        return without_zeros(target.upper)
