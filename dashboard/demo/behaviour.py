"""Kinds of numbers, and how each comes about in a period. Plain Python.

Every kind answers `numbers(at)`: (value,) or (numerator, denominator). `busy` kinds follow the season.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple

from dashboard.demo.agency import Person
from dashboard.demo.chance import Level, count, dice, season, season_of_week, successes, sway
from kpis.periods import Calendar, Grain

CALENDAR = Calendar()
MIDDLE = {Grain.DAY: 0, Grain.WEEK: 3, Grain.MONTH: 14}
MINUTES = 24 * 60


class At(NamedTuple):
    """A period of a KPI in a department, seen from the turn that stories are told from."""

    code: str
    department: str
    grain: Grain
    period: date
    turn: date
    staff: list[Person]

    @property
    def middle(self) -> date:
        return self.period + timedelta(days=MIDDLE[self.grain])

    @property
    def week(self) -> int:
        """Weeks since the turn; mostly negative."""
        return (self.middle - self.turn).days // 7

    @property
    def busy(self) -> float:
        return season_of_week(self.middle) if self.grain is Grain.WEEK else season(self.middle)

    @property
    def dice(self) -> Random:
        return dice(self.code, self.department, self.period)


class Kind(ABC):
    given = False  # follows from other records, so it is never late to be right, and never forgotten

    @abstractmethod
    def numbers(self, at: At) -> tuple[Decimal, ...]:
        """What is recorded then: a value, or numerator and denominator."""


def exact(number: float, step: str = "1") -> Decimal:
    """The nearest multiple of a step, as a Decimal."""
    step = Decimal(step)
    return round(Decimal(number) / step) * step


@dataclass
class Share(Kind):
    """So many cases, and in how many it went that way. `heat` makes the share follow the season as well."""

    cases: float
    level: Level
    heat: float = 0

    def numbers(self, at):
        chance = at.dice
        cases = max(1, count(chance, self.cases * at.busy))
        return Decimal(successes(chance, cases, self.level.at(at.week) * at.busy**self.heat)), Decimal(cases)


@dataclass
class Part(Kind):
    """A quantity (hours, money, clients), and the part of it that counts."""

    whole: float
    level: Level
    spread: float
    wobble: float = 0.05
    heat: float = 0
    busy: bool = True
    step: str = "0.25"

    def numbers(self, at):
        chance = at.dice
        whole = self.whole * (at.busy if self.busy else 1) * chance.gauss(1, self.wobble)
        level = self.level.at(at.week) * at.busy**self.heat
        return exact(whole * max(0, chance.gauss(level, self.spread)), self.step), max(
            exact(whole, self.step), Decimal(1)
        )


@dataclass
class Scores(Kind):
    """Answers from 1 to 10, added up."""

    answers: float
    level: Level

    def numbers(self, at):
        chance, level = at.dice, self.level.at(at.week)
        scores = [min(10, max(1, round(chance.gauss(level, 1.1)))) for _ in range(max(4, count(chance, self.answers)))]
        return Decimal(sum(scores)), Decimal(len(scores))


@dataclass
class Repeated(Kind):
    """Things that take at least one round each: rounds, things."""

    things: float
    level: Level

    def numbers(self, at):
        chance = at.dice
        things = max(1, count(chance, self.things * at.busy))
        return Decimal(things + count(chance, things * (self.level.at(at.week) - 1))), Decimal(things)


@dataclass
class Faults(Kind):
    """Rare faults among many things; the level is per hundred."""

    things: float
    level: Level

    def numbers(self, at):
        chance = at.dice
        things = max(1, count(chance, self.things * at.busy))
        return Decimal(count(chance, things * self.level.at(at.week) / 100)), Decimal(things)


@dataclass
class Stock(Kind):
    """What lies there at the end of a week: it moves slowly."""

    level: Level
    spread: float
    heat: float = 0
    step: str = "1"

    def numbers(self, at):
        level = self.level.at(at.week) * at.busy**self.heat
        return (max(exact(level + self.spread * sway(at.code, at.department, week=at.period), self.step), Decimal(0)),)


@dataclass
class Uptime(Kind):
    """Minutes up in a day: now and then a few are lost, and once, on a Wednesday, most of the afternoon."""

    failure: int  # the week of that Wednesday, counted from the turn

    def numbers(self, at):
        chance = at.dice
        lost = count(chance, 3) if chance.random() < 0.4 else 0
        if chance.random() < 0.03:
            lost += count(chance, 14)
        if at.week == self.failure and at.period.weekday() == 2:
            lost = 330
        return Decimal(MINUTES - lost), Decimal(MINUTES)


@dataclass
class Derived(Kind):
    """What other records say: the ledger or the staff list."""

    read: Callable[[At], tuple[Decimal, ...]]
    given = True

    def numbers(self, at):
        return self.read(at)
