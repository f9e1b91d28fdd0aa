"""Reads the rows of a table by a mapping: each becomes values with their places, or problems that name the cell.

Plain Python: no Django. Nothing is looked up here; what a row means for a department or KPI is the importer's question.
"""

import dataclasses
import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import NamedTuple

from kpis.cells import NotRead, in_words, one_line
from kpis.dates import month_named, parse_date
from kpis.goals import Goal
from kpis.mapping import FIELDS, NUMBERS, Mapping, MappingInvalid, Source, Translation
from kpis.numbers import NotANumber, parse_number, parse_target
from kpis.sheets import Table

WANTED = {"department": "a department", "kpi": "a KPI's code", "date": "a date", "year": "a year"}
REMEMBERED = 5000  # texts of a column
LONGEST_NOTE = 500
LONGEST_REFERENCE = 80


class Problem(NamedTuple):
    """A cell that cannot be taken: where it is, what was found, what is expected instead."""

    row: int
    column: str
    found: str
    expected: str


class Row(NamedTuple):
    """One record of a table; in a wide table, one of several in a row. With `problems` the rest counts for nothing."""

    number: int
    date: date | None
    department: str = ""
    kpi: str = ""
    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    reference: str = ""
    target: Decimal | Goal | None = None
    note: str = ""
    columns: dict[str, str] | None = None
    cells: list = ()
    problems: tuple[Problem, ...] = ()

    @property
    def is_empty(self) -> bool:
        """There is nothing to record: neither a number nor a target."""
        return not self.problems and self.target is None and all(getattr(self, name) is None for name in NUMBERS)

    def problem(self, field: str, found, expected: str) -> Problem:
        return Problem(self.number, self.columns.get(field, field), NotRead(found, expected).found, expected)


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

    def read(self, cells: list):
        """What the cell says; None where that is nothing. Raises NotRead."""
        cell = self.constant if self.index is None else cells[self.index] if self.index < len(cells) else None
        if not isinstance(cell, str):
            return self.understood(cell)
        if cell not in self.seen:  # texts repeat from row to row
            if len(self.seen) > REMEMBERED or len(cell) > 100:
                return self.understood(cell)
            self.seen[cell] = self.understood(cell)
        return self.seen[cell]

    def understood(self, cell):
        if isinstance(cell, str) and (cell := cell.strip()) in self.none:
            return None
        if self.translation and cell not in (None, ""):
            said = one_line(in_words(cell))
            if said not in self.translation.meanings:
                raise NotRead(said, self.translation.expected)
            cell = self.translation.meanings[said]
        found = self.parse(cell)
        return None if isinstance(found, Decimal) and number_among(found, self.none) else found


class Reading:
    """A table read by a mapping. Making one reads the head; `rows` goes through the rest, once."""

    def __init__(self, table: Table, mapping: Mapping | None):
        self.mapping = mapping or Mapping()
        self.numbered = iter(table.rows)
        self.heads = self.head(table.name)
        sources = self.canonical(table.name) if self.mapping.sources is None else self.mapping.sources
        self.definition_places = {
            field: self.place(field, source) for field, source in (self.mapping.create.kpis or {}).items()
        }
        base = {field: self.place(field, source) for field, source in sources.items()}
        self.layouts = list(self.wide(base)) if self.mapping.wide else [base]
        self.has_targets = any("target" in layout for layout in self.layouts)

    def head(self, name: str) -> list[str]:
        for number, cells in self.numbered:
            wanted = self.mapping.header_row
            if number == wanted or (wanted is None and any(in_words(cell).strip() for cell in cells)):
                return [one_line(in_words(cell)) for cell in cells]
        raise MappingInvalid(f"{name} has no row with the names of its columns.")

    def canonical(self, name: str) -> dict[str, Source]:
        """The fields that the table's own heads name."""
        found = {head.casefold(): Source(column=number) for number, head in enumerate(self.heads, 1) if head}
        unknown = [head for head in self.heads if head and head.casefold() not in FIELDS]
        lacking = [field for field in ("department", "kpi", "date") if field not in found]
        if not {"value", "target"} & set(found) and not {"numerator", "denominator"} <= set(found):
            lacking.append("value (or numerator and denominator)")
        known = f"Known are {', '.join(FIELDS)}; name others in a mapping."
        if lacking:
            raise MappingInvalid(f"{name} has no column {', '.join(lacking)}. {known}")
        if unknown or len(found) < sum(map(bool, self.heads)):
            many = unknown or sorted({head for head in self.heads if self.heads.count(head) > 1})
            raise MappingInvalid(f"{name} has columns that are not known, or twice: {', '.join(many)}. {known}")
        return found

    def place(self, field: str, source: Source) -> Place:
        index = None if source.column is None else self.index(source.column)
        return Place(
            column=f"“{field}” of the mapping" if index is None else self.column_name(index),
            index=index,
            constant=source.constant,
            translation=source.translation,
            none=self.mapping.none.get("any", frozenset()) | self.mapping.none.get(field, frozenset())
            if field in FIELDS
            else frozenset(),
            parse=self.parser(field),
        )

    def index(self, column: str | int) -> int:
        if isinstance(column, int):
            if 1 <= column <= len(self.heads):
                return column - 1
            raise MappingInvalid(f"There is no column {column}: the table has {len(self.heads)}.")
        heads = [head.casefold() for head in self.heads]
        wanted = one_line(column).casefold()
        if heads.count(wanted) != 1:
            how_often = "twice or more; give its number" if wanted in heads else "nowhere"
            shown = ", ".join(f"“{head}”" for head in self.heads[:20] if head)
            raise MappingInvalid(f"The column “{one_line(column)}” is in the table {how_often}. It has {shown}.")
        return heads.index(wanted)

    def column_name(self, index: int) -> str:
        """What a person calls it: its head, or its number."""
        return (self.heads[index] if index < len(self.heads) else "") or f"column {index + 1}"

    def parser(self, field: str) -> Callable:
        how = {"decimal": self.mapping.decimal, "rounded": self.mapping.rounded}
        if field in NUMBERS:
            factor = self.mapping.multiply.get(field)
            return lambda cell: multiplied(parse_number(cell, **how), factor, cell, how)
        if field == "target":
            return lambda cell: parse_target(cell, **how)
        if field == "date":
            return lambda cell: parse_date(cell, date_format=self.mapping.date_format)
        if field in PART_PARSERS:
            return PART_PARSERS[field]
        return {"reference": reference, "note": note}.get(field, text)

    # --- Wide tables: several records in a row

    def wide(self, base: dict[str, Place]) -> Iterator[dict[str, Place]]:
        if self.mapping.wide == "kpis":
            for code, sources in self.mapping.kpis.items():
                own = {"kpi": Source(constant=code), **sources}
                yield base | {field: self.place(field, source) for field, source in own.items()}
            return
        found = [(i, match) for i, head in enumerate(self.heads) if (match := self.mapping.header.search(head))]
        if not found:
            raise MappingInvalid(f"No column's name fits the header “{self.mapping.header.pattern}”.")
        for index, match in found:
            yield base | self.own_places(index, match.groupdict())

    def own_places(self, index: int, groups: dict[str, str]) -> dict[str, Place]:
        """What the head of a column says about the numbers below it."""
        meanings = self.mapping.translations
        named = {"date" if group == "period" else group: said for group, said in groups.items() if said}
        own = {
            field: self.place(field, Source(constant=said, translation=meanings.get(field)))
            for field, said in named.items()
        }
        return own | {"value": self.place("value", Source(column=index + 1))}

    # --- Rows

    def rows(self) -> Iterator[Row]:
        named = [{field: place.column for field, place in layout.items()} for layout in self.layouts]
        for number, cells in self.numbered:
            if number in self.mapping.skip_rows or not any(cell not in (None, "") for cell in cells):
                continue
            if beyond := [i for i in range(len(self.heads), len(cells)) if in_words(cells[i]).strip()]:
                expected = f"nothing: the head has {len(self.heads)} columns"
                found = Problem(number, f"column {beyond[0] + 1}", in_words(cells[beyond[0]])[:60], expected)
                yield Row(number, None, problems=(found,))
                continue
            for layout, columns in zip(self.layouts, named, strict=True):
                row = read_row(number, cells, layout, columns)
                if not (self.mapping.wide and row.is_empty):
                    yield row

    def definition(self, row: Row) -> tuple[dict[str, str], dict[str, str]]:
        """What the mapping says about the KPI of this row, as text by field, and the columns it comes from.

        Raises NotRead, whose `column` says where, for a text that has no translation.
        """
        found = {"code": row.kpi, "owner": row.department}
        for field, place in self.definition_places.items():
            try:
                found[field] = place.read(row.cells) or ""
            except NotRead as error:
                error.column = place.column
                raise
        for override in self.mapping.create.overrides:
            if all(pattern.search(found.get(field, "")) for field, pattern in override.where.items()):
                found |= {field: in_words(value) for field, value in override.set.items()}
        return found, {field: place.column for field, place in self.definition_places.items()}


def read_row(number: int, cells: list, layout: dict[str, Place], columns: dict[str, str]) -> Row:
    found, problems = {}, []
    for field, place in layout.items():
        try:
            found[field] = place.read(cells)
        except NotRead as error:
            problems.append(Problem(number, place.column, error.found, error.expected))
    bad = {problem.column for problem in problems}
    numbers = (*NUMBERS, "target")
    if all(found.get(name) is None and columns.get(name) not in bad for name in numbers):
        return Row(number, None, columns=columns, cells=cells)  # nothing to record, whatever else it says
    parted = found.get("month") or found.get("quarter")  # either will do
    for field in layout:
        wanted = field in WANTED or (field in ("month", "quarter") and not parted)
        if wanted and found.get(field) is None and columns[field] not in bad:
            problems.append(Problem(number, columns[field], "", WANTED.get(field, f"a {field}")))
    if problems:
        return Row(number, None, columns=columns, cells=cells, problems=tuple(problems))
    return Row(number, columns=columns, cells=cells, **dated(found))


def dated(found: dict) -> dict:
    """With a date in place of its parts, and texts where there are none."""
    year, quarter, month = (found.pop(part, None) for part in ("year", "quarter", "month"))
    if year:
        found["date"] = date(year, month or (3 * (quarter or 1) - 2), 1)
    return {field: "" if cell is None and field in ("reference", "note") else cell for field, cell in found.items()}


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
