"""What the numbers say: new signals, and what processes will do about their targets that they would not have before."""

from datetime import timedelta
from typing import NamedTuple

from django.urls import reverse

from kpis.models import Kpi, Signal
from kpis.models.signal import rules_in_words
from kpis.periods import Grain
from kpis.selectors.judged import Sign
from kpis.spc import false_alarm_rate
from meetings.parts import Part
from meetings.selectors.memo.told import Drafted, Place, Then, Told, several, shortened

BEHAVES = {
    "hits": "now hits its target consistently",
    "misses": "now misses its target consistently",
    "hit_and_miss": "now hits its target at times and misses it at times",
}
SAID = ("concern", "high", "low")
LATELY = timedelta(weeks=8)  # how long it is asked what is behind a concern that has ended


class Seen(NamedTuple):
    """A signal of a series."""

    place: Place
    kpi: Kpi
    sign: Sign

    @property
    def about(self) -> dict:
        return {"signal_id": self.sign.pk, "department_id": self.place[1]}


def signals(then: Then) -> list[Seen]:
    """Those that stand, of what the meeting is about, newest first."""
    _, signs = then.judged
    found = [
        Seen(place, then.book.kpis[place[0]], sign)
        for place, some in signs.items()
        if place[1] in then.places
        for sign in some
    ]
    return sorted(found, key=lambda each: (-each.sign.known.toordinal(), each.kpi.name, each.place))


def new_signals(then: Then) -> list[Seen]:
    """Those that did not stand before: no signal of their kind lay in their periods."""
    _, before = then.judged_before

    def was_there(each: Seen) -> bool:
        same = (sign for sign in before[each.place] if sign.kind == each.sign.kind)
        return any(sign.first <= each.sign.last and sign.last >= each.sign.first for sign in same)

    return [each for each in signals(then) if not was_there(each)]


def address(then: Then, place: Place, sign: Sign | None = None) -> str:
    if sign and sign.pk:
        return reverse("kpis:signal", args=[sign.pk])
    kpi, department = then.book.kpis[place[0]], then.places[place[1]]
    return f"{reverse('kpis:detail', args=[kpi.code])}?department={department.slug}"


def in_words(then: Then, each: Seen) -> str:
    """“Concern in On-time delivery, Creative: beyond a limit, first seen in W46.”"""
    kind, (_, department, grain) = Signal.Kind(each.sign.kind), each.place
    rules = rules_in_words(each.sign.rules)
    seen = then.calendar.label(each.sign.known, Grain(grain))
    said = f" {each.sign.said}" if each.sign.said else ""
    return f"{kind.label} in {each.kpi}, {then.places[department]}: {rules}, first seen in {seen}.{said}"


def assurance_changes(then: Then) -> list[Told]:
    """What a process as it is now will do about its target, where that was known and was another thing before."""
    (now, _), (before, _) = then.judged, then.judged_before
    changed = [
        (then.book.kpis[place[0]], place, behaviour.assurance)
        for place, behaviour in now.items()
        if place[1] in then.places and place in before
        if behaviour.assurance in BEHAVES and behaviour.assurance != before[place].assurance
    ]
    changed.sort(key=lambda each: (each[2] != "misses", each[0].name, each[1]))
    return [
        Told(f"{kpi}, {then.places[place[1]]}, {BEHAVES[does]}.", address(then, place), {"department_id": place[1]})
        for kpi, place, does in changed
    ]


def scorecard(then: Then) -> Drafted:
    new = [each for each in new_signals(then) if each.sign.kind in SAID]
    changes = assurance_changes(then)
    lines = [Told(in_words(then, each), address(then, each.place, each.sign), each.about) for each in new]
    lines = shortened(lines, url=reverse("kpis:signals"), noun="signal")
    lines += shortened(changes, url=reverse("kpis:matrix"), noun="change")
    behaviours = {place: each for place, each in then.judged[0].items() if place[1] in then.places and each.limits}
    expected = sum(false_alarm_rate(each.limits.values) for each in behaviours.values())
    words = f"{several(len(new), 'new signal')} in {several(len(behaviours), 'process', 'processes')} with limits"
    words += f" (expect about {expected:.1f} false signals at any time)"
    if changes:
        words += f"; {several(len(changes), 'process does', 'processes do')} otherwise about the target than before"
    words += "."
    return Drafted(Part.SCORECARD, "Scorecard", words, reverse("kpis:matrix"), lines)


def good_news(then: Then) -> Drafted:
    new = [each for each in new_signals(then) if each.sign.kind == "improvement"]
    lines = [Told(in_words(then, each), address(then, each.place, each.sign), each.about) for each in new]
    url = f"{reverse('kpis:signals')}?kind=improvement"
    words = f"{several(len(new), 'new signal')} of improvement." if new else ""
    return Drafted(Part.GOOD_NEWS, "Good news", words, url, shortened(lines, url=url, noun="signal"))


def unexplained(then: Then) -> list[Told]:
    """Questions to heads: concerns that stand of which nobody has said what is behind them."""
    lately = then.today - LATELY
    concerns = [each for each in signals(then) if each.sign.kind == "concern" and each.sign.last >= lately]
    return [
        Told(
            f"{each.kpi}, {then.places[each.place[1]]}: a concern since"
            f" {then.calendar.label(each.sign.first, Grain(each.place[2]))}, and nothing said of it."
            " What is behind it?",
            address(then, each.place, each.sign),
            each.about,
            then.heads.get(each.place[1]),
        )
        for each in concerns
        if not each.sign.said
    ]
