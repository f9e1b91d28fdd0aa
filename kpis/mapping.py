"""How the columns of a file become observations. Plain Python: no Django. `mapping_file` reads it from TOML."""

import re
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from kpis import sheets

NUMBERS = ("value", "numerator", "denominator")
FIELDS = ("department", "kpi", "date", *NUMBERS, "reference", "target", "note")
PARTS = ("year", "quarter", "month")
DEFINITION = (
    "name", "description", "owner", "category", "unit", "decimals", "direction", "cadence", "recorded", "over_time",
    "over_departments", "numerator_name", "denominator_name", "per", "least", "most", "headline", "position",
)  # fmt: skip


class MappingInvalid(ValueError):
    """A mapping says something that cannot be followed, or does not fit its file."""


class Translation(NamedTuple):
    """What a cell's text stands for. `expected` says which texts are known."""

    meanings: dict[str, str]
    expected: str


@dataclass(frozen=True)
class Source:
    """Where a field comes from: a column (by name, or number from 1) or a constant; then perhaps translated."""

    column: str | int | None = None
    constant: object = None
    translation: Translation | None = None


@dataclass(frozen=True)
class Override:
    """Definitions whose fields match all of `where` get what `set` says."""

    where: dict[str, re.Pattern]
    set: dict[str, str]


@dataclass(frozen=True)
class Create:
    """What to bring into being when a file names it for the first time."""

    root: str = "Agency"
    departments: bool = False
    parents: dict[str, str] = field(default_factory=dict)
    kpis: dict[str, Source] | None = None
    overrides: tuple[Override, ...] = ()


@dataclass(frozen=True)
class Mapping:
    """The canonical table unless told otherwise: `sources` None takes the columns that have a field's name."""

    sources: dict[str, Source] | None = None
    translations: dict[str, Translation] = field(default_factory=dict)
    wide: str | None = None
    header: re.Pattern | None = None
    kpis: dict[str, dict[str, Source]] = field(default_factory=dict)
    sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header_row: int | None = None
    skip_rows: frozenset[int] = frozenset()
    decimal: str | None = None
    rounded: bool = False
    date_format: str | None = None
    none: dict[str, frozenset[str]] = field(default_factory=dict)
    multiply: dict[str, Decimal] = field(default_factory=dict)
    create: Create = Create()

    def open(self, path: Path) -> sheets.Table:
        return sheets.read(path, sheet=self.sheet, encoding=self.encoding, delimiter=self.delimiter)
