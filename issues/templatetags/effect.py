"""How a measure, its verdict and the loop that it closes look on a page."""

from django import template
from django.utils import timezone

from departments.models import Department
from issues import effect_words
from issues.effect_words import WORDS
from issues.models import Measure
from issues.selectors.effects import verdicts
from issues.selectors.strip import strip
from issues.selectors.verdict import Verdict
from issues.services.measuring import may_take
from kpis.effect import Effect
from kpis.moment import reach

register = template.Library()

SIGNS = {Effect.WORKED: "improvement", Effect.WORSE: "concern"}
SHAPES = {Effect.NONE: "untargeted", Effect.EARLY: "none", Effect.UNKNOWN: "risk"}
SHOWN = 3  # measures of a series


@register.inclusion_tag("issues/_verdict.html")
def verdict(found: Verdict):
    """A verdict: shape, colour and word."""
    if found.withdrawal:
        return {"kind": "untargeted", "word": "Withdrawn"}
    return {"sign": SIGNS.get(found.effect), "kind": SHAPES.get(found.effect), "word": WORDS[found.effect]}


@register.filter
def expected(found):
    return effect_words.expected(found)


@register.inclusion_tag("issues/_effect_strip.html", takes_context=True)
def effect_strip(context, found=None, issue=None, agendas=None):
    """The loop of a measure (a Verdict), or of an issue without one. `agendas`: who knows where it was spoken of, by
    `of(measure, issue)` as a Station."""
    told = {"reader": context["request"].user, "on": context["frame"].today, "known_at": context.get("known_at")}
    measure = found.measure if found else None
    agenda = agendas.of(measure, issue or (measure and measure.issue)) if agendas else None
    return {"stations": strip(verdict=found, issue=issue, agenda=agenda, **told)}


def place(series) -> Department:
    """The department whose process a series shows."""
    key = series.source[1]
    return series.department if series.department.pk == key else Department.objects.get(pk=key)


@register.inclusion_tag("issues/_effects.html", takes_context=True)
def effects(context, issue=None, series=None, agendas=None):
    """The measures of an issue, or of the process that a series shows, each with its loop, and the way to take one."""
    user, on, known_at = context["request"].user, context["frame"].today, context.get("known_at")
    measures = Measure.objects.reachable_by(user, on=on).standing(at=known_at).newest_first()
    about = {"issue": issue} if issue else dict(zip(("kpi", "department"), series.source, strict=True))
    measures = measures.filter(**about)
    then = {"known_at": known_at, "within": reach(user)} if known_at else {}
    found = verdicts(measures, on=timezone.localdate(known_at) if known_at else on, **then)
    around = {name: context.get(name) for name in ("request", "frame", "known_at")}
    return around | {
        "verdicts": found[:SHOWN] if series else found,
        "more": len(found) - SHOWN if series else 0,
        "issue": issue,
        "agendas": agendas,
        "series": series,
        "place": series and place(series),
        "may_take": not known_at and may_take(user, on=on),
    }
