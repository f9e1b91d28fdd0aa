from django.contrib import admin, messages
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format

from departments.admin.console import Recorded, Tables, Which
from kpis import tasks
from kpis.admin.assignment import AssignmentInline
from kpis.admin.formula import FormulaInline
from kpis.admin.target import TargetInline
from kpis.admin.waking import Waking
from kpis.models import Assignment, Formula, Kpi, Target
from kpis.models.kpi import HEADLINES
from kpis.resources import AnyTable, Definitions
from kpis.services.defining import SINCE_EVER
from kpis.services.formulas import FormulaSuperseded, needed
from kpis.services.targets import TargetSuperseded


class State(Which):
    kinds = {"live": "In use", "retired": "Retired"}

    def live(self, kpis):
        return kpis.live(on=timezone.localdate())

    def retired(self, kpis):
        return kpis.filter(retired_on__lte=timezone.localdate())


def is_spoken_of(kpi: Kpi) -> bool:
    return any(kpi.code in codes for codes in needed(ever=True).values())


@admin.register(Kpi)
class KpiAdmin(Waking, Tables, Recorded):
    conflicts = (*Recorded.conflicts, FormulaSuperseded, TargetSuperseded)
    resource_classes = [Definitions]
    import_formats = [AnyTable]
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
            {"fields": ["unit", "decimals", "direction", "numerator_name", "denominator_name", "per", "least", "most"]},
        ),
        ("How it adds up", {"fields": ["recorded", "cadence", "over_time", "over_departments"]}),
        ("Until", {"fields": ["retired_on"]}),
    ]
    inlines = [FormulaInline, AssignmentInline, TargetInline]

    def get_readonly_fields(self, request, obj=None):
        return ["code"] if obj and is_spoken_of(obj) else []  # formulas call it by its code

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        count = Kpi.objects.live(on=timezone.localdate()).filter(headline=True).count()
        if obj.headline and "headline" in form.changed_data and count > HEADLINES:
            room = f"the overview shows {HEADLINES} of them, and a link to the others"
            messages.warning(request, f"There are {count} headline KPIs now: {room}.")

    def has_delete_permission(self, request, obj=None):  # what was ever recorded is retired, not deleted
        return super().has_delete_permission(request, obj) and not (
            obj and (obj.observations.exists() or is_spoken_of(obj))
        )

    def save_formset(self, request, form, formset, change):
        if formset.model in (Formula, Target):
            formset.by, formset.at = request.user, timezone.now()
        super().save_formset(request, form, formset, change)

    def process_result(self, result, request):
        transaction.on_commit(tasks.wake)
        return super().process_result(result, request)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        kpi, today = form.instance, timezone.localdate()
        if kpi.assignments.exists():
            return
        if change:
            messages.warning(request, f"No department measures {kpi} any more: nobody is asked for its values.")
            return
        since = SINCE_EVER if kpi.is_formula else today  # what is worked out is asked of nobody
        Assignment.objects.create(kpi=kpi, department=kpi.owner, starts_on=since)
        since = date_format(since)
        messages.info(request, f"{kpi.owner} measures {kpi} from {since} on, because no department was named.")
