"""Verdicts in words."""

from issues.selectors.beside import day
from issues.selectors.verdict import Verdict
from kpis import effect
from kpis.effect import DECIDED, Effect
from kpis.models import Kpi
from kpis.written import of_differences, written

WORDS = {
    Effect.WORKED: "Worked",
    Effect.WORSE: "Got worse",
    Effect.NONE: "No detectable change",
    Effect.EARLY: "Too early",
    Effect.UNKNOWN: "Cannot tell",
}
WAYS = {"up": "+", "down": "\N{MINUS SIGN}"}


def amount(kpi: Kpi, size) -> str:
    """A difference of a KPI's values, without its sign: “3 pts”, “0.4 rounds”."""
    decimals = kpi.decimals
    while decimals < 6 and size and round(float(size), decimals) == 0:
        decimals += 1
    return written(size, unit=of_differences(kpi.unit), decimals=decimals)


def expected(found: Verdict) -> str:
    """“+3 pts”: what was expected of a measure."""
    exact = found.measure.size.normalize()
    unit, decimals = of_differences(found.kpi.unit), max(0, -exact.as_tuple().exponent)
    return WAYS[found.measure.way] + written(exact, unit=unit, decimals=decimals)


def from_to(found: Verdict) -> str:
    """“91.1 → 94.8 %”: the means before and after; "" where one is missing."""
    before, after, decimals = found.mean_before, found.finding.after, found.kpi.decimals
    if before is None or after is None:
        return ""
    return f"{written(before, decimals=decimals)} → {written(after, unit=found.kpi.unit, decimals=decimals)}"


def more(found: Verdict) -> str:
    """What is still waited for: “5 more weeks”."""
    count = found.finding.more
    if not count:
        return f"look again on {day(found.measure.look_on)}"
    return f"{count} more {found.grain}{'' if count == 1 else 's'}"


def detail(found: Verdict) -> str:
    """What goes with the word: “91.1 → 94.8 %”, “5 more weeks”, or why nothing can be told."""
    if found.effect is Effect.UNKNOWN:
        return found.why
    return more(found) if found.effect is Effect.EARLY else from_to(found)


def brief(found: Verdict) -> str:
    """“worked: 91.1 → 94.8 %”, “too early: 5 more weeks”, in a line."""
    if found.withdrawal:
        return "withdrawn"
    word, told = WORDS[found.effect].lower(), detail(found)
    if found.effect is Effect.UNKNOWN:
        return f"{word} ({told})"
    return f"{word}: {told}" if told else word


def sentence(found: Verdict) -> str:
    """What the verdict rests on, for the head of its page."""
    if found.withdrawal:
        return f"Withdrawn: {found.withdrawal.why}"
    if found.others:
        return f"It cannot be told what came of it. In the same {found.grain}s: {found.why}."
    if found.effect is Effect.UNKNOWN:
        return f"It cannot be told: {found.why}."
    counted, grain = len(found.counted), found.grain
    after = f"{counted} {grain}{'' if counted == 1 else 's'}"
    went = f"{from_to(found)}, from {len(found.before)} {grain}s before it to {after} after"
    if found.effect in DECIDED:
        return f"{WORDS[found.effect]}: {went}. Expected was {expected(found)}."
    so_far = f" So far {went}." if counted else ""
    return f"It is too early to tell: {more(found)}.{so_far}"


def patience(found: Verdict) -> str:
    """How long it takes to tell, for whoever takes a measure."""
    needed = found.finding.needed
    if needed is None:
        return ""
    return f"{expected(found)} would be found within {needed} {found.grain}s, four times in five."


def doubt(found: Verdict) -> str:
    """Why nothing will be told of a measure; "" where something will."""
    limits, grain, kpi = found.finding.limits, found.grain, found.kpi
    if limits is None:
        return (
            f"Found {len(found.before)} {grain}s with a value before it, expected {effect.spc.LEAST} or more: with"
            " fewer nothing can be told of it."
        )
    if found.finding.needed is None:
        least, usual = amount(kpi, effect.least_size(limits)), amount(kpi, effect.sigma(limits))
        size = amount(kpi, found.measure.size)
        return (
            f"Found {size}, expected {least} or more: its values vary by about {usual} from {grain} to {grain}, and"
            f" less would take more than {effect.LONGEST} {grain}s to tell."
        )
    return ""
