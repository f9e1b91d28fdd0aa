"""A mapping from what somebody chose in the import wizard. Plain Python: no Django.

Choices are texts, as the form sends them and rows keep them: a column's number from 1, or “=” and a constant.
"""

import re
from decimal import Decimal
from hashlib import sha256

from kpis.cells import one_line
from kpis.guessing import KPIS, LONG, PERIODS, period_columns
from kpis.mapping import FIELDS, NUMBERS, PARTS, Mapping, Source, Translation
from kpis.profile import Vocabulary, folded


class Meanings(dict):
    """Names, whatever their case, spaces and punctuation; what stands there letter by letter comes first.

    What is not known stays as it is: the importer says what it could be.
    """

    def __contains__(self, text):
        return True

    def __getitem__(self, text):
        return self.get(text) or self.get(folded(text)) or text


def head_key(heads: list[str]) -> str:
    """Tells tables with the same columns: the names of these, whatever their case and spaces."""
    return sha256("\n".join(one_line(head).casefold() for head in heads).encode()).hexdigest()


def mapping_of(choices: dict, seen: dict, words: Vocabulary) -> Mapping:
    """How the table that was `seen` is read. Whether that makes sense, its Reading says."""
    layout, order = choices.get("layout", LONG), choices.get("order")
    means, codes = choices.get("means", {}), {code: code for code in words.kpis.values()}
    kpis = Translation(Meanings(words.kpis | codes | means.get("kpi", {})), "a KPI's code or name")
    departments = Translation(Meanings(means.get("department", {})), "a department")
    translations = {"kpi": kpis, "department": departments}
    wide = {"wide": None if layout == LONG else layout}
    wide_translations = {}
    if layout == PERIODS:
        columns = period_columns(seen["heads"], order)
        group = "month" if any(len(period) < 3 for period in columns.values()) else "period"
        heads = {seen["heads"][n - 1]: period for n, period in columns.items()}
        wide["header"] = re.compile(rf"\A(?P<{group}>{'|'.join(map(re.escape, heads))})\Z")
        wide_translations["month" if group == "month" else "date"] = Translation(heads, "a period")
    if layout == KPIS:
        wide["kpis"] = measured(choices.get("kpis", {}))
    nothing = frozenset(filter(None, map(one_line, choices.get("nothing", "").split(","))))
    return Mapping(
        sources={f: source(choices[f], translations.get(f)) for f in (*FIELDS, *PARTS) if choices.get(f)},
        translations=translations | wide_translations,
        sheet=seen.get("sheet") or None,
        header_row=seen["header_row"],
        skip_rows=frozenset(seen.get("comments", [])),
        decimal=choices.get("decimal") or None,
        rounded=bool(choices.get("rounded")),
        date_format=date_format(choices, seen) if layout != PERIODS else None,
        none={"any": nothing} if nothing else {},
        multiply={"value": Decimal(choices["multiply"])} if choices.get("multiply") else {},
        **wide,
    )


def source(choice: str, translation: Translation | None = None) -> Source:
    """A constant was chosen from those there are, so it needs no translation."""
    return Source(constant=choice[1:]) if choice.startswith("=") else Source(int(choice), translation=translation)


def measured(kpis: dict[str, str]) -> dict[str, dict[str, Source]]:
    """The columns of each KPI, from “code: value” by column."""
    found: dict[str, dict[str, Source]] = {}
    for column, text in kpis.items():
        code, _, part = text.partition(": ")
        found.setdefault(code, {})[part if part in (*NUMBERS, "target") else "value"] = Source(int(column))
    return found


def date_format(choices: dict, seen: dict) -> str | None:
    """Python's for the shape that was seen in the column of the dates, where it is one that can be read in two ways."""
    dated = seen.get("dated", {}).get(choices.get("date", ""))
    if not dated:
        return None
    first, second = ("%m", "%d") if choices.get("order") == "month" else ("%d", "%m")
    return dated["format"].replace("A", first).replace("B", second)
