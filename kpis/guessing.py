"""Guesses what the columns of a table mean, from their heads and their cells. Plain Python: no Django.

A guess is what the form of the import wizard starts with. Its fields are texts: a column's number from 1, or “=” and
what the whole file is of. What a table does not show is left open, and so is a date that can be read in two ways.
"""

from collections.abc import Iterable

from kpis.heads import field_named
from kpis.look import Look
from kpis.periodic import month_in, period_in
from kpis.profile import Profile, Vocabulary, folded

LONG, PERIODS, KPIS = "long", "periods", "kpis"
MOSTLY = 0.6
NAMES = {"id", "no", "nr", "number", "code", "row"}  # numbers that count nothing


def guess(look: Look, words: Vocabulary, *, names: Iterable[str] = ()) -> dict:
    """The choices to start with. `names` are those of the file and its sheet, which may say whose or what it is."""
    return Guess(look, words, [folded(name) for name in names]).choices()


def period_columns(heads: list[str], order: str | None = None) -> dict[int, str]:
    """Columns from 1 whose heads name periods, and the first day of each in ISO; months without a year as 1 to 12."""
    dated = {n: f"{found:%Y-%m-%d}" for n, head in enumerate(heads, 1) if (found := period_in(head, order))}
    if len(dated) > 1:
        return dated
    months = {n: str(found) for n, head in enumerate(heads, 1) if (found := month_in(head))}
    return months if len(months) > 1 else {}


def heads_dated(heads: list[str]) -> dict | None:
    """As `dated` of a column, for heads that are dates such as 03/04/2026."""
    profile = Profile()
    for head in heads:
        profile.see(head, Vocabulary())
    return profile.dated


class Guess:
    def __init__(self, look: Look, words: Vocabulary, names: list[str]):
        self.heads, self.words, self.names = look.heads, words, names
        self.profiles = dict(enumerate(look.profiles, 1))
        self.comments = look.comments
        self.named = {n: field for n, head in enumerate(look.heads, 1) if (field := field_named(head))}
        self.taken: set[int] = set()
        self.dated = heads_dated(look.heads)
        self.periods = self.usable_periods()
        self.measured = {n: found for n, head in enumerate(look.heads, 1) if (found := self.measured_in(head))}

    def usable_periods(self) -> dict[int, str]:
        found = period_columns(self.heads, self.dated and self.dated["order"])
        return found if all(p.share(p.numbers) >= 0.5 or not p.filled for p in map(self.profiles.get, found)) else {}

    def measured_in(self, head: str) -> str | None:
        name = folded(head)
        if name in self.words.kpis and name not in self.words.parts:
            return f"{self.words.kpis[name]}: value"
        return ": ".join(self.words.parts[name]) if name in self.words.parts else None

    def choices(self) -> dict:
        kpi = self.best("kpi", lambda p: p.kpis)
        layout = PERIODS if self.periods else KPIS if self.measured and kpi is None else LONG
        self.taken |= set(self.periods) | (set(self.measured) if layout == KPIS else set())
        department = self.best("department", lambda p: p.departments)
        found = {"layout": layout, "department": department or self.whole_file(self.words.departments)}
        if layout != KPIS:
            found["kpi"] = kpi or self.whole_file(self.words.kpis)
        if layout != PERIODS:
            found |= self.dates()
        if layout == LONG:
            found |= self.numbers()
        if layout == KPIS:
            found["kpis"] = {str(n): code for n, code in self.measured.items()}
        if layout == PERIODS and any(len(period) < 3 for period in self.periods.values()):
            found["year"] = self.by_name("year")
        if layout == PERIODS and self.dated:
            found["order"] = self.dated["order"]
        found |= {field: self.by_name(field) for field in ("note", "reference") if layout != PERIODS}
        found |= {"decimal": self.decimal(), "nothing": ", ".join(self.nothings())}
        found["rounded"] = "on" if any(p.long for p in self.profiles.values()) else ""
        return {name: value for name, value in found.items() if value}

    def best(self, field: str, counted) -> str | None:
        """The column with most known names; else the one that is called like it and has no numbers in it."""
        free = {n: p for n, p in self.profiles.items() if n not in self.taken}
        known = {n: p.share(counted(p)) for n, p in free.items()}
        if known and max(known.values()) >= 0.5:
            return self.take(max(known, key=known.get))
        texts = [n for n in free if self.named.get(n) == field and free[n].share(free[n].numbers) < MOSTLY]
        return self.take(texts[0]) if texts else None

    def take(self, column: int) -> str:
        self.taken.add(column)
        return str(column)

    def by_name(self, field: str, fits=lambda profile: True) -> str | None:
        found = [
            n for n, each in self.named.items() if each == field and n not in self.taken and fits(self.profiles[n])
        ]
        return self.take(found[0]) if found else None

    def whole_file(self, known: dict[str, str]) -> str | None:
        """The longest known name that the file's or the sheet's name has in it; or the only one there is."""
        inside = [name for name in known if any(f" {name} " in f" {said} " for said in self.names)]
        if inside:
            return f"={known[max(inside, key=len)]}"
        return f"={next(iter(known.values()))}" if len(set(known.values())) == 1 else None

    def dates(self) -> dict:
        free = [n for n in self.profiles if n not in self.taken]
        dated = [n for n in free if is_mostly(self.profiles[n], "dates")]
        dated.sort(key=lambda n: self.named.get(n) != "date")  # of several the one that is called so
        if dated:
            profile = self.profiles[int(self.take(dated[0]))]
            return {"date": str(dated[0]), "order": profile.order} if profile.date_format else {"date": str(dated[0])}
        if year := self.by_name("year"):
            return {"year": year, "month": self.by_name("month"), "quarter": self.by_name("quarter")}
        return {"date": self.by_name("date") or self.by_name("month")}

    def numbers(self) -> dict:
        numeric = lambda p: is_mostly(p, "numbers") or not p.filled  # noqa: E731
        found = {field: self.by_name(field, numeric) for field in ("numerator", "denominator", "target", "value")}
        for n, head in enumerate(self.heads, 1):
            if n not in self.taken and (part := self.words.parts.get(folded(head))) and not found[part[1]]:
                found[part[1]] = self.take(n)
        free = [n for n in self.profiles if n not in self.taken and folded(self.heads[n - 1]) not in NAMES]
        left = [n for n in free if is_mostly(self.profiles[n], "numbers")]
        if not found["value"] and not (found["numerator"] and found["denominator"]) and len(left) == 1:
            found["value"] = self.take(left[0])
        return found

    def decimal(self) -> str | None:
        """A comma, where a number such as 1,234 would else be read otherwise than its neighbours show."""
        commas, points, unclear = (
            any(getattr(p, kind) for p in self.profiles.values()) for kind in ("commas", "points", "unclear")
        )
        return "," if commas and unclear and not points else None

    def nothings(self) -> list[str]:
        found = dict.fromkeys(text for p in self.profiles.values() for text in p.nothings if "," not in text)
        return list(found)[:10]


def is_mostly(profile: Profile, kind: str) -> bool:
    return profile.filled > 0 and profile.share(getattr(profile, kind)) >= MOSTLY
