"""What may stand in an address."""

from django.urls import register_converter
from django.urls.converters import StringConverter

from kpis.exports import FORMATS
from kpis.models.kpi import CODE


class CodeConverter(StringConverter):
    regex = CODE


class FormatConverter(StringConverter):
    regex = "|".join(FORMATS)


def register():
    register_converter(CodeConverter, "code")
    register_converter(FormatConverter, "format")
