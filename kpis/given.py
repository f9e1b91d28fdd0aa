"""What the API takes: numbers, days and rows, each refused with what was found and what is expected."""

import re
from datetime import date
from decimal import Decimal

from django import forms
from django_filters import rest_framework as filters
from rest_framework import serializers

from kpis.cells import NotRead
from kpis.numbers import A_NUMBER, LIMIT, NotANumber, within_limits
from kpis.periods import FIRST_DAY, LAST_DAY

PLAIN = re.compile(r"[+-]?[0-9]*\.?[0-9]+([eE][+-]?[0-9]{1,3})?")
DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
A_DAY = "a date like 2026-11-22"


class Number(serializers.DecimalField):
    def __init__(self, **kwargs):
        limits = {"min_value": Decimal(-LIMIT), "max_value": Decimal(LIMIT)}
        super().__init__(max_digits=19, decimal_places=6, normalize_output=True, **limits, **kwargs)

    def to_internal_value(self, data):
        """Digits as every program writes them: Python itself would take 1_000 and digits of any script."""
        text = str(data).strip()
        try:
            if not PLAIN.fullmatch(text):
                raise NotANumber(text, A_NUMBER)
            return within_limits(Decimal(text), text, rounded=False)
        except NotANumber as error:
            raise serializers.ValidationError(str(error)) from None


def day_in(text) -> date | None:
    """The day of 2026-11-22; None for any other way of writing one."""
    try:
        return date.fromisoformat(text) if DAY.fullmatch(text) else None
    except (TypeError, ValueError):
        return None


class Day(serializers.DateField):
    def to_internal_value(self, data) -> date:
        if (day := day_in(data)) is None:
            raise serializers.ValidationError(str(NotRead(in_json(data), A_DAY)))
        return day


def in_json(thing) -> str:
    """What a value is called where JSON is written; a text is itself."""
    if isinstance(thing, str):
        return thing
    if thing is None or isinstance(thing, bool):
        return {None: "null", True: "true", False: "false"}[thing]
    return {dict: "an object", list: "a list"}.get(type(thing), str(thing))


class DayInAddress(forms.DateField):
    def to_python(self, value):
        if value in self.empty_values:
            return None
        if (day := day_in(value.strip())) is None:
            raise forms.ValidationError(str(NotRead(value, A_DAY)))
        return day


class DayFilter(filters.DateFilter):
    field_class = DayInAddress


class GivenSerializer(serializers.Serializer):
    """One observation: a value, or a numerator and a denominator, for the period that holds the date."""

    department = serializers.SlugField()
    kpi = serializers.CharField(max_length=60)
    date = Day()
    value = Number(required=False, allow_null=True)
    numerator = Number(required=False, allow_null=True)
    denominator = Number(required=False, allow_null=True)
    reference = serializers.CharField(required=False, allow_blank=True, max_length=80, default="")
    note = serializers.CharField(required=False, allow_blank=True, max_length=500, default="")

    def validate_date(self, day: date) -> date:
        if not FIRST_DAY <= day <= LAST_DAY:
            raise serializers.ValidationError(str(NotRead(day, f"a date from {FIRST_DAY} to {LAST_DAY}")))
        return day

    def run_validation(self, row):
        """Raises ValidationError with what is wrong by field; `row` where it is no object at all."""
        if not isinstance(row, dict):
            found = str(NotRead(in_json(row), f"an object with {', '.join(self.fields)}"))
            raise serializers.ValidationError({"row": [found]})
        unknown = [name for name in row if name not in self.fields]
        words = f"Found a field that is not known, expected none but {', '.join(self.fields)}."
        errors = {name[:80]: [words] for name in unknown}
        try:
            known = super().run_validation(row)
        except serializers.ValidationError as error:
            errors |= error.detail
        if errors:
            raise serializers.ValidationError(errors)
        return known
