"""The memo of a meeting: its agenda, drafted from what was known at a moment."""

from collections.abc import Sequence

from django.urls import reverse

from meetings.models import Section
from meetings.parts import Part
from meetings.selectors.memo.effects import effects
from meetings.selectors.memo.numbers import good_news, scorecard, unexplained
from meetings.selectors.memo.promises import follow_ups
from meetings.selectors.memo.stuck import issues, risks
from meetings.selectors.memo.told import Drafted, Then, shortened
from meetings.selectors.memo.weeks import doubts, priorities

WRITTEN = {  # parts the program fills with sentences
    Part.GOOD_NEWS: good_news,
    Part.SCORECARD: scorecard,
    Part.PRIORITIES: priorities,
    Part.FOLLOW_UPS: follow_ups,
    Part.RISKS: risks,
    Part.EFFECTS: effects,
}


def questions(then: Then) -> Drafted:
    """What heads are asked, each with the evidence, one head after the other."""
    lines = [*doubts(then), *unexplained(then)]
    lines.sort(key=lambda told: (told.asks is None, told.asks.name if told.asks else ""))
    asked = len({told.asks.pk for told in lines if told.asks})
    words = f"{len(lines)} to {asked} head{'' if asked == 1 else 's'}." if lines else ""
    return Drafted(
        Part.QUESTIONS, "Questions", words, "", shortened(lines, url=reverse("kpis:signals"), noun="question")
    )


def memo(sections: Sequence[Section], then: Then) -> list[Drafted]:
    """The items of an agenda in the order of its sections: issues each by itself, the others one a section.

    The same for the same moment, whatever was recorded or changed since. What was done before is told with the
    follow-ups where it has no section of its own.
    """
    found = [drafted for section in sections for drafted in of_section(section, then)]
    parts = {each.part: each for each in found}
    if Part.EFFECTS not in parts and Part.FOLLOW_UPS in parts:
        parts[Part.FOLLOW_UPS].lines[:0] = effects(then).lines
    return found


def of_section(section: Section, then: Then) -> list[Drafted]:
    part = Part(section.part)
    if part == Part.ISSUES:
        found = issues(then)
    elif part == Part.QUESTIONS:
        found = [questions(then)]
    else:
        found = [WRITTEN[part](then) if part in WRITTEN else Drafted(part, section.title)]
    for drafted in found:
        drafted.place = section.position
        if part != Part.ISSUES:
            drafted.title, drafted.minutes = section.title, section.minutes
    return found
