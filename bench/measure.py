"""A measure: something of ours, timed in turn with the least that anybody would need for it.

To add one, write a function that takes the Ground and gives an iterator of (ours, floor) pairs - `in_turn` makes it
of two actions - and register it with its demand:

    @measure("what", floor="against what", at_most=1.5)
    def what(ground):
        return in_turn(lambda: ..., lambda: ...)
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter

from bench.ground import Ground

ROUNDS = int(os.environ.get("ROUNDS", 5))
NEAR, MOST = 0.15, int(os.environ.get("MOST", 3 * ROUNDS))  # so close to its demand, a measure is taken more often


class Missed(Exception):
    """There is nothing to measure, which is a miss; says why."""


@dataclass
class Measure:
    """`run` gives pairs of seconds, or of what `unit` says."""

    name: str
    floor: str
    run: Callable[[Ground], Iterator[tuple[float, float]]]
    demand: float | None
    at_least: bool
    unit: str
    rounds: int = ROUNDS
    pairs: list[tuple[float, float]] = field(default_factory=list)
    note: str = ""

    def take(self, ground: Ground):
        ground.use()
        source = self.run(ground)
        try:
            while len(self.pairs) < self.rounds or (self.is_near and len(self.pairs) < MOST):
                self.pairs.append(next(source))
        except Missed as why:
            self.note = str(why)
        finally:
            source.close()

    def is_one_of(self, names: list[str]) -> bool:
        return any(name in self.name for name in names)

    @property
    def ours(self) -> float:
        return median(pair[0] for pair in self.pairs)

    @property
    def theirs(self) -> float:
        return median(pair[1] for pair in self.pairs)

    @property
    def ratio(self) -> float:
        """How many times the floor; where a demand is `at_least`, how many times quicker than it."""
        return self.theirs / self.ours if self.at_least else self.ours / self.theirs

    @property
    def is_near(self) -> bool:
        return self.demand is not None and self.unit == "s" and abs(self.ratio / self.demand - 1) < NEAR

    @property
    def is_met(self) -> bool:
        if self.note:
            return False
        if self.demand is None:
            return True
        return self.ratio >= self.demand if self.at_least else self.ratio <= self.demand


MEASURES: list[Callable[[str], Measure | None]] = []


def measure(
    name: str, *, floor: str, at_most=None, at_least=None, on=("postgresql", "sqlite"), unit="s", rounds=ROUNDS
):
    """Registers a function that gives pairs. The demand is one number, one per database, or none: then it is told."""

    def register(run):
        def made(vendor: str) -> Measure | None:
            if vendor not in on:
                return None
            demand = at_least or at_most
            demand = demand[vendor] if isinstance(demand, dict) else demand
            return Measure(name, floor, run, demand, at_least is not None, unit, rounds)

        MEASURES.append(made)
        return run

    return register


def seconds(action: Callable[[], object]) -> float:
    start = perf_counter()
    action()
    return perf_counter() - start


def in_turn(ours: Callable, floor: Callable, *, by=seconds) -> Iterator[tuple[float, float]]:
    """Now one first, now the other: what happens besides on the machine falls on both."""
    while True:
        mine = by(ours)
        yield mine, by(floor)
        theirs = by(floor)
        yield by(ours), theirs
