"""Where a field is in a row of a table, and how its cell is read. Plain Python: no Django."""

import dataclasses
import re
from collections.abc import Callable
from datetime import datetime, time
from decimal import Decimal
from hashlib import sha256

from kpis.cells import A_VALUE, Fault, NotRead, in_words, one_line
from kpis.dates import month_named, parse_date
from kpis.mapping import NUMBERS, Mapping, Translation
from kpis.numbers import NotANumber, parse_number, parse_target

REMEMBERED = 5000  # texts of a column
LONGEST_NOTE = 500
LONGEST_REFERENCE = 80


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a field is in a row, and how its cell is read."""

    column: str
    index: int | None
    constant: object
    translation: Translation | None
    none: frozenset[str]
    parse: Callable
    seen: dict = dataclasses.field(default_factory=dict)

    def cell(self, cells: list):
        return self.constant if self.index is None else cells[self.index] if self.index < len(cells) else None

    def shown(self, cells: list, understood) -> str:
        """The text of the cell as it stands, and what a translation made of it."""
        cell = self.cell(cells)
        if isinstance(cell, datetime) and cell.time() == time():
            cell = cell.date()
        text = one_line(in_words(cell))
        return f"{text}, translated to {understood}" if self.translation and text not in ("", understood) else text

    def read(self, cells: list):
        """What the cell says; None where that is nothing. Raises NotRead."""
        cell = self.cell(cells)
        if type(cell) is not str:
            return self.understood(cell)
        if cell not in self.seen:  # texts repeat from row to row
            if len(self.seen) > REMEMBERED or len(cell) > 100:
                return self.understood(cell)
            self.seen[cell] = self.understood(cell)
        return self.seen[cell]

    def understood(self, cell):
        failed = isinstance(cell, Fault)
        if isinstance(cell, str) and (cell := cell.strip()) in self.none:
            return None
        if failed:
            raise NotRead(cell, A_VALUE)
        if self.translation and cell not in (None, ""):
            said = one_line(in_words(cell))
            if said not in self.translation.meanings:
                raise NotRead(said, self.translation.expected)
            cell = self.translation.meanings[said]
        found = self.parse(cell)
        return None if isinstance(found, Decimal) and number_among(found, self.none) else found


def parser(field: str, mapping: Mapping) -> Callable:
    """Reads one cell of this field as the mapping says files write it; None for an empty one. Raises NotRead."""
    how = {"decimal": mapping.decimal, "rounded": mapping.rounded}
    if field in NUMBERS:
        factor = mapping.multiply.get(field)
        return lambda cell: multiplied(parse_number(cell, **how), factor, cell, how)
    if field == "target":
        return lambda cell: parse_target(cell, **how)
    if field == "date":
        return lambda cell: parse_date(cell, date_format=mapping.date_format)
    return {"reference": reference, "note": note, **PART_PARSERS}.get(field, text)


def multiplied(number: Decimal | None, factor: Decimal | None, cell, how: dict) -> Decimal | None:
    if number is None or factor is None:
        return number
    try:
        return parse_number(number * factor, rounded=isinstance(cell, float) or how["rounded"])
    except NotANumber as error:
        raise NotANumber(cell, error.expected) from None


def text(cell) -> str | None:
    return one_line(in_words(cell)) or None


def note(cell) -> str | None:
    found = text(cell)
    if found and len(found) > LONGEST_NOTE:
        raise NotRead(found, f"at most {LONGEST_NOTE} characters")
    return found


def reference(cell) -> str | None:
    """A longer one is kept as its beginning and eight digits that tell it apart."""
    found = text(cell)
    if found and len(found) > LONGEST_REFERENCE:
        return f"{found[: LONGEST_REFERENCE - 9]}-{sha256(found.encode()).hexdigest()[:8]}"
    return found


def number_among(number: Decimal, texts: frozenset[str]) -> bool:
    """Whether one of these texts says the same number: `0` is `0.0`."""
    return any(re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text) and Decimal(text) == number for text in texts)


def part(names: str, first: int, last: int) -> Callable:
    def parse(cell) -> int | None:
        said = text(cell)
        if said is None:
            return None
        number = int(found[1]) if (found := re.fullmatch(r"[Qq]?([0-9]{1,4})", said)) else month_named(said)
        if number is None or not first <= number <= last:
            raise NotRead(said, names)
        return number

    return parse


PART_PARSERS = {
    "year": part("a year from 1990 to 2079", 1990, 2079),
    "quarter": part("a quarter from 1 to 4", 1, 4),
    "month": part("a month from 1 to 12, or its English name", 1, 12),
}
