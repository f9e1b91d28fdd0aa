"""What a commitment's entries add up to: who answers for it, by when, and whether that is done. No Django, no clock."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol


class Act(StrEnum):
    """What is done with a commitment."""

    MAKE = "make"
    MOVE = "move"
    HAND_OVER = "hand_over"
    DONE = "done"
    UNDO = "undo"
    RELEASE = "release"


class Line(Protocol):
    """An entry; `who` and `by` are keys, `by` is None where it happened by itself."""

    act: str
    at: datetime
    by_id: int | None
    who_id: int
    due_on: date


@dataclass(frozen=True)
class Balance:
    """Where a commitment stands; `moved` is how often its date was. Nobody did or released it where these are None."""

    who: int
    first_due_on: date
    due_on: date
    moved: int = 0
    done_at: datetime | None = None
    done_by: int | None = None
    released_at: datetime | None = None
    released_by: int | None = None

    @property
    def is_open(self) -> bool:
        return self.done_at is None and self.released_at is None


def balance(lines: Iterable[Line]) -> Balance:
    """Of entries from the first on, oldest first. ValueError where there is none."""
    first, *rest = lines
    found = Balance(first.who_id, first.due_on, first.due_on)
    for line in rest:
        found = after(found, line)
    return found


def after(before: Balance, line: Line) -> Balance:
    match line.act:
        case Act.MOVE:
            return replace(before, due_on=line.due_on, moved=before.moved + 1)
        case Act.HAND_OVER:
            return replace(before, who=line.who_id)
        case Act.DONE:
            return replace(before, done_at=line.at, done_by=line.by_id)
        case Act.UNDO:
            return replace(before, done_at=None, done_by=None)
        case Act.RELEASE:
            return replace(before, released_at=line.at, released_by=line.by_id)
    return before


def kept(first_due_on: date, *, done_on: date | None, released_on: date | None, on: date) -> bool | None:
    """Whether a promise was done by the date first given, as of a day.

    None as long as it still can be, and where it was released by then: nothing was due. A date that was moved, and a
    release after the first one, change nothing.
    """
    if done_on and done_on <= first_due_on:
        return True
    if released_on and released_on <= first_due_on:
        return None
    return False if on > first_due_on else None
