from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.generic import TemplateView

from departments.mixins import Partial
from issues.charts import Cell, balance_in_words, flow_figure, flow_in_words, heat_figure, most_in_words
from issues.selectors.friction import Friction, Pair, friction, reasons
from issues.templatetags.issue import worked
from kpis.asked import asked_choice
from kpis.conditional import Conditional
from kpis.written import written

WEEKS = {"13": "13 weeks", "26": "26 weeks", "52": "52 weeks", "all": "all time"}


class Measure(NamedTuple):
    """What a cell shows of a pair, as a number and in words, and how a list asks for the issues that it counts:
    those in a state now, or those that were raised or settled since the period began.

    `in_words` is what it is called in a sentence, where that is not its name.
    """

    name: str
    value: Callable[[Pair], float | None]
    text: Callable[[Pair], str]
    counts: str = "raised"
    in_words: str = ""


def more(pair: Pair) -> str:
    return written(pair.trend, decimals=0) if not pair.trend or pair.trend < 0 else f"+{pair.trend:,}"


MEASURES = {
    "wait": Measure("Median wait", lambda pair: pair.hours, lambda pair: worked(pair.waited), "settled"),
    "open": Measure("Open now", lambda pair: pair.open, lambda pair: f"{pair.open:,}", "open"),
    "returned": Measure(
        "Share returned",
        lambda pair: pair.share_returned,
        lambda pair: written(pair.share_returned, unit="%", decimals=0),
    ),
    "trend": Measure(
        "Trend", lambda pair: pair.trend, more, in_words="The rise from the first half of the period to the second"
    ),
}


class FrictionMatrix(Conditional, Partial, TemplateView):
    template_name = "issues/friction.html"
    partial_name = "issues/_friction.html"
    shows_clocks = True

    def get_context_data(self, **kwargs):
        asked, now, user = self.request.GET, timezone.now(), self.request.user
        weeks = asked_choice(asked, "weeks", WEEKS, "13")
        key = asked_choice(asked, "measure", MEASURES, "wait")
        found = friction(user, weeks=None if weeks == "all" else int(weeks), at=now)
        raiser, owner = (self.department(found, name) for name in ("raiser", "owner"))
        return super().get_context_data(
            friction=found,
            weeks=weeks,
            periods=WEEKS,
            chosen=key,
            measures={name: measure.name for name, measure in MEASURES.items()},
            matrix=Shown(found, MEASURES[key], is_trend=key == "trend"),
            pairs=by_wait(found),
            raiser=raiser,
            owner=owner,
            reasons=reasons(user, found.span, raiser=raiser, owner=owner),
            flow=flow(found),
            law=law(found),
            may_see_logs=user.reads_everything(on=timezone.localdate(now)),
            **kwargs,
        )

    def department(self, found: Friction, name: str):
        by_slug = {each.slug: each for each in found.departments}
        slug = asked_choice(self.request.GET, name, list(by_slug) or [""])
        return by_slug.get(slug)


class Shown:
    """The matrix of one measure: its rows of cells, as a figure and as a table."""

    def __init__(self, found: Friction, measure: Measure, *, is_trend: bool):
        self.measure, self.pairs, self.since = measure, found.pairs, timezone.localdate(found.span.start)
        self.raisers, self.owners = found.raisers, found.owners
        self.cells = [[self.cell(raiser, owner) for owner in self.owners] for raiser in self.raisers]
        names = [each.name for each in self.raisers], [each.name for each in self.owners]
        self.figure = heat_figure(*names, self.cells, both_ways=is_trend)
        self.words = most_in_words(*names, self.cells, measure.in_words or measure.name)

    def cell(self, raiser, owner) -> Cell | None:
        pair = self.pairs.get((raiser.pk, owner.pk))
        return pair and Cell(
            self.measure.value(pair), self.measure.text(pair), listed(pair, self.measure.counts, self.since)
        )

    @property
    def rows(self):
        return list(zip(self.raisers, self.cells, strict=True))


def listed(pair: Pair, counts: str, since: date) -> str:
    """The address of a pair's issues: those that are open, or all that were raised or settled since a day."""
    asked = {"state": "open"} if counts == "open" else {"state": "all", counts: since}
    return f"{reverse('issues:list')}?{urlencode({'raiser': pair.raiser.slug, 'owner': pair.owner.slug} | asked)}"


def by_wait(found: Friction) -> list[tuple[Pair, dict[str, str]]]:
    """Each pair with where those of each kind are listed, the longest wait first."""
    pairs = sorted(found.pairs.values(), key=lambda pair: (-(pair.waited or timedelta()), -pair.open, -pair.raised))
    since = timezone.localdate(found.span.start)
    return [(pair, {kind: listed(pair, kind, since) for kind in ("open", "raised", "settled")}) for pair in pairs]


def flow(found: Friction) -> dict:
    """The newest week is not over, and would look like a fall: it stands in the sentence and the table alone."""
    sums = (sum(getattr(step, name) for step in found.steps) for name in ("raised", "resolved", "closed"))
    over = found.steps[:-1]
    lines = [("raised or reopened", [step.raised for step in over]), ("resolved", [step.resolved for step in over])]
    return {"figure": flow_figure([step.first for step in over], lines), "words": flow_in_words(*sums)}


def law(found: Friction) -> tuple[str, str]:
    kept = found.balance
    return balance_in_words(average=kept.average, a_day=kept.a_day, days=kept.days, before=kept.before, now=kept.now)
