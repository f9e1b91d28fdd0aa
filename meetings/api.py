"""/api/v1/statuses: what departments said of their weeks, as it stands."""

from django import forms
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import mixins, serializers, viewsets

from departments.api import KnownParameters
from departments.models import Department
from kpis.api.asked import Pages, Within
from kpis.given import DayFilter
from meetings import weeks
from meetings.models import PlanReview, StatusItem, WeeklyStatus

KINDS, OUTCOMES = StatusItem.Kind.values, PlanReview.Outcome.values


class WeekInAddress(forms.CharField):
    def to_python(self, value):
        if not (text := super().to_python(value)):
            return None
        try:
            return weeks.read(text)
        except ValueError:
            raise forms.ValidationError(f"Found “{text[:40]}”, expected a week like 2026-W47.") from None


@extend_schema_field(OpenApiTypes.STR)
class WeekFilter(filters.Filter):
    field_class = WeekInAddress


class ItemSerializer(serializers.ModelSerializer):
    """A line of it; a plan that was carried says how often."""

    kind = serializers.ChoiceField(KINDS)
    carried = serializers.IntegerField(source="age")

    class Meta:
        model = StatusItem
        fields = ["kind", "text", "carried"]


class ReviewSerializer(serializers.ModelSerializer):
    """What became of a plan of the status before."""

    plan = serializers.CharField(source="plan.text")
    outcome = serializers.ChoiceField(OUTCOMES)

    class Meta:
        model = PlanReview
        fields = ["plan", "outcome", "reason"]


class StatusSerializer(serializers.ModelSerializer):
    """`week` is an ISO week, `confidence` per cent that its plans are done; null: not said, or nothing was due."""

    department = serializers.SlugRelatedField("slug", read_only=True)
    week = serializers.SerializerMethodField()
    health = serializers.ChoiceField(WeeklyStatus.Health.values)
    need_of = serializers.SlugRelatedField("slug", read_only=True, allow_null=True)
    data_say = serializers.ChoiceField(WeeklyStatus.Data.values, source="data_kind")
    data_in_words = serializers.CharField(source="data_words")
    items = ItemSerializer(many=True)
    reviews = ReviewSerializer(many=True)
    sent_by = serializers.SlugRelatedField("username", source="recorded_by", read_only=True, allow_null=True)
    is_late, is_amendment = (serializers.BooleanField(read_only=True) for _ in range(2))

    class Meta:
        model = WeeklyStatus
        fields = [
            "id", "department", "week", "health", "confidence", "headline", "items", "reviews", "need", "need_of",
            "data_say", "data_in_words", "due_at", "sent_at", "sent_by", "is_late", "is_amendment",
        ]  # fmt: skip

    def get_week(self, status) -> str:
        return weeks.written(status.week)


class StatusFilter(filters.FilterSet):
    department = Within(Department, "slug", help_text="The department's slug: its own statuses.")
    week = WeekFilter("week", help_text="An ISO week, such as 2026-W47.")

    class Meta:
        model = WeeklyStatus
        fields = ["department", "week"]


StatusFilter.base_filters |= {
    "from": DayFilter("week", "gte", help_text="Of weeks that start on this day or later."),
    "to": DayFilter("week", "lte", help_text="Of weeks that start on this day or earlier."),
}


class StatusViewSet(KnownParameters, mixins.ListModelMixin, viewsets.GenericViewSet):
    """Weekly statuses of the departments you reach, as they stand; what was sent last comes first."""

    queryset = WeeklyStatus.objects.current().select_related("department", "need_of", "recorded_by")
    serializer_class = StatusSerializer
    pagination_class = Pages
    filterset_class = StatusFilter

    def get_queryset(self):
        found = super().get_queryset().reachable_by(self.request.user, on=timezone.localdate())
        return found.prefetch_related("items", "reviews__plan")
