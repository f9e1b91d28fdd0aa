"""What the cells of a column look like: numbers, dates, departments, KPIs. Plain Python: no Django."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from kpis.cells import Fault, NotRead, in_words, one_line, tidy
from kpis.dates import parse_date
from kpis.numbers import parse_number
from kpis.periodic import TWO_WAYS, two_way_date

NOTHING = {"-", "–", "—", ".", "?", "n/a", "na", "#n/a", "n.a.", "none", "null", "nan", "tbd", "k.a."}
MANY_DECIMALS = re.compile(r".*[.,][0-9]{7,}%?")
COMMA = re.compile(r"-?(?:0,[0-9]+|[0-9]+,(?:[0-9]{1,2}|[0-9]{4,})|[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+)-?")
POINT = re.compile(r"-?(?:[0-9]+\.(?:[0-9]{1,2}|[0-9]{4,})|[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+)-?")
UNCLEAR = re.compile(r"-?[1-9][0-9]{0,2}[.,][0-9]{3}-?")  # 1,234: thousands or decimals, as others in the file show


def folded(text: str) -> str:
    """How names are compared: letters and digits alone, in lower case."""
    return " ".join(re.findall(r"\w+", one_line(text).replace("_", " ").casefold()))


MANY = 40  # different texts of a column that somebody may be asked about


class Vocabulary(NamedTuple):
    """What cells and heads may speak of: departments (slug by folded name) and KPIs (code by folded code or name)."""

    departments: dict[str, str] = {}
    kpis: dict[str, str] = {}
    parts: dict[str, tuple[str, str]] = {}  # (code, numerator or denominator) by the folded name of that number


@dataclass
class Profile:
    """One column, from a sample of its cells."""

    filled: int = 0
    numbers: int = 0
    dates: int = 0
    departments: int = 0
    kpis: int = 0
    commas: int = 0
    points: int = 0
    unclear: int = 0
    long: int = 0
    texts: dict[str, None] = field(default_factory=dict)
    nothings: Counter = field(default_factory=Counter)
    shapes: Counter = field(default_factory=Counter)
    two_ways: list[str] = field(default_factory=list)
    day_first: list[str] = field(default_factory=list)
    month_first: list[str] = field(default_factory=list)

    def see(self, cell, words: Vocabulary):
        text = tidy(in_words(cell))
        if not text:
            return
        if text.casefold() in NOTHING:
            self.nothings[one_line(in_words(cell))] += 1
            return
        self.filled += 1
        if len(self.texts) <= MANY:
            self.texts[one_line(in_words(cell))] = None
        if isinstance(cell, datetime | date):
            self.dates += 1
        elif isinstance(cell, bool | Fault):
            return
        elif isinstance(cell, int | float):
            self.numbers += 1
        else:
            self.text(text, words)

    def text(self, text: str, words: Vocabulary):
        if found := TWO_WAYS.fullmatch(text):
            self.two_way(text, found)
        elif is_number(text):
            self.numbers += 1
            digits = re.sub("[^0-9.,-]", "", text)
            self.commas += bool(COMMA.fullmatch(digits))
            self.points += bool(POINT.fullmatch(digits))
            self.unclear += bool(UNCLEAR.fullmatch(digits))
            self.long += bool(MANY_DECIMALS.fullmatch(text))
        elif is_date(text):
            self.dates += 1
        name = folded(text)
        self.departments += name in words.departments
        self.kpis += name in words.kpis

    def two_way(self, text: str, found: re.Match):
        first, second = int(found[1]), int(found[3])
        if first > 12 >= second:
            self.day_first.append(text)
        elif second > 12 >= first:
            self.month_first.append(text)
        elif first <= 12:
            self.two_ways.append(text)
        else:
            return
        self.dates += 1
        time = "" if not found[5] else " %H:%M:%S" if found[6] else " %H:%M"
        self.shapes[f"{found[2]}|{'%Y' if len(found[4]) == 4 else '%y'}{time}"] += 1

    def share(self, count: int) -> float:
        return count / self.filled if self.filled else 0

    @property
    def few_texts(self) -> list[str]:
        """All of them, where these are not too many or too long for somebody to say what each one means."""
        return list(self.texts) if len(self.texts) <= MANY and max(map(len, self.texts), default=0) <= 80 else []

    @property
    def date_format(self) -> str | None:
        """As `date_format` of a mapping, with A and B for the day and the month, whichever comes first."""
        if not self.shapes:
            return None
        mark, _, rest = self.shapes.most_common(1)[0][0].partition("|")
        return f"A{mark}B{mark}{rest}"

    @property
    def dated(self) -> dict | None:
        """What somebody must know to say how dates such as 03/04/2026 are read; None where there are none."""
        if not self.shapes:
            return None
        example = (self.two_ways or self.day_first or self.month_first)[0]
        found = TWO_WAYS.fullmatch(example)
        readings = {order: two_way_date(found, order) for order in ("day", "month")}
        return {
            "format": self.date_format,
            "order": self.order,
            "example": example,
            "proof": (self.day_first or self.month_first or [None])[0],
            "against": self.month_first[0] if self.day_first and self.month_first else None,
            **{order: f"{day:%Y-%m-%d}" if day else None for order, day in readings.items()},
        }

    @property
    def order(self) -> str | None:
        """`day` or `month` first, where a cell shows it and none contradicts; None where somebody must say."""
        if bool(self.day_first) == bool(self.month_first):
            return None
        return "day" if self.day_first else "month"


def is_number(text: str) -> bool:
    try:
        return parse_number(text, rounded=True) is not None
    except NotRead:
        return False


def is_date(text: str) -> bool:
    try:
        return bool(parse_date(text))
    except NotRead:
        return False
