from django.contrib import admin
from django.core.paginator import Paginator
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html

from departments.admin.console import ReadOnly, Which
from kpis.admin.target import without_zeros
from kpis.models import Batch, Observation


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
class ObservationAdmin(ListOnly):
    list_display = [
        "of", "department", "date", "reference", "number", "note",
        "recorded_at", "batch", "superseded_at", "superseded_in",
    ]  # fmt: skip
    list_filter = [State, "kpi", "department"]
    list_select_related = ["kpi", "department", "batch", "superseded_in"]
    ordering = ["kpi_id", "department_id", "date", "recorded_at"]  # as the index has them
    sortable_by = []

    @admin.display(description="KPI")
    def of(self, observation):
        kpi = reverse("admin:kpis_kpi_change", args=[observation.kpi_id])
        return format_html('<a href="{}">{}</a>', kpi, observation.kpi)

    @admin.display(description="value")
    def number(self, observation):
        if observation.value is not None:
            return without_zeros(observation.value)
        return f"{without_zeros(observation.numerator)} / {without_zeros(observation.denominator)}"


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
