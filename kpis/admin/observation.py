from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.html import format_html

from departments.admin.console import ReadOnly, Which
from departments.models import Department
from kpis.admin.exported import Exported
from kpis.admin.target import without_zeros
from kpis.models import Batch, Kpi, Observation


class FirstPages(Paginator):
    """Counts no further than anybody turns pages: there may be millions of rows."""

    most = 10_000

    @cached_property
    def count(self):
        return self.object_list.order_by()[: self.most].count()


class ListOnly(ReadOnly):
    list_display_links = None
    paginator = FirstPages
    show_full_result_count = False

    def get_urls(self):  # a row by its number alone would be looked for in the whole table
        return [url for url in super().get_urls() if (url.name or "").endswith("_changelist")]


class State(Which):
    kinds = {"current": "Current", "superseded": "Superseded"}

    def current(self, observations):
        return observations.current()

    def superseded(self, observations):
        return observations.exclude(superseded_in=None)


@admin.register(Observation)
class ObservationAdmin(Exported, ListOnly):
    columns = {
        "kpi": "kpi__code",
        "department": "department__slug",
        "for": "date",
        "reference": "reference",
        "value": "value",
        "numerator": "numerator",
        "denominator": "denominator",
        "note": "note",
        "recorded at": "recorded_at",
        "recorded by": "batch__recorded_by__username",
        "source": "batch__source",
        "file": "batch__file_name",
        "row": "row",
        "superseded at": "superseded_at",
    }
    list_display = ["of", "department", "date", "number", "recorded", "superseded", "words"]
    list_filter = [State, "kpi", "department"]
    list_select_related = ["kpi", "department", "batch", "superseded_in"]
    search_fields = ["kpi__code", "kpi__name", "department__name"]
    ordering = ["-id"]
    sortable_by = []

    def get_search_results(self, request, queryset, search_term):
        """What the words mean first, few rows: then no word is looked for in millions."""
        for word in search_term.split():
            kpis = Kpi.objects.filter(Q(code__icontains=word) | Q(name__icontains=word)).values_list("pk", flat=True)
            departments = Department.objects.filter(name__icontains=word).values_list("pk", flat=True)
            queryset = queryset.filter(Q(kpi__in=list(kpis)) | Q(department__in=list(departments)))
        return queryset, False

    @admin.display(description="KPI")
    def of(self, observation):
        kpi = reverse("admin:kpis_kpi_change", args=[observation.kpi_id])
        return format_html('<a href="{}">{}</a>', kpi, observation.kpi)

    @admin.display(description="value")
    def number(self, observation):
        if observation.value is not None:
            return without_zeros(observation.value)
        return f"{without_zeros(observation.numerator)} / {without_zeros(observation.denominator)}"

    @admin.display
    def recorded(self, observation):
        return moment_and_batch(observation.recorded_at, observation.batch)

    @admin.display(empty_value="")
    def superseded(self, observation):
        ended = observation.superseded_in
        return moment_and_batch(observation.superseded_at, ended) if ended else None

    @admin.display(description="reference, note", empty_value="")
    def words(self, observation):
        return " · ".join(filter(None, [observation.reference, observation.note])) or None


def moment_and_batch(moment, batch):
    written = date_format(timezone.localtime(moment), "DATETIME_FORMAT")
    return format_html('{} in <a href="{}">{}</a>', written, reverse("kpis:batch", args=[batch.pk]), batch)


@admin.register(Batch)
class BatchAdmin(ListOnly):
    list_display = ["recorded_at", "source", "recorded_by", "file_name", "reason", "reverses", "observations"]
    list_filter = ["source"]
    list_select_related = ["recorded_by", "reverses"]
    search_fields = ["file_name", "reason", "recorded_by__username", "recorded_by__name"]
    ordering = ["-recorded_at"]
    sortable_by = []

    @admin.display
    def observations(self, batch):
        return format_html(
            '<a href="{}?batch={}">Observations</a>', reverse("admin:kpis_observation_changelist"), batch.pk
        )
