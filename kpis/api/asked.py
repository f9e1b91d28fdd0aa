"""What addresses of the API ask for."""

from datetime import date

from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination

KPI = OpenApiParameter("kpi", str, required=True, description="The KPI's code.")
DEPARTMENT = OpenApiParameter("department", str, required=True, description="The department's slug.")
FROM = OpenApiParameter("from", date, description="Periods that start on this day or later.")
AS_KNOWN_ON = OpenApiParameter(
    "as_known_on",
    date,
    description="As it stood on record at the end of that day: values, targets, phases, events and definitions.",
)
TO = OpenApiParameter("to", date, description="Periods that start on this day or earlier.")


class Pages(CursorPagination):
    """By number, newest first: thousands of rows share a moment, but none its number."""

    page_size = 1000
    ordering = "-id"

    def decode_cursor(self, request):
        cursor = super().decode_cursor(request)
        if cursor and cursor.position and not cursor.position.isdecimal():
            raise NotFound(self.invalid_cursor_message)
        return cursor


class Within(filters.ModelChoiceFilter):
    """A row that this user reaches, by its name in addresses; any other does not exist."""

    def __init__(self, model, name, **kwargs):
        super().__init__(queryset=self.reachable, to_field_name=name, **kwargs)
        self.model_within = model
        self.extra["error_messages"] = {"invalid_choice": f"Expected the {name} of a {model._meta.verbose_name}."}

    def reachable(self, request):
        return self.model_within.objects.reachable_by(request.user, on=timezone.localdate())
