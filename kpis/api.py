"""/api/v1: KPIs, observations in and out, rollups, series. Numbers are exact decimals as strings; null: no answer."""

from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.exceptions import APIException, NotFound, ParseError, PermissionDenied, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import JSONParser
from rest_framework.response import Response

from departments.api import KnownParameters
from departments.models import Department
from departments.models.department import Reach
from kpis import tasks
from kpis.cells import NotRead
from kpis.given import Day, DayFilter, GivenSerializer, Number, in_json
from kpis.models import Kpi, Observation
from kpis.models.kpi import CODE
from kpis.periods import Grain
from kpis.selectors.series import grains_of, series
from kpis.services.entering import Given, enter
from kpis.services.recording import ChangedMeanwhile

AT_MOST = 10_000


class KpiSerializer(serializers.ModelSerializer):
    owner = serializers.SlugRelatedField("slug", read_only=True)

    class Meta:
        model = Kpi
        fields = [
            "code", "name", "description", "owner", "category", "unit", "decimals", "direction", "cadence", "recorded",
            "over_time", "over_departments", "numerator_name", "denominator_name", "per", "headline", "retired_on",
        ]  # fmt: skip


class KpiViewSet(KnownParameters, viewsets.ReadOnlyModelViewSet):
    """What is measured in the departments you reach."""

    queryset = Kpi.objects.select_related("owner").by_name()
    serializer_class = KpiSerializer
    lookup_field = "code"
    lookup_value_regex = CODE

    def get_queryset(self):
        return super().get_queryset().reachable_by(self.request.user, on=timezone.localdate())


class ObservationSerializer(serializers.ModelSerializer):
    kpi = serializers.SlugRelatedField("code", read_only=True)
    department = serializers.SlugRelatedField("slug", read_only=True)
    value, numerator, denominator = Number(read_only=True), Number(read_only=True), Number(read_only=True)
    recorded_by = serializers.CharField(source="batch.recorded_by.username", read_only=True, default=None)
    source = serializers.CharField(source="batch.source", read_only=True)

    class Meta:
        model = Observation
        fields = [
            "kpi", "department", "date", "reference", "value", "numerator", "denominator", "note", "recorded_at",
            "recorded_by", "source",
        ]  # fmt: skip


class ResultSerializer(serializers.Serializer):
    """What became of one row of a POST; held: in order itself, but not recorded because others were rejected."""

    row = serializers.IntegerField()
    result = serializers.ChoiceField(["added", "corrected", "unchanged", "rejected", "held"])
    errors = serializers.DictField(child=serializers.ListField(child=serializers.CharField()), required=False)


class RecordedSerializer(serializers.Serializer):
    batch = serializers.IntegerField(allow_null=True)
    added = serializers.IntegerField()
    corrected = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    rejected = serializers.IntegerField()
    held = serializers.IntegerField()
    rows = ResultSerializer(many=True)


class Pages(CursorPagination):
    """By number, newest first: thousands of rows share a moment, but none its number."""

    page_size = 1000
    ordering = "-id"

    def decode_cursor(self, request):
        cursor = super().decode_cursor(request)
        if cursor and cursor.position and not cursor.position.isdecimal():
            raise NotFound(self.invalid_cursor_message)
        return cursor


class TooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE


class Json(JSONParser):
    """Refuses what is nested too deeply to be read."""

    def parse(self, *args, **kwargs):
        try:
            return super().parse(*args, **kwargs)
        except RecursionError:
            raise ParseError("Nested too deeply: expected a list of observations.") from None


KPI = OpenApiParameter("kpi", str, required=True, description="The KPI's code.")
DEPARTMENT = OpenApiParameter("department", str, required=True, description="The department's slug.")
FROM = OpenApiParameter("from", date, description="Periods that start on this day or later.")
TO = OpenApiParameter("to", date, description="Periods that start on this day or earlier.")


class Within(filters.ModelChoiceFilter):
    """A row that this user reaches, by its name in addresses; any other does not exist."""

    def __init__(self, model, name, **kwargs):
        super().__init__(queryset=self.reachable, to_field_name=name, **kwargs)
        self.model_within = model
        self.extra["error_messages"] = {"invalid_choice": f"Expected the {name} of a {model._meta.verbose_name}."}

    def reachable(self, request):
        return self.model_within.objects.reachable_by(request.user, on=timezone.localdate())


class ObservationFilter(filters.FilterSet):
    kpi = Within(Kpi, "code", help_text="The KPI's code.")
    department = Within(Department, "slug", help_text="The department's slug: its own observations.")

    class Meta:
        model = Observation
        fields = ["kpi", "department"]


# “from” is no name that Python lets a class give.
ObservationFilter.base_filters |= {
    "from": DayFilter("date", "gte", help_text="Recorded for this day or later."),
    "to": DayFilter("date", "lte", help_text="Recorded for this day or earlier."),
}


class ObservationViewSet(KnownParameters, mixins.ListModelMixin, viewsets.GenericViewSet):
    """Current observations of the departments you reach, newest first."""

    queryset = Observation.objects.current().select_related("kpi", "department", "batch__recorded_by")
    serializer_class = ObservationSerializer
    pagination_class = Pages
    parser_classes = [Json]
    filterset_class = ObservationFilter

    def get_queryset(self):
        return super().get_queryset().reachable_by(self.request.user, on=timezone.localdate())

    @extend_schema(request=GivenSerializer(many=True), responses={200: RecordedSerializer, 400: RecordedSerializer})
    def create(self, request):
        """Records a list of up to 10,000: all of them, or none where one is rejected. Sent again, nothing changes."""
        reachable = Department.objects.reachable_by(request.user, on=timezone.localdate(), reach=Reach.WRITE)
        if not reachable.exists():
            raise PermissionDenied("You lead no department: you may read observations, not record them.")
        size, most = int(request.META.get("CONTENT_LENGTH") or 0), settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if size > most:
            raise TooLarge(f"Found {size:,} bytes, expected at most {most:,}: send the observations in parts.")
        if not isinstance(request.data, list):
            raise ValidationError(str(NotRead(in_json(request.data), "a list of observations")))
        if len(request.data) > AT_MOST:
            raise ValidationError(f"Found {len(request.data):,} observations, expected at most {AT_MOST:,}.")
        given, errors = self.parsed(request.data)
        try:
            outcome = enter(
                given, errors=errors, departments=reachable, by=request.user, at=timezone.now(), source="api"
            )
        except ChangedMeanwhile as error:
            return Response({"detail": f"{error} Send it again."}, status=status.HTTP_409_CONFLICT)
        if outcome.batch:
            transaction.on_commit(tasks.wake)
        return Response(
            {
                "batch": outcome.batch.pk if outcome.batch else None,
                **outcome.counts,
                "rows": [
                    {"row": row, "result": result} | ({"errors": errors[row]} if row in errors else {})
                    for row, result in sorted(outcome.results.items())
                ],
            },
            status=status.HTTP_400_BAD_REQUEST if errors else status.HTTP_200_OK,
        )

    def parsed(self, rows) -> tuple[list[Given], dict[int, dict]]:
        given, errors, check = [], {}, GivenSerializer()
        for number, row in enumerate(rows):
            try:
                given.append(Given(row=number, **check.run_validation(row)))
            except ValidationError as error:
                errors[number] = error.detail
        return given, errors


class QuerySerializer(serializers.Serializer):
    kpi = serializers.CharField()
    department = serializers.CharField()
    grain = serializers.ChoiceField([str(g) for g in Grain], required=False)
    to = Day(required=False)

    def get_fields(self):
        return super().get_fields() | {"from": Day(required=False)}


class PointSerializer(serializers.Serializer):
    period = serializers.DateField()
    value = serializers.CharField(allow_null=True)
    lower_target = serializers.CharField(allow_null=True)
    upper_target = serializers.CharField(allow_null=True)
    standing = serializers.CharField()


class SeriesSerializer(serializers.Serializer):
    kpi = serializers.CharField()
    department = serializers.CharField()
    grain = serializers.ChoiceField([str(g) for g in Grain])
    points = PointSerializer(many=True)


class RollupSerializer(serializers.Serializer):
    period = serializers.DateField()
    value = serializers.CharField(allow_null=True)
    n = serializers.IntegerField()
    sum = serializers.CharField(allow_null=True)
    min = serializers.CharField(allow_null=True)
    max = serializers.CharField(allow_null=True)
    numerator = serializers.CharField(allow_null=True)
    denominator = serializers.CharField(allow_null=True)
    last = serializers.CharField(allow_null=True)
    reporting = serializers.IntegerField()
    expected = serializers.IntegerField()


def exact(number: Decimal | None) -> str | None:
    """A decimal in full, without an exponent or idle zeros; a quotient to its 28 digits."""
    if number is None:
        return None
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") or "0" if "." in text else text


class SeriesView(KnownParameters, viewsets.ViewSet):
    """What the chart draws: every period from the first value to the last, gaps included."""

    parameters = ("kpi", "department", "grain", "from", "to")
    grains = list(Grain)

    def asked(self, request):
        query = QuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked, today = query.validated_data, timezone.localdate()
        department = get_object_or_404(
            Department.objects.reachable_by(request.user, on=today), slug=asked["department"]
        )
        kpi = get_object_or_404(Kpi.objects.reachable_by(request.user, on=today), code=asked["kpi"])
        offered = [g for g in grains_of(kpi) if g in self.grains]
        grain = Grain(asked.get("grain") or (kpi.cadence if kpi.cadence in offered else offered[0]))
        if grain not in offered:
            raise ValidationError({"grain": [f"Found “{grain}”, expected one of: {', '.join(offered)}."]})
        return series(kpi, department, grain=grain, on=today, first=asked.get("from"), last=asked.get("to"))

    @extend_schema(
        parameters=[KPI, DEPARTMENT, OpenApiParameter("grain", str, enum=[str(g) for g in Grain]), FROM, TO],
        responses=SeriesSerializer,
    )
    def list(self, request):
        found = self.asked(request)
        return Response(
            {
                "kpi": found.kpi.code,
                "department": found.department.slug,
                "grain": found.grain,
                "points": [
                    {
                        "period": c.period,
                        "value": exact(c.value),
                        "lower_target": exact(c.goal.lower) if c.goal else None,
                        "upper_target": exact(c.goal.upper) if c.goal else None,
                        "standing": c.standing,
                    }
                    for c in found.cells
                ],
            }
        )


class RollupView(SeriesView):
    """What observations add up to for a department and everything below it, period by period."""

    grains = [Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR]

    @extend_schema(
        parameters=[KPI, DEPARTMENT, OpenApiParameter("grain", str, enum=[str(g) for g in grains]), FROM, TO],
        responses=RollupSerializer(many=True),
    )
    def list(self, request):
        found = self.asked(request)
        return Response([self.row(cell) for cell in found.cells])

    def row(self, cell):
        numbers = ("sum", "min", "max", "numerator", "denominator", "last")
        reading = cell.reading
        return {
            "period": cell.period,
            "value": exact(cell.value),
            "n": reading.n if reading else 0,
            **{name: exact(getattr(reading, name)) if reading else None for name in numbers},
            "reporting": reading.reporting if reading else 0,
            "expected": cell.expected,
        }
