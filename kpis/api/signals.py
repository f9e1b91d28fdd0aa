from django.utils import timezone
from django_filters import rest_framework as filters
from rest_framework import mixins, serializers, viewsets

from departments.api import KnownParameters
from departments.models import Department
from kpis.api.asked import Pages, Within
from kpis.given import DayFilter
from kpis.models import Kpi, Signal
from kpis.models.signal import STATES

KINDS = Signal.Kind.values


class SignalSerializer(serializers.ModelSerializer):
    """`first` to `last` are the periods that show it, `known` the one with which it could first be seen."""

    kpi = serializers.SlugRelatedField("code", read_only=True)
    department = serializers.SlugRelatedField("slug", read_only=True)
    kind = serializers.ChoiceField(KINDS)
    rules = serializers.ListField(source="rule_list", child=serializers.CharField())
    state = serializers.ChoiceField(list(STATES), read_only=True)
    explained_by = serializers.SlugRelatedField("username", read_only=True)
    event = serializers.SlugRelatedField("title", read_only=True, allow_null=True)

    class Meta:
        model = Signal
        fields = [
            "id", "kpi", "department", "grain", "kind", "rules", "first", "last", "known", "state", "found_at",
            "explained_at", "explained_by", "explanation", "event", "withdrawn_at",
        ]  # fmt: skip


class SignalFilter(filters.FilterSet):
    kpi = Within(Kpi, "code", help_text="The KPI's code.")
    department = Within(Department, "slug", help_text="The department's slug.")
    kind = filters.ChoiceFilter(choices=Signal.Kind.choices)
    state = filters.ChoiceFilter(choices=[(s, s) for s in STATES], method="in_state")

    class Meta:
        model = Signal
        fields = ["kpi", "department", "kind", "state"]

    def in_state(self, rows, name, value):
        return rows.filter(STATES[value])


SignalFilter.base_filters |= {
    "from": DayFilter("known", "gte", help_text="Known with a period that starts on this day or later."),
    "to": DayFilter("known", "lte", help_text="Known with a period that starts on this day or earlier."),
}


class SignalViewSet(KnownParameters, mixins.ListModelMixin, viewsets.GenericViewSet):
    """What routine variation does not explain, and what is missing, in the departments you reach; newest first."""

    queryset = Signal.objects.select_related("kpi", "department", "explained_by", "event")
    serializer_class = SignalSerializer
    pagination_class = Pages
    filterset_class = SignalFilter

    def get_queryset(self):
        return super().get_queryset().reachable_by(self.request.user, on=timezone.localdate())
