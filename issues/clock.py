"""Who had the ball for how long: stretches of working time that add up to the whole. No Django, no clock."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from departments.business import BusinessHours

NOTHING = timedelta()


class Turn(NamedTuple):
    """From a moment on the ball lies in this department's court (its key; None: the issue is closed), paused or not."""

    at: datetime
    court: int | None
    is_paused: bool = False
    state: str = ""


class Stretch(NamedTuple):
    """How long the ball lay somewhere: `worked` in working time, of which `paused` counts against nobody."""

    court: int
    state: str
    start: datetime
    end: datetime
    worked: timedelta
    paused: timedelta

    @property
    def waited(self) -> timedelta:
        return self.worked - self.paused


class Clocks(NamedTuple):
    """`by_department` and `paused` add up to `elapsed`: the working time in which the issue was not closed."""

    by_department: dict[int, timedelta]
    paused: timedelta
    elapsed: timedelta


Off = Mapping[int, frozenset[date]]  # days on which a department is paused and owes nothing


def stretches(turns: Sequence[Turn], *, upto: datetime, hours: BusinessHours, off: Off) -> list[Stretch]:
    """One for each turn with a court, up to a moment; `turns` oldest first."""
    begun = [turn for turn in turns if turn.at <= upto]
    ends = [later.at for _, later in pairwise(begun)] + [upto]
    return [
        stretch(turn, end, hours=hours, off=off.get(turn.court, frozenset()))
        for turn, end in zip(begun, ends, strict=False)
        if turn.court is not None
    ]


def stretch(turn: Turn, end: datetime, *, hours: BusinessHours, off: frozenset[date]) -> Stretch:
    worked = hours.between(turn.at, end)
    mine = NOTHING if turn.is_paused else hours.between(turn.at, end, off=off)
    return Stretch(turn.court, turn.state, turn.at, end, worked, worked - mine)


def clocks(found: Iterable[Stretch]) -> Clocks:
    by_department: dict[int, timedelta] = {}
    paused = elapsed = NOTHING
    for each in found:
        by_department[each.court] = by_department.get(each.court, NOTHING) + each.waited
        paused += each.paused
        elapsed += each.worked
    return Clocks(by_department, paused, elapsed)
