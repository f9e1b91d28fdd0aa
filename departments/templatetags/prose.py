"""What people write, on a page: `{{ comment.text|prose:names }}`; and where they write it."""

from django import template
from django.utils.safestring import mark_safe

from departments.prose import rendered

register = template.Library()


@register.filter
def prose(text, names=None):
    """Markdown as HTML; `names` of those who are mentioned, by their log-in."""
    return mark_safe(rendered(text or "", names))  # noqa: S308 (made of harmless tags alone)


@register.simple_tag
def box(field, people, focus=False):
    """The field to write in; mention.js completes the names of the `people` that stand in the script of this id."""
    return field.as_widget(attrs={"rows": 3, "data-mentions": people} | ({"autofocus": True} if focus else {}))
