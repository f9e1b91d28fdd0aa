"""How an issue, its state, and working time look on a page."""

from datetime import timedelta

from django import template
from django.utils.http import urlencode

from issues.flow import State
from issues.models import Issue
from issues.models.issue import STATES
from issues.selectors.mediation import Stage
from issues.selectors.raisers import raising_for

register = template.Library()

SHAPES = {
    State.OPEN: "none",
    State.ACCEPTED: "untargeted",
    State.WORKING: "untargeted",
    State.RETURNED: "risk",
    State.RESOLVED: "on",
    State.DISPUTED: "off",
    State.CONFIRMED: "on",
    State.WITHDRAWN: "untargeted",
}
STAGES = {  # of a mediation: shape and word
    Stage.VIEWS: ("untargeted", "Views to come"),
    Stage.TERMS: ("risk", "With the COO"),
    Stage.ANSWERS: ("untargeted", "Terms proposed"),
    Stage.REFUSED: ("off", "Not agreed"),
    Stage.SETTLED: ("on", "Settled"),
    Stage.DUE: ("risk", "Follow-up due"),
    Stage.HELD: ("on", "Held"),
    Stage.BROKEN: ("off", "Not held"),
    Stage.RESTS: ("none", "Rests"),
}


@register.inclusion_tag("components/_status.html")
def state(which):
    """Where an issue stands: shape, colour and word."""
    return {"kind": SHAPES[State(which)], "word": STATES[State(which)]}


@register.filter
def worked(length):
    """Working time in words: “40 min”, “6 h”, “3.5 h”; a dash for none."""
    if length is None or length == "":
        return "–"
    length = length if isinstance(length, timedelta) else timedelta(seconds=length)
    minutes = round(length.total_seconds() / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours = minutes / 60
    return f"{hours:.1f}".removesuffix(".0") + " h" if hours < 10 else f"{hours:,.0f} h"


@register.filter
def share_of(length, whole):
    """How much of a whole that is, in per cent, and 100 at most."""
    return min(100, round(100 * (length / whole))) if whole else 0


@register.inclusion_tag("issues/_raised.html", takes_context=True)
def raised(context, signal=None, kpi=None, url="", words="", **said):
    """The issues that were raised from a signal or a page, or are open about a KPI, and the way to raise one; as far as
    its reader may see it.

    `url` and `words`: the page, and what it is called; `said`: what the form is begun with.
    """
    user, on = context["request"].user, context["frame"].today
    if kpi:
        found, said = Issue.objects.filter(kpi=kpi).open(), {"kpi": kpi.code, **said}
    else:
        found = Issue.objects.filter(signal=signal) if signal else Issue.objects.filter(origin_url=url)
    found = found.reachable_by(user, on=on).select_related("court").order_by("pk")
    query = {"signal": signal.pk} if signal else {"from": url, "from_words": words, **said}
    may_raise = not context.get("known_at") and bool(raising_for(user, on=on))
    return {"issues": found, "may_raise": may_raise, "query": urlencode(query), "kpi": kpi}


@register.inclusion_tag("components/_status.html")
def stage(which):
    """Where a mediation stands: shape, colour and word."""
    kind, word = STAGES[Stage(which)]
    return {"kind": kind, "word": word}
