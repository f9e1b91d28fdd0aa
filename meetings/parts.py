"""What an agenda is made of, and agendas to begin with."""

from enum import StrEnum
from typing import NamedTuple


class Part(StrEnum):
    """What is done in a part of a meeting: the program fills it, where it knows with what."""

    GOOD_NEWS = "good_news"
    SCORECARD = "scorecard"
    PRIORITIES = "priorities"
    FOLLOW_UPS = "follow_ups"
    ISSUES = "issues"
    RISKS = "risks"
    EFFECTS = "effects"
    QUESTIONS = "questions"
    TALK = "talk"
    WRAP_UP = "wrap_up"

    @property
    def words(self) -> str:
        return WORDS[self]


WORDS = {
    Part.GOOD_NEWS: "Good news",
    Part.SCORECARD: "Scorecard",
    Part.PRIORITIES: "Priorities",
    Part.FOLLOW_UPS: "Follow-ups",
    Part.ISSUES: "Issues",
    Part.RISKS: "Risks",
    Part.EFFECTS: "What was done, and did it work",
    Part.QUESTIONS: "Questions",
    Part.TALK: "Talk",
    Part.WRAP_UP: "Wrap-up",
}


class Outline(NamedTuple):
    """A kind of meeting to begin a series with: `parts` with the minutes of each, `rule` how often."""

    title: str
    minutes: int
    rule: str
    parts: list[tuple[Part, int]]


OUTLINES = {
    "heads": Outline(
        "Weekly meeting of heads",
        90,
        "FREQ=WEEKLY",
        [
            (Part.GOOD_NEWS, 5), (Part.FOLLOW_UPS, 5), (Part.SCORECARD, 5), (Part.PRIORITIES, 5), (Part.QUESTIONS, 5),
            (Part.ISSUES, 60), (Part.WRAP_UP, 5),
        ],
    ),
    "one-to-one": Outline(
        "One-to-one",
        45,
        "FREQ=WEEKLY;INTERVAL=2",
        [(Part.FOLLOW_UPS, 5), (Part.SCORECARD, 10), (Part.QUESTIONS, 10), (Part.TALK, 15), (Part.WRAP_UP, 5)],
    ),
    "review": Outline(
        "Quarterly review",
        180,
        "FREQ=MONTHLY;INTERVAL=3;BYDAY=1MO",
        [
            (Part.GOOD_NEWS, 10), (Part.FOLLOW_UPS, 15), (Part.EFFECTS, 30), (Part.SCORECARD, 40), (Part.RISKS, 30),
            (Part.ISSUES, 40), (Part.WRAP_UP, 15),
        ],
    ),
}  # fmt: skip
