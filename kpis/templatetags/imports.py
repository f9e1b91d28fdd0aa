"""Whether the way to the import wizard is shown."""

from django import template

from kpis.services.uploading import may_import

register = template.Library()


@register.filter
def imports(user, on):
    return may_import(user, on=on)
