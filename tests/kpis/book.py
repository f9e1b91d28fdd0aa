"""What is recorded, kept in plain Python beside the database: what any sequence of entries and undoings must leave."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple


class Place(NamedTuple):
    """Where one value may stand."""

    kpi_id: int
    department_id: int
    date: date
    reference: str = ""


class Numbers(NamedTuple):
    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None


class Standing(NamedTuple):
    """What stands at a place; `writing` tells it from an equal value written another time."""

    writing: int
    numbers: Numbers


@dataclass
class Writing:
    """A batch: where it added something, what it ended, and whether it was undone."""

    batch: object
    number: int
    added: list[Place] = field(default_factory=list)
    ended: dict[Place, Numbers] = field(default_factory=dict)
    undone: bool = False


class Book:
    def __init__(self):
        self.current: dict[Place, Standing] = {}
        self.writings: list[Writing] = []
        self.ever: set[int] = set()  # KPIs of which something was ever recorded

    def counts(self, values: dict[Place, Numbers]) -> tuple[int, int, int]:
        """How many of these values are new, different, and the same as what stands."""
        known = [self.current[place].numbers == numbers for place, numbers in values.items() if place in self.current]
        return len(values) - len(known), known.count(False), known.count(True)

    def write(self, batch, values: dict[Place, Numbers], *, gone=()):
        """A batch that says so: what stands already is left, `gone` is taken back."""
        new = {p: n for p, n in values.items() if p not in self.current or self.current[p].numbers != n}
        if not new and not gone:
            return
        writing = Writing(batch, len(self.writings))
        for place in [*gone, *(place for place in new if place in self.current)]:
            writing.ended[place] = self.current.pop(place).numbers
        self.put(writing, new)

    def put(self, writing: Writing, values: dict[Place, Numbers]):
        for place, numbers in values.items():
            self.current[place] = Standing(writing.number, numbers)
            self.ever.add(place.kpi_id)
        writing.added = list(values)
        self.writings.append(writing)

    def can_undo(self, writing: Writing) -> bool:
        """Not twice; and not where something newer stands on what it added, or in the room that it left."""
        stands = all(p in self.current and self.current[p].writing == writing.number for p in writing.added)
        room = not any(p in self.current for p in writing.ended if p not in writing.added)
        return stands and room and not writing.undone

    def undo(self, writing: Writing, batch):
        """`batch` is the undoing: it ended what the writing added, and brought back what that had ended."""
        undoing = Writing(batch, len(self.writings))
        undoing.ended = {place: self.current.pop(place).numbers for place in writing.added}
        self.put(undoing, writing.ended)
        writing.undone = True
