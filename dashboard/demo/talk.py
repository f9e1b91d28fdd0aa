"""What people say to each other about what happened. Plain Python; all of it is invented."""

from typing import NamedTuple

from dashboard.demo.story import FAILED, OVERLOADED


class Line(NamedTuple):
    """So many days after the Monday after the week in which the concern was known, at an hour."""

    day: int
    hour: int
    by: str
    text: str


class Talk(NamedTuple):
    """About the first concern of a KPI in a department that was known in a week or within two months after it."""

    kpi: str
    department: str
    week: int
    lines: tuple[Line, ...]
    resolved: tuple[int, str] | None = None  # days after that Monday, by whom


BEGAN = (
    "@creative this was first seen in the very week in which both Nordwind campaigns began. "
    "What would you **stop** to get back to 95 %?"
)
ORDER = """Three things, in this order:

1. the autumn relaunch of our own site
2. pitches without a written brief
3. `version 4` of anything

@ines.albrecht has the plan by person."""
NARROW = "Final artwork is the narrow place: Greta alone until the holidays. A freelancer for six weeks would do."
BRIEFS = """> pitches without a written brief

That alone gives us four days a week. I send nothing through without one from today on."""
STORAGE = "The storage. The desk had one question from everybody; it is *back to normal* since Thursday."

TALKS = [
    Talk(
        "creative-on-time",
        "creative",
        OVERLOADED,
        (
            Line(0, 10, "coo", BEGAN),
            Line(0, 14, "creative", ORDER),
            Line(1, 9, "ines.albrecht", NARROW),
            Line(1, 11, "traffic", BRIEFS),
        ),
    ),
    Talk(
        "it-within-agreement",
        "it",
        FAILED,
        (Line(0, 9, "coo", "Is this the storage, or more than that?"), Line(0, 10, "it", STORAGE)),
        resolved=(2, "coo"),
    ),
]
