"""How a value, a status, a line and a message look on a page."""

from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils import timezone

from kpis import charts, written
from kpis.models import Signal
from kpis.models.signal import said_in_words

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


def bounded(limits, values, unit, within):
    """The lower and upper limit as they are drawn."""
    least, most = within or (None, None)
    return charts.within_bounds(limits, list(values), unit=unit, least=least, most=most)[::2][:2] if limits else None


@register.inclusion_tag("components/_reading.html")
def reading(kind, assurance="none", rising=False):
    """Variation and assurance, as two small signs with their words."""
    return {
        "kind": kind,
        "variation": charts.KINDS[kind],
        "rising": rising,
        "assurance": assurance,
        "promise": charts.ASSURANCE[assurance],
    }


@register.inclusion_tag("components/_sign.html")
def sign(kind):
    """A kind of signal: shape, colour and word."""
    return {"kind": kind, "word": Signal.Kind(kind).label}


@register.simple_tag
def promise(assurance):
    """“consistently meets its target”: assurance in words."""
    return charts.ASSURANCE[assurance] or "no target"


@register.simple_tag
def variation(kind):
    """“a concern”, “missing”: a kind of variation, or of signal, in words."""
    return charts.KINDS.get(kind, kind)


@register.simple_tag
def said(words, event=""):
    """What explains a signal: words, an event, or both."""
    return said_in_words(words, known(event))


@register.inclusion_tag("components/_sparkline.html")
def sparkline(
    values, lower=None, upper=None, unit="", decimals=1, limits=None, within=None, kinds=(), width=104, height=24
):
    drawn = charts.sparkline(
        values,
        target_lower=known(lower),
        target_upper=known(upper),
        limits=bounded(limits, values, unit, within),
        kinds=kinds or (),
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


@register.simple_tag
def restated(found, unit="", decimals=1):
    """“restated +1.2 pts (was 93.1)”; nothing for a figure that was not."""
    return written.restated(found.was, found.now, unit=unit, decimals=decimals) if found else ""


@register.simple_tag
def difference(by, unit="", decimals=1):
    return written.difference(by, unit=unit, decimals=decimals)


@register.simple_tag
def source(kpi, department, grain, period, known_at=None):
    """The address of where a number comes from."""
    query = {"department": department.slug, "grain": grain}
    if known_at:
        query["as_known_on"] = timezone.localdate(known_at)
    return f"{reverse('kpis:period', args=[kpi.code, period])}?{urlencode(query)}"


@register.filter
def at(found, key):
    """What a dictionary holds for a key that only the page knows."""
    return found.get(key)


@register.simple_block_tag
def keep(content):
    """What stands twice on a page, for a desk and for a phone, is made once."""
    return content


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
