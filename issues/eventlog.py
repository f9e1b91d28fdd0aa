"""Event logs of other systems: who had which case when, read from a table. Plain Python: no Django, no clock.

Events are sorted on disk, so that a log may be longer than memory.
"""

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from kpis.cells import NotRead, in_words, one_line
from kpis.periods import FIRST_DAY, LAST_DAY
from kpis.reading import Problem
from kpis.sheets import Table

MISSING = {"", "?"}
LONGEST = 200  # characters of a name
KEPT = {"true": True, "yes": True, "1": True, "kept": True, "false": False, "no": False, "0": False, "missed": False}
A_TIME = "a date and time such as 2026-11-22 14:30 or 22.11.2026 14:30"
NUMERIC = re.compile(
    r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?)?", re.ASCII
)


class LogInvalid(ValueError):
    """A table is no event log, or not one with these columns; says why."""


class Columns(NamedTuple):
    """The heads of the columns that are taken; all but the first three may be left out.

    `reopened` counts up; `again` is a column and the value that it has from a reopening on. `written` is how times are
    (Python's strptime); where it is left out, the log shows it.
    """

    case: str
    group: str
    at: str
    reopened: str = ""
    again: tuple[str, str] | None = None
    kept: str = ""
    written: str = ""

    @property
    def heads(self) -> dict[str, str]:
        """The field of an Event to the head of the column that it is read from."""
        found = {name: getattr(self, name) for name in ("case", "group", "at", "reopened", "kept")}
        return {name: head for name, head in (found | {"again": self.again and self.again[0]}).items() if head}


class Event(NamedTuple):
    """A row of a log. None is what it does not say; `again`: whether it is of a reopened case."""

    row: int
    case: str
    at: datetime
    group: str | None
    reopened: int | None = None
    again: bool | None = None
    kept: bool | None = None


class Pass(NamedTuple):
    """A case left one group for another `at` a moment, having come to it `since` another."""

    left: str
    came_to: str
    since: datetime
    at: datetime


class Case(NamedTuple):
    """`handovers`: how many passes it has."""

    name: str
    first_at: datetime
    last_at: datetime
    groups: frozenset[str]
    handovers: int
    reopened: int | None
    kept: bool | None


@dataclass
class Reader:
    """Reads a table by its columns; naive times are `zone`'s. Raises LogInvalid where the columns are not there.

    `day_first`: whether 03/04/2026 is in April; None where that is not known.
    """

    table: Table
    columns: Columns
    zone: tzinfo
    day_first: bool | None = None

    def __post_init__(self):
        self.numbered = ((number, cells) for number, cells in self.table.rows if any(map(in_words, cells)))
        heads = [one_line(in_words(cell)) for cell in next(self.numbered, (0, []))[1]]
        self.places = {name: self.place(heads, head) for name, head in self.columns.heads.items()}

    def place(self, heads: list[str], head: str) -> int:
        folded, wanted = [each.casefold() for each in heads], one_line(head).casefold()
        if folded.count(wanted) != 1:
            many = "more than one column" if wanted in folded else "no column"
            raise LogInvalid(
                f"{self.table.name} has {many} “{head}”. Its columns: {', '.join(heads)[:1500] or 'none'}."
            )
        return folded.index(wanted)

    def cells(self, name: str) -> Iterator[object]:
        """One column, from the first row below its head."""
        for _, cells in self.numbered:
            yield cells[self.places[name]] if self.places[name] < len(cells) else None

    def events(self) -> Iterator[Event | list[Problem]]:
        """One for each row with something in it; what is wrong with it, where it cannot be taken."""
        readers = {name: getattr(self, f"read_{name}") for name in self.places}
        for number, cells in self.numbered:
            values, problems = {}, []
            for name, read in readers.items():
                cell = cells[self.places[name]] if self.places[name] < len(cells) else None
                try:
                    values[name] = read(cell)
                except NotRead as error:
                    problems.append(Problem(number, self.columns.heads[name], error.found, error.expected))
            yield problems or Event(number, **values)

    def read_case(self, cell) -> str:
        if (name := self.read_group(cell)) is None:
            raise NotRead(in_words(cell), "the name of a case")
        return name

    def read_group(self, cell) -> str | None:
        name = one_line(in_words(cell))
        if len(name) > LONGEST:
            raise NotRead(name, f"a name of at most {LONGEST} characters")
        return None if name in MISSING else name

    def read_at(self, cell) -> datetime:
        found = self.moment(cell)
        if not FIRST_DAY < found.date() < LAST_DAY:
            raise NotRead(in_words(cell), f"a time between {FIRST_DAY} and {LAST_DAY}")
        return (found if found.tzinfo else found.replace(tzinfo=self.zone)).astimezone(UTC)

    def moment(self, cell) -> datetime:
        if isinstance(cell, date):
            return cell if isinstance(cell, datetime) else datetime(cell.year, cell.month, cell.day)
        text, written = one_line(in_words(cell)), self.columns.written
        try:
            if written:
                return datetime.strptime(text, written)
            if parts := NUMERIC.fullmatch(text):
                first, _, second, year, *clock, fraction = (part or "0" for part in parts.groups())
                day, month = (second, first) if self.day_first is False else (first, second)
                return datetime(int(year), int(month), int(day), *map(int, clock), int(fraction.ljust(6, "0")[:6]))
            return datetime.fromisoformat(text)
        except ValueError:
            raise NotRead(text, f"a date and time written as {written}" if written else A_TIME) from None

    def read_reopened(self, cell) -> int | None:
        text = one_line(in_words(cell))
        if text in MISSING:
            return None
        if not text.isdecimal() or len(text) > 6:
            raise NotRead(text, "how often it was reopened: a whole number, 0 or more")
        return int(text)

    def read_again(self, cell) -> bool:
        return one_line(in_words(cell)).casefold() == one_line(self.columns.again[1]).casefold()

    def read_kept(self, cell) -> bool | None:
        text = one_line(in_words(cell))
        if text in MISSING:
            return None
        if text.casefold() not in KEPT:
            raise NotRead(text, f"one of: {', '.join(KEPT)}")
        return KEPT[text.casefold()]


def shows_day_first(reader: Reader) -> bool | None:
    """Whether days stand before months, as the first time tells that can only be read one way.

    None where no time has to be told. Raises LogInvalid where none tells.
    """
    unsure = None
    for cell in reader.cells("at"):
        if not isinstance(cell, str) or not (parts := NUMERIC.fullmatch(one_line(cell))):
            continue
        first, sign, second = parts[1], parts[2], parts[3]
        if sign == "." or int(first) > 12 or int(second) > 12:
            return sign == "." or int(first) > 12
        unsure = unsure or one_line(cell)
    if unsure:
        raise LogInvalid(f"Column {reader.columns.at}: found “{unsure}”, which means two days. Say how times are"
                         " written: --format '%d-%m-%Y %H:%M' or '%m-%d-%Y %H:%M'.")  # fmt: skip
    return None


class Sorted:
    """Events by case and in time order (file order where equal), kept in a file that goes with it."""

    def __init__(self, events: Iterable[Event]):
        self.shelf = sqlite3.connect("")
        self.shelf.execute("CREATE TABLE event (row, name, at, grp, reopened, again, kept)")
        self.shelf.executemany(
            "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?)",
            ((e.row, e.case, e.at.isoformat(), e.group, e.reopened, e.again, e.kept) for e in events),
        )

    def in_order(self) -> Iterator[Event]:
        return map(event, self.shelf.execute("SELECT * FROM event ORDER BY name, at, row"))

    def cases(self) -> Iterator[Case]:
        return (case_of(found) for _, found in groupby(self.in_order(), attrgetter("case")))

    def passes(self) -> Iterator[tuple[str, Pass]]:
        """Each with the name of its case, those of a case after each other, cases in the order of `cases`."""
        for name, found in groupby(self.in_order(), attrgetter("case")):
            yield from ((name, each) for each in passes(found))

    def span(self) -> tuple[datetime, datetime] | None:
        """The first moment and the last; None without events."""
        found = self.shelf.execute("SELECT min(at), max(at) FROM event").fetchone()
        return tuple(map(datetime.fromisoformat, found)) if found[0] else None

    def close(self):
        self.shelf.close()


def event(row: Sequence) -> Event:
    number, name, at, group, reopened, again, kept = row
    flags = (None if flag is None else bool(flag) for flag in (again, kept))
    return Event(number, name, datetime.fromisoformat(at), group, reopened, *flags)


def case_of(events: Iterable[Event]) -> Case:
    """The events of one case, in their order: at least one, and never all of them at once.

    A count of reopenings goes up, so that a case was reopened as often as the highest says. A reopening by its value
    is an event that has it after one that has not. An agreement is kept if the last event that says so says it is.
    """
    first = last = group = kept = highest = None
    groups, handovers, again, was_again = set(), 0, 0, False
    for each in events:
        first, last = first or each, each
        if each.group is not None:
            handovers += group not in (None, each.group)
            group = each.group
            groups.add(group)
        if each.reopened is not None:
            highest = max(highest or 0, each.reopened)
        again += bool(each.again and not was_again)
        was_again = each.again
        kept = kept if each.kept is None else each.kept
    return Case(
        name=first.case,
        first_at=first.at,
        last_at=last.at,
        groups=frozenset(groups),
        handovers=handovers,
        reopened=highest if first.again is None else again,
        kept=kept,
    )


def passes(events: Iterable[Event]) -> Iterator[Pass]:
    """One where two successive events of a case lie with different groups; events without one are passed over."""
    came = None  # the event with which it came where it lies
    for each in events:
        if each.group is None or (came and each.group == came.group):
            continue
        if came:
            yield Pass(came.group, each.group, came.at, each.at)
        came = each
