"""What the overview shows: the agency's few numbers, a row per department, and what waits for somebody."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import zip_longest
from typing import NamedTuple

from django.db.models import Q, Sum

from departments.models import Department, User
from kpis.goals import Standing
from kpis.models import Kpi
from kpis.periods import Calendar, Grain
from kpis.selectors.scorecard import Book, Line, lines

FIGURES, LONGEST = 8, 4


@dataclass
class Row:
    """A department directly under the agency, with all below it."""

    department: Department
    head: User | None
    lines: list[Line]
    fte: Decimal

    def of_kind(self, *kinds: str) -> list[Line]:
        return [line for line in self.lines if line.kind in kinds]

    @cached_property
    def due(self) -> list[Line]:
        return [line for line in self.lines if line.latest.due or line.latest.reading]

    @cached_property
    def missing(self) -> list[Line]:
        return [line for line in self.lines if line.latest.is_missing]

    @property
    def reported(self) -> int:
        return len(self.due) - len(self.missing)

    @cached_property
    def judged(self) -> list[Line]:
        return self.of_kind("on", "risk", "off")

    @property
    def on_target(self) -> int:
        return len(self.of_kind("on"))

    @cached_property
    def keeps_missing(self) -> list[Line]:
        return self.of_kind("off")

    @property
    def kind(self) -> str:
        """The row in a word, worst first; where half is not reported, that is the word."""
        if self.missing and 2 * len(self.missing) >= len(self.due):
            return "none"
        if not self.judged:
            return "untargeted"
        return "off" if self.keeps_missing else "risk" if self.of_kind("risk") else "on"


class Need(NamedTuple):
    """Something that waits for somebody: what, since when or how much, and the one thing to do about it."""

    kind: str
    title: str
    detail: str
    department: Department
    action: str
    view: str


@dataclass
class Overview:
    agency: Department
    rows: list[Row]
    own: list[Line]
    figures: list[Line]
    calendar: Calendar
    grain: Grain
    period: date

    @cached_property
    def lines(self) -> list[Line]:
        return [line for row in self.rows for line in row.lines]

    @property
    def has_values(self) -> bool:
        return any(line.newest for line in self.lines + self.figures)

    @property
    def due(self) -> int:
        return sum(len(row.due) for row in self.rows)

    @property
    def reported(self) -> int:
        return sum(row.reported for row in self.rows)

    @cached_property
    def off_target(self) -> list[Line]:
        """Those that have missed their target longest, first."""
        found = [line for line in self.lines if line.latest.standing is Standing.OFF]
        return sorted(found, key=lambda line: (-line.missed_in_a_row, not line.kpi.headline))

    @property
    def longest(self) -> list[Line]:
        return self.off_target[:LONGEST]

    @property
    def keeps_missing(self) -> int:
        return sum(line.kind == "off" for line in self.off_target)

    @cached_property
    def needs(self) -> list[Need]:
        silent = sorted((row for row in self.rows if row.missing), key=lambda row: -len(row.missing))
        found = [self.not_reported(row) for row in silent]
        failing = sorted((row for row in self.rows if row.keeps_missing), key=lambda row: -len(row.keeps_missing))
        found += [self.failing(row) for row in failing]
        headless = [row.department for row in self.rows if row.head is None]
        return found + ([self.without_head(headless)] if headless else [])

    def not_reported(self, row: Row) -> Need:
        title = f"{row.department} has not reported {len(row.missing)} of {len(row.due)} KPIs"
        shown = some([self.since(line) for line in row.missing])
        return Need("none", title, shown, row.department, "Enter values", "kpis:values")

    def failing(self, row: Row) -> Need:
        lines = sorted(row.keeps_missing, key=lambda line: -line.missed_in_a_row)
        title = f"{row.department} keeps missing {len(lines)} of {len(row.judged)} targets"
        shown = some([f"{line.kpi} ({line.missed_in_a_row} {line.grain}s)" for line in lines])
        return Need("off", title, shown, row.department, "Open", "departments:detail")

    def since(self, line: Line) -> str:
        period = line.newest.period if line.newest else None
        last = f"last {self.calendar.label(period, line.grain)}" if period else "no value yet"
        return f"{line.kpi} ({last})"

    def without_head(self, departments: list[Department]) -> Need:
        first, *more = departments
        title = f"{len(departments)} departments have no head" if more else f"{first} has no head"
        detail = (
            f"{', '.join(map(str, departments))}: nobody answers for these KPIs."
            if more
            else "Nobody answers for its KPIs."
        )
        return Need("risk", title, detail, first, "Open", "departments:detail")


def some(names: list[str], many: int = 3) -> str:
    """“a, b, c and 2 more”"""
    more = len(names) - many
    return ", ".join(names[:many]) + (f" and {more} more" if more > 0 else "")


def overview(departments, *, on: date, upto: date) -> Overview | None:
    """None before there is an agency. A constant number of queries, however many departments and KPIs."""
    here = (Q(staff__starts_on=None) | Q(staff__starts_on__lte=on)) & (
        Q(staff__leaves_on=None) | Q(staff__leaves_on__gte=on)
    )
    employed = Q(staff__is_active=True) & here
    nodes = list(departments.annotate(fte=Sum("staff__fte", filter=employed)).by_name())
    agency = next((d for d in nodes if d.parent_id is None), None)
    if agency is None:
        return None
    tops = [d for d in nodes if d.parent_id == agency.pk and (d.closed_on is None or d.closed_on >= upto)]
    book = Book(nodes, Kpi.objects.live(on=upto).select_related("owner").by_name(), on=on)
    found = lines(book, [agency.pk, *(d.pk for d in tops)], upto=upto)
    by_department = defaultdict(list)
    for line in found:
        by_department[line.department.pk].append(line)
    rows = [Row(d, book.heads.get(d.pk), by_department[d.pk], fte_below(book, nodes, d)) for d in tops]
    grain = min((line.grain for line in found), key=lambda g: g.fineness, default=Grain.WEEK)
    period = book.calendar.start(upto, grain)
    return Overview(
        agency=agency,
        rows=rows,
        own=by_department[agency.pk],
        figures=figures(by_department, agency),
        calendar=book.calendar,
        grain=grain,
        period=period,
    )


def figures(by_department, agency: Department) -> list[Line]:
    """The headline KPIs: the agency's own first, then, a department at a time, those that add up no further."""
    own = [line for line in by_department[agency.pk] if line.kpi.headline]
    own.sort(key=lambda line: line.kpi.owner_id != agency.pk)
    shown = {line.kpi.pk for line in own}
    others = [
        [line for line in found if line.kpi.headline and line.kpi.pk not in shown]
        for key, found in by_department.items()
        if key != agency.pk
    ]
    in_turn = [line for round in zip_longest(*others) for line in round if line]
    return (own + in_turn)[:FIGURES]


def fte_below(book: Book, nodes: list[Department], department: Department) -> Decimal:
    below = book.tree.below(department.pk)
    return sum((d.fte or Decimal(0) for d in nodes if d.pk in below), Decimal(0))
