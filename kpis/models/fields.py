from decimal import Decimal

from django import forms
from django.db import models

from kpis.numbers import LIMIT


def to_micro(value: Decimal) -> int:
    """Millionths, exactly. ValueError where the number has more than six decimals or is beyond LIMIT."""
    scaled = value.scaleb(6)
    whole = int(scaled)
    if whole != scaled:
        raise ValueError(f"{value} has more than six decimals")
    if abs(value) > LIMIT:
        raise ValueError(f"{value} is beyond ±{LIMIT:,}")
    return whole


def from_micro(number: int | None) -> Decimal | None:
    return None if number is None else Decimal(number).scaleb(-6)


class MicroField(models.BigIntegerField):
    """An exact number with six decimals, kept as an integer of millionths: the same on every database."""

    def from_db_value(self, value, expression, connection):
        return from_micro(value)

    def to_python(self, value):
        if value is None or isinstance(value, Decimal):
            return value
        return Decimal(str(value))

    def get_prep_value(self, value):
        return None if value is None else to_micro(Decimal(value))

    def formfield(self, **kwargs):
        return super(models.IntegerField, self).formfield(
            **{"form_class": forms.DecimalField, "decimal_places": 6, "min_value": -LIMIT, "max_value": LIMIT, **kwargs}
        )
