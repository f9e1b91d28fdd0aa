"""Reads a mapping from a TOML file, strictly: what is not known is refused by name. Plain Python: no Django.

`docs/importing.md` explains every key with an example.
"""

import re
import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path

from kpis import sheets
from kpis.cells import in_words, one_line
from kpis.mapping import (
    DEFINITION,
    FIELDS,
    NUMBERS,
    PARTS,
    Create,
    Mapping,
    MappingInvalid,
    Override,
    Source,
    Translation,
)


class Keys:
    """A table of the TOML file, taken apart key by key; what is left over in the end was not known."""

    def __init__(self, table, where: str):
        if not isinstance(table, dict):
            raise MappingInvalid(f"{where} is a table of keys and values, not {table!r}.")
        self.table, self.where, self.known = dict(table), where, []

    def take(self, key: str, *kinds: type, default=None):
        self.known.append(key)
        value = self.table.pop(key, default)
        fits = isinstance(value, kinds) and (not isinstance(value, bool) or bool in kinds)
        if value is not default and not fits:
            wanted = " or ".join({dict: "a table", list: "a list", str: "a text", int: "a whole number",
                                  bool: "true or false", float: "a number"}[kind] for kind in kinds)  # fmt: skip
            raise MappingInvalid(f"{self.where}: “{key}” is {wanted}, not {value!r}.")
        return value

    def one_of(self, key: str, *choices: str) -> str | None:
        value = self.take(key, str)
        if value is not None and value not in choices:
            raise MappingInvalid(f"{self.where}: “{key}” is {' or '.join(map(repr, choices))}, not {value!r}.")
        return value

    def pattern(self, key: str) -> re.Pattern | None:
        text = self.take(key, str)
        return None if text is None else pattern(text, f"{self.where}: “{key}”")

    def end(self):
        if self.table:
            unknown, known = (", ".join(f"“{key}”" for key in keys) for keys in (self.table, self.known))
            raise MappingInvalid(f"{self.where}: {unknown} is not known. Known are {known}.")


def load(path: Path, *, beside: Path | None = None) -> Mapping:
    """The mapping in a file. Look-up files are looked for beside the imported file, then beside the mapping."""
    path = Path(path)
    folders = [*([Path(beside).parent] if beside else []), path.parent]
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError):
        raise MappingInvalid(f"The mapping {path} cannot be read.") from None
    return parse(text, folders=folders, name=path.name)


def parse(text: str, *, folders: list[Path] = (), name: str = "The mapping") -> Mapping:
    """Raises MappingInvalid, which names the key and what is known in its place."""
    try:
        keys = Keys(tomllib.loads(text), name)
    except tomllib.TOMLDecodeError as error:
        raise MappingInvalid(f"{name} is not TOML: {error}.") from None
    translations = {
        each: translation(table, f"{name}: translate.{each}", folders)
        for each, table in known(keys.take("translate", dict, default={}), FIELDS, f"{name}: translate").items()
    }
    columns = known(keys.take("columns", dict, default={}), (*FIELDS, *PARTS), f"{name}: columns")
    constants = known(keys.take("constants", dict, default={}), FIELDS, f"{name}: constants")
    sources = {
        each: Source(constant=scalar(value, f"{name}: constants.{each}"), translation=translations.get(each))
        for each, value in constants.items()
    }
    sources |= {each: column(value, name, translations.get(each)) for each, value in columns.items()}
    none = keys.take("none", list, dict, default={})
    mapping = Mapping(
        sources=sources,
        translations=translations,
        wide=keys.one_of("wide", "periods", "kpis"),
        header=keys.pattern("header"),
        kpis={
            code: measured(value, f"{name}: kpis.{code}") for code, value in keys.take("kpis", dict, default={}).items()
        },
        sheet=keys.take("sheet", str),
        encoding=keys.take("encoding", str),
        delimiter=keys.take("delimiter", str),
        header_row=keys.take("header_row", int),
        skip_rows=frozenset(whole(keys.take("skip_rows", list, default=[]), f"{name}: skip_rows")),
        decimal=keys.one_of("decimal", ".", ","),
        rounded=keys.take("round", bool, default=False),
        date_format=keys.take("date_format", str),
        none=nothings(none if isinstance(none, dict) else {"any": none}, f"{name}: none"),
        multiply=factors(keys.take("multiply", dict, default={}), f"{name}: multiply"),
        create=creation(Keys(keys.take("create", dict, default={}), f"{name}: create"), folders),
    )
    keys.end()
    refuse_unclear(mapping, name)
    return mapping


def known(table: dict, names, where: str) -> dict:
    keys = Keys(table, where)
    keys.known = list(names)
    keys.table = {key: value for key, value in table.items() if key not in names}
    keys.end()
    return table


def column(value, where: str, meaning: Translation | None = None) -> Source:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise MappingInvalid(f"{where}: a column is a name or a number from 1, not {value!r}.")
    return Source(column=value, translation=meaning)


def measured(value, where: str) -> dict[str, Source]:
    """The columns of one KPI of a table with a column, or several, for each KPI."""
    if not isinstance(value, dict):
        return {"value": column(value, where)}
    return {key: column(each, where) for key, each in known(value, (*NUMBERS, "target", "note"), where).items()}


def scalar(value, where: str):
    if not isinstance(value, str | int | float | date):
        raise MappingInvalid(f"{where} is a text, a number or a date, not {value!r}.")
    return value


def whole(values: list, where: str) -> list[int]:
    if not all(isinstance(value, int) for value in values):
        raise MappingInvalid(f"{where} is a list of whole numbers, not {values!r}.")
    return values


def factors(table: dict, where: str) -> dict[str, Decimal]:
    for each, factor in known(table, NUMBERS, where).items():
        if not isinstance(factor, int | float) or not Decimal(str(float(factor))).is_finite():
            raise MappingInvalid(f"{where}: “{each}” is a number, not {factor!r}.")
    return {each: Decimal(str(factor)) for each, factor in table.items()}


def pattern(text: str, where: str) -> re.Pattern:
    try:
        return re.compile(text)
    except re.error as error:
        raise MappingInvalid(f"{where} is not a regular expression: {error}.") from None


def nothings(table: dict, where: str) -> dict[str, frozenset[str]]:
    found = {}
    for each, texts in known(table, ("any", *FIELDS), where).items():
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise MappingInvalid(f"{where}: “{each}” is a list of texts, not {texts!r}.")
        found[each] = frozenset(one_line(text) for text in texts)
    return found


def translation(table, where: str, folders: list[Path]) -> Translation:
    if isinstance(table, dict) and "file" in table:
        return looked_up(Keys(table, where), folders)
    texts = {one_line(key): value for key, value in Keys(table, where).table.items()}
    if not texts or not all(isinstance(value, str) for value in texts.values()):
        raise MappingInvalid(f'{where} gives a text for a text, such as {{ D = "down" }}, or a file, from and to.')
    return Translation(texts, f"one of {', '.join(list(texts)[:12])}")


def looked_up(keys: Keys, folders: list[Path]) -> Translation:
    name, key, meaning = (keys.take(each, str) for each in ("file", "from", "to"))
    keys.end()
    if not (name and key and meaning) or Path(name).name != name:
        raise MappingInvalid(f"{keys.where} takes the name of a file beside the data, and its columns: file, from, to.")
    path = next((folder / name for folder in folders if (folder / name).is_file()), None)
    if path is None:
        raise MappingInvalid(f"{keys.where}: there is no {name} beside the imported file or the mapping.")
    (_, heads), *rows = list(sheets.read(path).rows) or [(1, [])]
    heads = [one_line(in_words(head)) for head in heads]
    for each in (key, meaning):
        if heads.count(each) != 1:
            raise MappingInvalid(f"{keys.where}: {name} has no column “{each}”, but {', '.join(heads)}.")
    places = heads.index(key), heads.index(meaning)
    meanings = {}
    for _, cells in rows:
        if max(places) < len(cells):
            text, means = (one_line(in_words(cells[place])) for place in places)
            if meanings.setdefault(text, means) != means:
                raise MappingInvalid(f"{keys.where}: {name} gives “{text}” two meanings, {meanings[text]} and {means}.")
    return Translation(meanings, f"a {key} that is in {name}")


def creation(keys: Keys, folders: list[Path]) -> Create:
    kpis = keys.take("kpis", dict)
    overrides = [Keys(each, f"{keys.where}: overrides") for each in keys.take("overrides", list, default=[])]
    create = Create(
        root=keys.take("root", str, default="Agency"),
        departments=keys.take("departments", bool, default=False),
        parents={
            child: scalar(parent, f"{keys.where}: parents")
            for child, parent in keys.take("parents", dict, default={}).items()
        },
        kpis=None if kpis is None else {
            each: defined(value, f"{keys.where}: kpis.{each}", folders)
            for each, value in known(kpis, DEFINITION, f"{keys.where}: kpis").items()
        },
        overrides=tuple(override(each) for each in overrides),
    )  # fmt: skip
    keys.end()
    return create


def defined(value, where: str, folders: list[Path]) -> Source:
    """A constant, or { column = …, translate = … }."""
    if not isinstance(value, dict):
        return Source(constant=scalar(value, where))
    keys = Keys(value, where)
    name, meanings = keys.take("column", str, int), keys.take("translate", dict)
    keys.end()
    if name is None:
        raise MappingInvalid(f"{where} is a constant, or a table with a column.")
    return column(name, where, None if meanings is None else translation(meanings, where, folders))


def override(keys: Keys) -> Override:
    where = known(keys.take("where", dict, default={}), ("code", *DEFINITION), f"{keys.where}: where")
    values = known(keys.take("set", dict, default={}), DEFINITION, f"{keys.where}: set")
    keys.end()
    patterns = {each: pattern(str(text), f"{keys.where}: where.{each}") for each, text in where.items()}
    return Override(patterns, {each: scalar(value, f"{keys.where}: set.{each}") for each, value in values.items()})


def refuse_unclear(mapping: Mapping, name: str):
    """What every key allows by itself and all of them together do not."""
    groups = set(mapping.header.groupindex) if mapping.header else set()
    found = set(mapping.sources) | groups | ({"kpi", *NUMBERS} if mapping.wide == "kpis" else set())
    found |= {"value"} if mapping.wide == "periods" else set()
    dated = {"date", "period"} & found or ("year" in found and {"month", "quarter"} & found)
    numbers = {"value", "target"} & found or {"numerator", "denominator"} <= found
    rules = {
        "name the department: columns.department or constants.department.": "department" in found,
        "name the KPI: columns.kpi or constants.kpi.": "kpi" in found,
        "name the date: columns.date, or columns.year with columns.month or columns.quarter.": dated,
        "name the numbers: columns.value, or columns.numerator and columns.denominator.": numbers,
        "wide = “periods” and header go together.": (mapping.wide == "periods") == bool(mapping.header),
        "wide = “kpis” and the table kpis go together.": (mapping.wide == "kpis") == bool(mapping.kpis),
        "the groups of header are period, kpi, year, quarter and month.": groups <= {"period", "kpi", *PARTS},
        "it translates what it does not name.": set(mapping.translations) <= found,
        "the delimiter is one character.": mapping.delimiter is None or len(mapping.delimiter) == 1,
    }
    for rule, kept in rules.items():
        if not kept:
            raise MappingInvalid(f"{name}: {rule}")
