"""How a risk and its level look on a page."""

from django import template

from issues.scales import Level, Rating

register = template.Library()

SHAPES = {Level.LOW: "on", Level.MEDIUM: "none", Level.HIGH: "risk", Level.EXTREME: "off"}


@register.inclusion_tag("components/_status.html")
def level(of):
    """A level, or that of a rating, as shape, colour and word."""
    found = of.level if isinstance(of, Rating) else Level(of)
    return {"kind": SHAPES[found], "word": found.capitalize()}
