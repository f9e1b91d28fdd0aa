from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.exceptions import APIException, ParseError, PermissionDenied, ValidationError
from rest_framework.parsers import JSONParser
from rest_framework.response import Response

from departments.api import KnownParameters
from departments.models import Department
from departments.models.department import Reach
from kpis import tasks
from kpis.api.asked import Pages, Within
from kpis.cells import NotRead
from kpis.given import DayFilter, GivenSerializer, Number, in_json
from kpis.models import Kpi, Observation
from kpis.services.entering import Given, enter
from kpis.services.recording import ChangedMeanwhile

AT_MOST = 10_000


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


class TooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE


class Json(JSONParser):
    """Refuses what is nested too deeply to be read."""

    def parse(self, *args, **kwargs):
        try:
            return super().parse(*args, **kwargs)
        except RecursionError:
            raise ParseError("Nested too deeply: expected a list of observations.") from None


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
