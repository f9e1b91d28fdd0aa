"""What is drawn over the matrix of risks, and how a risk's scores went. No Django, no clock.

Places on the matrix are in per cent of its side: impact grows to the right, likelihood upwards, a fifth a step.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from issues.scales import MOST, SIDE, Level, Rating

STEP = 100 / len(SIDE)
LANE = 0.8  # of a cell's height: below what is written in it


class Arrow(NamedTuple):
    """A movement of `count` risks from one cell to another."""

    x1: float
    y1: float
    x2: float
    y2: float
    count: int
    kind: str  # better, worse, or same: elsewhere with as many points

    @property
    def width(self) -> float:
        return min(1.5 + 0.75 * (self.count - 1), 4.5)


class Edge(NamedTuple):
    x1: float
    y1: float
    x2: float
    y2: float


def arrows(moves: Sequence[tuple[Rating, Rating]]) -> list[Arrow]:
    """One for each pair of cells between which risks moved; those that stayed where they were are not drawn.

    What begins or ends in one cell lies side by side there.
    """
    counts: dict[tuple[Rating, Rating], int] = defaultdict(int)
    for before, after in moves:
        if before != after:
            counts[before, after] += 1
    touching: dict[Rating, list[tuple[Rating, Rating, bool]]] = defaultdict(list)
    for before, after in sorted(counts):
        touching[before].append((after, before, False))
        touching[after].append((before, after, True))
    place: dict[tuple[Rating, Rating, bool], tuple[float, float]] = {}
    for cell, ends in touching.items():
        ends.sort(key=lambda end: (end[0].impact, end[0].likelihood, end[2]))
        for number, (other, own, is_end) in enumerate(ends, start=1):
            move = (other, own) if is_end else (own, other)
            place[*move, is_end] = spot(cell, number / (len(ends) + 1))
    return [
        Arrow(*place[before, after, False], *place[before, after, True], count, direction(before, after))
        for (before, after), count in sorted(counts.items())
    ]


def spot(cell: Rating, share: float) -> tuple[float, float]:
    x = (cell.impact - 1 + share) * STEP
    y = (len(SIDE) - cell.likelihood + LANE) * STEP
    return round(x, 2), round(y, 2)


def direction(before: Rating, after: Rating) -> str:
    if before.points == after.points:
        return "same"
    return "better" if after.points < before.points else "worse"


def border(level: Level) -> list[Edge]:
    """The line around all cells of a level and those below it: what is accepted lies to its lower left."""

    def within(likelihood: int, impact: int) -> bool:
        return likelihood * impact <= MOST[level]

    edges = []
    for likelihood in SIDE:
        for impact in SIDE:
            x, y = impact * STEP, (len(SIDE) - likelihood) * STEP
            if within(likelihood, impact) and impact < 5 and not within(likelihood, impact + 1):
                edges.append(Edge(x, y, x, y + STEP))
            if within(likelihood, impact) and likelihood < 5 and not within(likelihood + 1, impact):
                edges.append(Edge(x - STEP, y, x, y))
    return edges


class Course(NamedTuple):
    """Steps of a risk's scores, in a box of WIDE × HIGH, and where the level borders and the appetite lie in it."""

    inherent: str
    residual: str
    dots: list[tuple[float, float]]
    borders: list[float]
    appetite: float | None


WIDE, HIGH = 600, 100


def course(
    scored: Sequence[tuple[datetime, Rating, Rating]], *, until: datetime, appetite: Level | None = None
) -> Course:
    """`scored`: (when, inherent, residual), oldest first; each stands until the next one, the newest until `until`."""
    first = scored[0][0]
    whole = (until - first).total_seconds() or 1

    def x(at: datetime) -> float:
        return round((at - first).total_seconds() / whole * WIDE, 1)

    def y(points: float) -> float:
        return round(HIGH * (1 - points / 25), 1)

    def steps(ratings: Sequence[Rating]) -> str:
        path = f"M0 {y(ratings[0].points):g}"
        for (at, _, _), rating in zip(scored[1:], ratings[1:], strict=True):
            path += f"H{x(at):g}V{y(rating.points):g}"
        return f"{path}H{WIDE}"

    return Course(
        steps([inherent for _, inherent, _ in scored]),
        steps([residual for _, _, residual in scored]),
        [(x(at), y(residual.points)) for at, _, residual in scored],
        [y(MOST[level] + 0.5) for level in list(Level)[:-1]],
        y(MOST[appetite] + 0.5) if appetite and appetite != Level.EXTREME else None,
    )
