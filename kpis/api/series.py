from decimal import Decimal

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from departments.api import KnownParameters
from departments.models import Department
from kpis import spc
from kpis.api.asked import AS_KNOWN_ON, DEPARTMENT, FROM, KPI, TO
from kpis.asked import end_of
from kpis.given import Day
from kpis.models import Kpi
from kpis.moment import reach
from kpis.periods import Grain
from kpis.selectors.explained import events
from kpis.selectors.series import grains_of, series

KINDS = [str(kind) for kind in spc.Kind]


class QuerySerializer(serializers.Serializer):
    kpi = serializers.CharField()
    department = serializers.CharField()
    grain = serializers.ChoiceField([str(g) for g in Grain], required=False)
    to = Day(required=False)
    as_known_on = Day(required=False)

    def get_fields(self):
        return super().get_fields() | {"from": Day(required=False)}


class PointSerializer(serializers.Serializer):
    period = serializers.DateField()
    value = serializers.CharField(allow_null=True)
    lower_target = serializers.CharField(allow_null=True)
    upper_target = serializers.CharField(allow_null=True)
    standing = serializers.CharField()
    centre = serializers.FloatField(allow_null=True)
    lower = serializers.FloatField(allow_null=True)
    upper = serializers.FloatField(allow_null=True)
    rules = serializers.ListField(child=serializers.ChoiceField(list(spc.Rule)))
    kind = serializers.ChoiceField(KINDS)
    phase = serializers.IntegerField()


class GoalSerializer(serializers.Serializer):
    lower = serializers.CharField(allow_null=True)
    upper = serializers.CharField(allow_null=True)


class PhaseSerializer(serializers.Serializer):
    """`starts_on` and `reason` are null for the first phase, which nobody started; `values` limits were taken from."""

    phase = serializers.IntegerField()
    starts_on = serializers.DateField(allow_null=True)
    reason = serializers.CharField(allow_null=True)
    values = serializers.IntegerField(allow_null=True)
    provisional = serializers.BooleanField()


class EventSerializer(serializers.Serializer):
    """What happened and may have moved the values; `last` is the first day where it lasted no longer."""

    title = serializers.CharField()
    first = serializers.DateField()
    last = serializers.DateField()


class SeriesSerializer(serializers.Serializer):
    kpi = serializers.CharField()
    department = serializers.CharField()
    grain = serializers.ChoiceField([str(g) for g in Grain])
    variation = serializers.ChoiceField(KINDS)
    assurance = serializers.ChoiceField(list(spc.Assurance))
    target = GoalSerializer(allow_null=True)
    phases = PhaseSerializer(many=True)
    events = EventSerializer(many=True)
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


def grain_of(grains) -> OpenApiParameter:
    return OpenApiParameter("grain", str, enum=[str(g) for g in grains])


class SeriesView(KnownParameters, viewsets.ViewSet):
    """What the chart draws: every period from the first value to the last, gaps included."""

    parameters = ("kpi", "department", "grain", "from", "to", "as_known_on")
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
        known_on = asked.get("as_known_on")
        then = {"on": today}
        if known_on and known_on < today:
            then = {"known_at": end_of(known_on), "on": known_on, "within": reach(request.user)}
        self.beside = {"until": None if asked.get("to") else then["on"], "known_at": then.get("known_at")}
        return series(kpi, department, grain=grain, first=asked.get("from"), last=asked.get("to"), **then)

    @extend_schema(
        parameters=[KPI, DEPARTMENT, grain_of(Grain), FROM, TO, AS_KNOWN_ON],
        responses=SeriesSerializer,
    )
    def list(self, request):
        found = self.asked(request)
        return Response(
            {
                "kpi": found.kpi.code,
                "department": found.department.slug,
                "grain": found.grain,
                "variation": found.variation,
                "assurance": found.assurance,
                "target": aimed(found.goal),
                "phases": phases(found),
                "events": [happened(event) for event in events(found, **self.beside)],
                "points": [
                    point(cell, judged, found.kpi.direction)
                    for cell, judged in zip(found.cells, found.points, strict=True)
                ],
            }
        )


def aimed(goal) -> dict | None:
    return goal and {"lower": exact(goal.lower), "upper": exact(goal.upper)}


def happened(event) -> dict:
    return {"title": event.title, "first": event.starts_on, "last": event.last}


def phases(found) -> list[dict]:
    limits = {point.phase: point.limits for point in found.points}
    return [
        {
            "phase": number,
            "starts_on": start and start.starts_on,
            "reason": start and start.reason,
            "values": limits[number].values if limits[number] else None,
            "provisional": limits[number].are_provisional if limits[number] else False,
        }
        for number, start in enumerate(found.behaviour[1])
        if number in limits
    ]


def point(cell, judged, direction) -> dict:
    goal, limits = aimed(cell.goal) or {"lower": None, "upper": None}, judged.limits
    return {
        "period": cell.period,
        "value": exact(cell.value),
        "lower_target": goal["lower"],
        "upper_target": goal["upper"],
        "standing": cell.standing,
        "centre": limits and limits.centre,
        "lower": limits and limits.lower,
        "upper": limits and limits.upper,
        "rules": [flag.rule for flag in judged.flags],
        "kind": judged.kind(direction),
        "phase": judged.phase,
    }


class RollupView(SeriesView):
    """What observations add up to for a department and everything below it, period by period."""

    grains = [Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR]

    @extend_schema(
        parameters=[KPI, DEPARTMENT, grain_of(grains), FROM, TO, AS_KNOWN_ON],
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
