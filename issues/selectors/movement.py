"""The matrix of risks: which lie in which cell, from where they came, and what is accepted."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from issues.drawing import Arrow, Edge, arrows, border
from issues.models import Appetite, RiskScore
from issues.models.risk import Category
from issues.scales import IMPACTS, LIKELIHOODS, SIDE, Level, Rating
from issues.selectors.risks import Rated

LISTED = 100  # risks in the table beside the matrix


class Moved(NamedTuple):
    """A risk with where it comes from: None where it was not there yet."""

    rated: Rated
    before: Rating | None

    @property
    def lower(self) -> int | None:
        """By how much it is less now, None where it is not."""
        return -self.change if self.change and self.change < 0 else None

    @property
    def change(self) -> int | None:
        """By how many points it is more now, or less."""
        return None if self.before is None else self.rated.residual.points - self.before.points


class Cell(NamedTuple):
    rating: Rating
    rated: list[Rated]


class Accepted(NamedTuple):
    """Up to which level is accepted in some categories, and the line around it."""

    level: Level
    categories: list[str]
    edges: list[Edge]


@dataclass
class Matrix:
    """`since`: the day to which the present is compared; None where what is inherent is compared to what is left."""

    moved: list[Moved]
    accepted: list[Accepted]
    unsaid: list[str]  # categories of which nobody said what is accepted
    since: date | None

    @property
    def listed(self) -> list[Moved]:
        """The gravest, as many as a table should have."""
        return self.moved[:LISTED]

    @property
    def arrows(self) -> list[Arrow]:
        return arrows([(each.before, each.rated.residual) for each in self.moved if each.before])

    @property
    def rows(self) -> list[tuple[int, str, list[Cell]]]:
        """(likelihood, its word, cells from negligible to severe), the likeliest first."""
        lying: dict[Rating, list[Rated]] = defaultdict(list)
        for each in self.moved:
            lying[each.rated.residual].append(each.rated)
        return [(y, LIKELIHOODS[y][0], [Cell(Rating(y, x), lying[Rating(y, x)]) for x in SIDE]) for y in reversed(SIDE)]

    @property
    def columns(self) -> list[tuple[int, str]]:
        return [(impact, words[0]) for impact, words in IMPACTS.items()]

    @property
    def summary(self) -> str:
        """One sentence: how many there are of each level, how many are too much, and how they moved."""
        if not self.moved:
            return "No open risks here."
        count = len(self.moved)
        levels = [(level, sum(each.rated.residual.level == level for each in self.moved)) for level in reversed(Level)]
        found = ", ".join(f"{number} {level}" for level, number in levels if number)
        beyond = sum(bool(each.rated.is_above) for each in self.moved)
        return f"{count} open risk{'' if count == 1 else 's'}: {found}; {beyond} above appetite. {self.movement}"

    @property
    def movement(self) -> str:
        changes = [each.change for each in self.moved]
        fell, rose = sum(c is not None and c < 0 for c in changes), sum(c is not None and c > 0 for c in changes)
        if self.since is None:
            return f"What is done about them lowers {fell}."
        new = sum(change is None for change in changes)
        return f"Since {self.since:%-d %b %Y}: {rose} rose, {fell} fell, {new} new."


def matrix(rated: Sequence[Rated], *, since: datetime | None, day: date | None, known_at: datetime | None) -> Matrix:
    """`since`: the moment (the end of a `day`) with which the present is compared; None: the inherent scores."""
    before = {each.risk.pk: each.inherent for each in rated} if since is None else scores_at(rated, since)
    current = dict(Appetite.objects.known_at(known_at).values_list("category", "level"))
    shown = {each.risk.category for each in rated}
    return Matrix(
        [Moved(each, before.get(each.risk.pk)) for each in rated],
        [accepted(level, current, shown) for level in Level if level in {current.get(each) for each in shown}],
        [label for category, label in Category.choices if category in shown and category not in current],
        day,
    )


def accepted(level: Level, current: dict[str, str], shown: Iterable[str]) -> Accepted:
    named = [label for category, label in Category.choices if category in shown and current.get(category) == level]
    return Accepted(level, named, border(level))


def scores_at(rated: Sequence[Rated], at: datetime) -> dict[int, Rating]:
    scores = RiskScore.objects.newest(at=at).filter(risk__in=[each.risk.pk for each in rated])
    return {score.risk_id: score.residual for score in scores}
