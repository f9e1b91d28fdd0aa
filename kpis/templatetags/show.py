"""How a value, a status, a line and a message look on a page."""

from django import template

from kpis import charts, written

register = template.Library()

STATUSES = {
    "on": "On target",
    "risk": "Misses target",
    "off": "Keeps missing",
    "none": "Not reported",
    "untargeted": "No target",
}


def known(value):
    """A template says "" where it found nothing; that is no answer, too."""
    return None if value == "" else value


@register.inclusion_tag("components/_status.html")
def status(kind, word=""):
    return {"kind": kind, "word": word or STATUSES[kind]}


@register.inclusion_tag("components/_shape.html")
def shape(kind):
    return {"kind": kind}


@register.inclusion_tag("components/_sparkline.html")
def sparkline(values, lower=None, upper=None, unit="", decimals=1, width=104, height=24):
    drawn = charts.sparkline(
        values,
        target_lower=known(lower),
        target_upper=known(upper),
        unit=unit,
        decimals=decimals,
        width=width,
        height=height,
    )
    return {"spark": drawn}


@register.inclusion_tag("components/_bullet.html")
def bullet(actual, lower=None, upper=None, previous=None, unit="", decimals=1, ceiling=None):
    actual, lower, upper, previous = map(known, (actual, lower, upper, previous))
    if ceiling is None and unit == "%":
        ceiling = 100
    drawn = charts.bullet(actual, lower=lower, upper=upper, previous=previous, ceiling=ceiling)
    parts = [
        f"Actual {written.written(actual, unit=unit, decimals=decimals)}" if actual is not None else "Not reported"
    ]
    if target := written.aim(lower, upper, unit=unit):
        parts.append(f"target {target}")
    if previous is not None:
        parts.append(f"previous {written.written(previous, unit=unit, decimals=decimals)}")
    return {"bullet": drawn, "summary": ", ".join(parts)}


@register.simple_tag
def number(value, unit="", decimals=1):
    return written.written(known(value), unit=unit, decimals=decimals)


@register.simple_tag
def short(value, unit="", decimals=1):
    return written.short(known(value), unit=unit, decimals=decimals)


@register.simple_tag
def brief(value, decimals=1):
    """A number in a crowded table; the exact one stands on hover."""
    return written.folded(known(value), decimals=decimals).replace(written.SPACE, written.NARROW)


@register.simple_tag
def aim(lower, upper, unit="", brief=False):
    return written.aim(known(lower), known(upper), unit=unit, brief=brief)


@register.filter
def lasted(seconds):
    return written.lasted(known(seconds))


@register.filter
def focused(field):
    """The first field of a page on which there is nothing else to do."""
    return field.as_widget(attrs={"autofocus": True})


@register.filter
def undo_url(message):
    """Where a message can be undone: `messages.success(request, "12 values saved.", extra_tags=f"undo:{url}")`."""
    return next((tag.removeprefix("undo:") for tag in message.tags.split() if tag.startswith("undo:")), "")
