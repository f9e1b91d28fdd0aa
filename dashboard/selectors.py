"""What the overview shows: the agency's few numbers, a row per department, and what waits for somebody."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import zip_longest
from typing import NamedTuple

from django.db.models import Exists, JSONField, OuterRef, Q, Subquery, Sum
from django.db.models.functions import JSONObject

from departments.models import Department, Pause, User
from kpis.models import Kpi
from kpis.models.kpi import HEADLINES
from kpis.periods import Calendar, Grain
from kpis.selectors import knowledge
from kpis.selectors.book import Book
from kpis.selectors.freshness import moment
from kpis.selectors.judged import Line
from kpis.selectors.readings import Window
from kpis.selectors.restatements import tell_restated
from kpis.selectors.scorecard import lines
from kpis.selectors.series import newest_periods
from kpis.spc import false_alarm_rate
from meetings import weeks
from meetings.models import WeeklyStatus
from meetings.selectors.machine import DataSay

LONGEST = 4
NAMED = 2  # KPIs that a need calls by name
LISTED = 4  # of what really changed
COUNTED = {  # what a number of the overview counts
    "due": "values that were due",
    "reported": "values that are in",
    "missing": "values that are missing",
    "judged": "KPIs with a target and an answer",
    "on": "KPIs on target",
    "missed": "KPIs that missed their target",
    "off": "KPIs that keep missing their target",
    "concerns": "signals of concern",
    "fresh": "new signals",
    "lasting": "signals that go on",
    "changed": "signals, new ones and those that go on",
    "headline": "headline KPIs",
}
KINDS = {"on": ["on"], "missed": ["risk", "off"], "off": ["off"]}


@dataclass
class Row:
    """A department directly under the agency, with all below it; or what the agency itself measures.

    `status` is the newest of this week and the one before, as far as it was sent; `owes` whether one is expected.
    """

    department: Department
    head: User | None
    lines: list[Line]
    fte: Decimal | None  # None where nobody is entered
    status: WeeklyStatus | None = None
    owes: bool = False

    @cached_property
    def data(self) -> DataSay:
        """What the data say beside what the head reports."""
        limited = [line for line in self.lines if line.behaviour and line.behaviour.limits]
        misses = [line.kpi for line in limited if line.behaviour.assurance == "misses"]
        return DataSay(len(limited), [line.kpi for line in self.concerns], misses)

    @property
    def differs(self) -> bool:
        return bool(self.status) and self.status.health == "on" and self.data.kind == "concern"

    def of_kind(self, *kinds: str) -> list[Line]:
        return [line for line in self.lines if line.kind in kinds]

    @cached_property
    def due(self) -> list[Line]:
        return [line for line in self.lines if line.latest and not line.kpi.is_formula]

    @cached_property
    def missing(self) -> list[Line]:
        return [line for line in self.due if line.latest.is_missing]

    @property
    def reported(self) -> int:
        return len(self.due) - len(self.missing)

    @cached_property
    def judged(self) -> list[Line]:
        """Those with a target, and an answer to hold against it."""
        return self.of_kind("on", "risk", "off")

    @property
    def on_target(self) -> int:
        return len(self.of_kind("on"))

    @cached_property
    def keeps_missing(self) -> list[Line]:
        return self.of_kind("off")

    @cached_property
    def concerns(self) -> list[Line]:
        return [line for line in self.lines if line.sign and line.sign.kind == "concern"]

    def counted(self, what: str) -> list[Line]:
        if what in ("due", "missing", "judged", "concerns"):
            return getattr(self, what)
        if what == "reported":
            return [line for line in self.due if not line.latest.is_missing]
        return self.of_kind(*KINDS[what])

    @property
    def kind(self) -> str:
        """The row in a word, worst first, by the newest answers there are."""
        if not self.judged:
            return "none" if self.missing else "untargeted"
        return "off" if self.keeps_missing else "risk" if self.of_kind("risk") else "on"


class Need(NamedTuple):
    """Something that waits for somebody: what, since when or how much, and the one thing to do about it."""

    kind: str
    title: str
    detail: str
    department: Department
    action: str
    view: str
    counted: str = ""  # the lines it is about


@dataclass
class Overview:
    departments: list[Department]
    agency: Department
    rows: list[Row]
    own: list[Line]
    headlines: list[Line]
    book: Book
    grain: Grain
    newest: dict[tuple[int, int], date]  # of lines with nothing in their periods: when something last was there
    week: date  # the one that statuses are expected of

    @property
    def calendar(self) -> Calendar:
        return self.book.calendar

    @cached_property
    def lines(self) -> list[Line]:
        return [line for row in self.rows for line in row.lines]

    def counted(self, what: str, departments: Collection[Department]) -> list[Line]:
        """The lines behind a number of the overview, in the order of its rows."""
        if what == "changed":
            return self.changed
        if what in ("fresh", "lasting"):
            return [line for line in self.changed if is_new(line) == (what == "fresh")]
        if what == "headline":
            return self.headlines
        return [line for row in self.rows if row.department in departments for line in row.counted(what)]

    @property
    def figures(self) -> list[Line]:
        """The headline KPIs that there is room for."""
        return self.headlines[:HEADLINES]

    @property
    def more_figures(self) -> int:
        return len(self.headlines) - len(self.figures)

    def tell_restated(self, lines: Iterable[Line]) -> None:
        """Which of these lines' newest answers were restated."""
        tell_restated(self.book, [(line, [line.judged]) for line in lines if line.judged])

    @property
    def has_values(self) -> bool:
        return any(not line.is_silent for line in self.lines + self.figures)

    @property
    def due(self) -> int:
        return sum(len(row.due) for row in self.rows)

    @property
    def reported(self) -> int:
        return sum(row.reported for row in self.rows)

    @property
    def judged(self) -> int:
        return sum(len(row.judged) for row in self.rows)

    @property
    def kpis(self) -> int:
        return len({line.kpi.pk for line in self.lines})

    @property
    def owing(self) -> list[Row]:
        return [row for row in self.rows if row.owes]

    @property
    def silent(self) -> list[Row]:
        """Those whose status of last week is not in."""
        return [row for row in self.owing if row.status is None]

    @property
    def statuses_in(self) -> int:
        return len(self.owing) - len(self.silent)

    @property
    def has_heads(self) -> bool:
        return any(row.head for row in self.rows)

    @property
    def has_people(self) -> bool:
        return any(row.fte is not None for row in self.rows)

    @property
    def is_the_agency_alone(self) -> bool:
        """Whether all figures are the agency's own, and none a department's."""
        return all(line.department == self.agency for line in self.figures)

    @cached_property
    def changed(self) -> list[Line]:
        """Those whose newest value is a signal, the agency's too: new ones first, of these what was known last."""
        lines = (line for line in reversed(self.lines + self.own) if line.sign)
        found = {(line.source, line.sign.kind, line.sign.first): line for line in lines}
        return sorted(found.values(), key=urgency)

    @cached_property
    def fresh(self) -> list[Line]:
        """Those that could first be seen with their newest value; all others go on."""
        return [line for line in self.changed if is_new(line)]

    @property
    def lasting(self) -> int:
        return len(self.changed) - len(self.fresh)

    @property
    def concerns(self) -> int:
        return sum(line.sign.kind == "concern" for line in self.fresh)

    @cached_property
    def limited(self) -> dict[tuple[int, int], float]:
        """How likely each process with limits is to be flagged though nothing changed, totals of several too."""
        return {
            line.source: false_alarm_rate(line.behaviour.limits.values)
            for line in self.lines + self.own
            if line.behaviour and line.behaviour.limits
        }

    @property
    def false_signals(self) -> float:
        """How many signals to expect of processes that have not changed."""
        return sum(self.limited.values())

    @cached_property
    def off_target(self) -> list[Line]:
        """Those that have missed their target longest, first."""
        found = [line for line in self.lines if line.kind in ("risk", "off")]
        return sorted(found, key=lambda line: (-line.missed_in_a_row, not line.kpi.headline))

    @property
    def longest(self) -> list[Line]:
        return self.off_target[:LONGEST]

    @property
    def keeps_missing(self) -> int:
        return sum(line.kind == "off" for line in self.off_target)

    @cached_property
    def needs(self) -> list[Need]:
        found = [self.not_sent(row) for row in self.silent if self.statuses_in]
        silent = sorted((row for row in self.rows if row.missing), key=lambda row: -len(row.missing))
        found += [self.not_reported(row) for row in silent]
        failing = sorted((row for row in self.rows if row.keeps_missing), key=lambda row: -len(row.keeps_missing))
        found += [self.failing(row) for row in failing]
        headless = [row.department for row in self.rows if row.head is None]
        return found + ([self.without_head(headless)] if headless else [])

    def not_sent(self, row: Row) -> Need:
        title = f"{row.department} has not sent its status of week {weeks.number(self.week)}"
        detail = f"{row.head} leads it." if row.head else "It has no head."
        return Need("none", title, detail, row.department, "Statuses", "meetings:history")

    def not_reported(self, row: Row) -> Need:
        title = f"{row.department} has not reported {of(row.missing, row.due, 'value')}"
        shown = some([self.since(line) for line in row.missing[:NAMED]], len(row.missing))
        return Need("none", title, shown, row.department, "Enter values", "kpis:values", "missing")

    def failing(self, row: Row) -> Need:
        lines = sorted(row.keeps_missing, key=lambda line: -line.missed_in_a_row)
        title = f"{row.department} keeps missing {of(lines, row.judged, 'target')}"
        shown = some([f"{line.kpi} ({line.missed})" for line in lines[:NAMED]], len(lines))
        return Need("off", title, shown, row.department, "Open", "departments:detail", "off")

    def since(self, line: Line) -> str:
        period = next((cell.period for cell in line.over if cell.reading), None) or self.newest.get(key(line))
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


def is_new(line: Line) -> bool:
    return line.sign.known >= line.judged.period


def urgency(line: Line) -> tuple:
    return not is_new(line), -line.sign.known.toordinal(), line.sign.kind != "concern", line.kpi.name


def of(found: list, among: list, noun: str) -> str:
    """“5 of 7 targets”, “1 of 1 value”"""
    return f"{len(found)} of {len(among)} {noun}{'' if len(among) == 1 else 's'}"


def some(names: list[str], count: int) -> str:
    """“a, b, c and 2 more”"""
    more = count - len(names)
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")


def key(line: Line) -> tuple[int, int]:
    return line.kpi.pk, line.department.pk


def overview(departments, *, on: date, upto: date, known_at: datetime | None = None) -> Overview | None:
    """None before there is an agency. A constant number of queries, however many departments and KPIs.

    `known_at`: all of it as it stood on record at that moment, `on` being its day.
    """
    here = (Q(staff__starts_on=None) | Q(staff__starts_on__lte=on)) & (
        Q(staff__leaves_on=None) | Q(staff__leaves_on__gte=on)
    )
    employed = Q(staff__is_active=True) & here
    week = weeks.week_of(upto) - timedelta(weeks=1)
    pauses = Pause.objects.during(week, week + timedelta(days=6)).filter(department=OuterRef("pk"))
    nodes = departments.annotate(fte=Sum("staff__fte", filter=employed), paused=Exists(pauses))
    nodes = nodes.annotate(sent=sent_in(week, known_at))
    nodes = list(nodes.by_name())
    if known_at:
        nodes = as_they_were(nodes, known_at)
    agency = next((d for d in nodes if d.parent_id is None), None)
    if agency is None:
        return None
    if known_at:
        kpis = knowledge.kpis(at=known_at, owners={d.pk: d for d in nodes}, live_on=upto)
    else:
        kpis = Kpi.objects.live(on=upto).select_related("owner").by_name()
    book = Book(nodes, kpis, on=on, known_at=known_at)
    tops = [d for d in nodes if d.parent_id == agency.pk and is_open(d, upto)]
    deep = [d.pk for d in nodes if d.parent_id not in (None, agency.pk) and is_open(d, upto)]
    found = lines(book, [agency.pk, *(d.pk for d in tops)], upto=upto, apart=deep)
    by_department = defaultdict(list)
    for line in found:
        by_department[line.department.pk].append(line)
    rows = [row(book, nodes, d, by_department) for d in tops]
    tell_statuses(rows, week)
    own = [
        line
        for line in by_department[agency.pk]
        if book.measures(line.kpi, agency.pk, line.cells[0].period, line.cells[-1].period)
    ]
    if own:
        rows.append(Row(agency, book.heads.get(agency.pk), own, agency.fte))
    return Overview(
        departments=nodes,
        agency=agency,
        rows=rows,
        own=by_department[agency.pk],
        headlines=headlines({d.pk: by_department[d.pk] for d in [agency, *tops]}, agency),
        book=book,
        grain=min((line.grain for line in found), key=lambda g: g.fineness, default=Grain.WEEK),
        newest=newest(book, named(rows), upto),
        week=week,
    )


def sent_in(week: date, known_at: datetime | None) -> Subquery:
    """The newest status of a department, of the week or the one after, in the question for the departments itself."""
    sent = WeeklyStatus.objects.known_at(known_at).filter(department=OuterRef("pk"))
    sent = sent.filter(week__range=(week, week + timedelta(weeks=1))).order_by("-week")
    told = ("health", "headline", "week", "sent_at", "due_at", "amends_id")
    return Subquery(sent.values(told=JSONObject(**{name: name for name in told}))[:1], output_field=JSONField())


def tell_statuses(rows: list[Row], week: date):
    """One is expected of each department below the agency that was there and not paused."""
    last = week + timedelta(days=6)
    for each in rows:
        sent = each.department.sent
        if sent:
            moments = {name: sent[name] and moment(sent[name]) for name in ("sent_at", "due_at")}
            each.status = WeeklyStatus(**sent | moments | {"week": date.fromisoformat(sent["week"])})
        opened_on = each.department.opened_on
        was_there = each.department.parent_id is not None and (opened_on is None or opened_on <= last)
        each.owes = was_there and not each.department.paused


def as_they_were(nodes: list[Department], known_at: datetime) -> list[Department]:
    """The departments of then; how many people work in them is told by days, as always."""
    now, then = {node.pk: node for node in nodes}, knowledge.departments(at=known_at)
    for department in then:
        for name in ("fte", "sent", "paused"):
            setattr(department, name, getattr(now.get(department.pk), name, None))
    return then


def is_open(department: Department, upto: date) -> bool:
    return department.closed_on is None or department.closed_on >= upto


def row(book: Book, nodes: list[Department], department: Department, by_department) -> Row:
    below = [d for d in nodes if d.pk in book.tree.below(department.pk)]
    entered = [d.fte for d in below if d.fte is not None]
    found = [line for d in [department, *(d for d in below if d != department)] for line in by_department[d.pk]]
    return Row(department, book.heads.get(department.pk), found, sum(entered) if entered else None)


def named(rows: list[Row]) -> list[Line]:
    """The lines that are called missing by name, and of which no period shown has a value."""
    return [line for row in rows for line in row.missing[:NAMED] if line.is_silent]


def newest(book: Book, lines: list[Line], upto: date) -> dict[tuple[int, int], date]:
    """When something was last there for these lines, if ever; only who looks back needs another look."""
    found = {key(line): line.newest for line in lines if line.newest and line.newest <= upto}
    later = [line for line in lines if line.newest and line.newest > upto]
    if not book.known_at:
        return found | newest_periods(later, upto=upto)
    windows = [Window(grain, date.min, upto) for grain in {line.grain for line in later}]
    then = book.readings({line.department.pk for line in later}, windows, kpis={line.kpi for line in later})
    return found | {key(line): max(then[place]) for line in later if then.get(place := (*key(line), line.grain))}


def headlines(by_department, agency: Department) -> list[Line]:
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
    return own + in_turn
