from django.db.models import F, Prefetch
from django.utils import timezone
from rest_framework import serializers, viewsets

from departments.api import KnownParameters
from kpis.models import Formula, Kpi
from kpis.models.kpi import CODE


class FormulaSerializer(serializers.ModelSerializer):
    """How it is worked out from a day on; null: from the first."""

    class Meta:
        model = Formula
        fields = ["expression", "starts_on", "reason"]


class KpiSerializer(serializers.ModelSerializer):
    owner = serializers.SlugRelatedField("slug", read_only=True)
    least, most = (
        serializers.DecimalField(19, 6, normalize_output=True, read_only=True, allow_null=True) for _ in range(2)
    )
    formulas = FormulaSerializer(source="said", many=True, read_only=True)

    class Meta:
        model = Kpi
        fields = [
            "code", "name", "description", "owner", "category", "unit", "decimals", "direction", "cadence", "recorded",
            "over_time", "over_departments", "formulas", "numerator_name", "denominator_name", "per", "least", "most",
            "headline", "retired_on",
        ]  # fmt: skip


class KpiViewSet(KnownParameters, viewsets.ReadOnlyModelViewSet):
    """What is measured in the departments you reach."""

    queryset = Kpi.objects.select_related("owner").by_name()
    serializer_class = KpiSerializer
    lookup_field = "code"
    lookup_value_regex = CODE

    def get_queryset(self):
        found = super().get_queryset().reachable_by(self.request.user, on=timezone.localdate())
        said = Formula.objects.current().order_by(F("starts_on").asc(nulls_first=True))
        return found.prefetch_related(Prefetch("formulas", said, to_attr="said"))
