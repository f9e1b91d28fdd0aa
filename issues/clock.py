"""Who had the ball for how long: stretches of working time that add up to the whole. No Django, no clock."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple

from departments.business import A_DAY, BusinessHours

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


def pieces(whole: Stretch, *, hours: BusinessHours, off: frozenset[date]) -> list[Stretch]:
    """A stretch, cut where days off begin and end: each piece is paused in whole, or not at all."""
    if whole.paused in (NOTHING, whole.worked):
        return [whole]
    days = off ^ {day + A_DAY for day in off}  # those that begin what is off or not, unlike the day before
    cuts = sorted(hours.days.moment(day, time(), hours.zone).astimezone(UTC) for day in days)
    ends = [whole.start, *(cut for cut in cuts if whole.start < cut < whole.end), whole.end]
    turns = [Turn(start, whole.court, state=whole.state) for start in ends[:-1]]
    return stretches(turns, upto=whole.end, hours=hours, off={whole.court: off})
