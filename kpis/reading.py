"""Reads the rows of a table by a mapping: each becomes values with their places, or problems that name the cell.

Plain Python: no Django. Nothing is looked up here; what a row means for a department or KPI is the importer's question.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from kpis.cells import NotRead, in_words, one_line
from kpis.goals import Goal
from kpis.mapping import FIELDS, NUMBERS, PARTS, Mapping, MappingInvalid, Source
from kpis.places import Place, parser
from kpis.sheets import Table

WANTED = {"department": "a department", "kpi": "a KPI's code", "date": "a date", "year": "a year"}


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
    layout: dict[str, Place] | None = None
    cells: list = ()
    problems: tuple[Problem, ...] = ()

    @property
    def is_empty(self) -> bool:
        """There is nothing to record: neither a number nor a target."""
        return not self.problems and self.target is None and all(getattr(self, name) is None for name in NUMBERS)

    def problem(self, field: str, understood, expected: str) -> Problem:
        """Names the cell with what stands there; a date may stand in several, and a field in none."""
        names = [field] if field in self.layout else PARTS if field == "date" else ()
        places = [self.layout[name] for name in names if name in self.layout]
        said = ", ".join(filter(None, (place.shown(self.cells, understood) for place in places)))
        column = ", ".join(place.column for place in places) or field
        return Problem(self.number, column, NotRead(said or understood, expected).found, expected)


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
            names = [head.casefold() for head in self.heads if head]
            many = unknown or sorted({name for name in names if names.count(name) > 1})
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
            parse=parser(field, self.mapping),
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
        return Row(number, None, layout=layout, cells=cells)  # nothing to record, whatever else it says
    parted = found.get("month") or found.get("quarter")  # either will do
    for field in layout:
        wanted = field in WANTED or (field in ("month", "quarter") and not parted)
        if wanted and found.get(field) is None and columns[field] not in bad:
            problems.append(Problem(number, columns[field], "", WANTED.get(field, f"a {field}")))
    if problems:
        return Row(number, None, layout=layout, cells=cells, problems=tuple(problems))
    return Row(number, layout=layout, cells=cells, **dated(found))


def dated(found: dict) -> dict:
    """With a date in place of its parts, and texts where there are none."""
    year, quarter, month = (found.pop(part, None) for part in ("year", "quarter", "month"))
    if year:
        found["date"] = date(year, month or (3 * (quarter or 1) - 2), 1)
    return {field: "" if cell is None and field in ("reference", "note") else cell for field, cell in found.items()}
