"""What periods are called on a page."""

from django import template

register = template.Library()


@register.simple_tag
def label(calendar, period, grain):
    return calendar.label(period, grain)


@register.simple_tag
def tick(calendar, period, grain):
    return calendar.tick(period, grain)


@register.simple_tag
def year(calendar, period, grain):
    """What a tick leaves out: “2026”, “FY2027”."""
    return calendar.label(period, grain).partition(" ")[2]
