from django import template
from django.utils.safestring import mark_safe

register = template.Library()


@register.filter
def without_empty_heads(html):
    """Django heads its tables of rows with an empty cell, which screen readers announce as a heading."""
    return mark_safe(html.replace('<th class="original"></th>', '<td class="original"></td>'))  # noqa: S308
