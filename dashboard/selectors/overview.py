"""What the overview shows: the agency's few numbers, a row per department, and what waits for somebody."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import zip_longest

from django.db.models import Q, Sum

from dashboard.selectors.between import NAMES, added, between
from dashboard.selectors.needs import NAMED, Need, between_needs, needs
from dashboard.selectors.row import Row, is_open, row
from dashboard.selectors.statuses import sent_in, tell_statuses
from departments.models import Department
from kpis.models import Kpi
from kpis.models.kpi import HEADLINES
from kpis.periods import Calendar, Grain
from kpis.selectors import knowledge
from kpis.selectors.book import Book
from kpis.selectors.judged import Line
from kpis.selectors.readings import Window
from kpis.selectors.restatements import tell_restated
from kpis.selectors.scorecard import lines
from kpis.selectors.series import newest_periods
from kpis.spc import false_alarm_rate
from meetings import weeks
from meetings.selectors.due import due, due_by, rules_told

LONGEST = 4
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

    @cached_property
    def owing(self) -> list[Row]:
        """Those of which a status of last week is expected."""
        then = self.book.known_at
        asked = due(self.week, known_at=then) if then else due_by(self.week, self.agency.rules)
        return [row for row in self.rows if asked.is_owed_by(row.department)]

    @property
    def silent(self) -> list[Row]:
        """Those whose status of last week is not in."""
        return [row for row in self.owing if not row.is_in]

    @property
    def statuses_in(self) -> int:
        return sum(row.is_in for row in self.owing) if any(row.is_in for row in self.rows) else 0

    @property
    def has_statuses(self) -> bool:
        return any(row.status for row in self.rows)

    @property
    def has_issues(self) -> bool:
        """Whether departments say here what they need from each other."""
        return any(row.balls or row.promised for row in self.rows)

    @property
    def has_dealings(self) -> bool:
        """Whether there is something to tell besides values."""
        return any(row.has_dealings or row.status for row in self.rows)

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
        silent = self.silent if self.statuses_in else []
        found = needs(self.rows, silent=silent, week=self.week, since=self.since)
        return between_needs(self.rows, self.agency) + found

    def since(self, line: Line) -> str:
        period = next((cell.period for cell in line.over if cell.reading), None) or self.newest.get(key(line))
        last = f"last {self.calendar.label(period, line.grain)}" if period else "no value yet"
        return f"{line.kpi} ({last})"


def is_new(line: Line) -> bool:
    return line.sign.known >= line.judged.period


def urgency(line: Line) -> tuple:
    return not is_new(line), -line.sign.known.toordinal(), line.sign.kind != "concern", line.kpi.name


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
    nodes = departments.annotate(fte=Sum("staff__fte", filter=employed), **sent_in(week, known_at))
    nodes = nodes.annotate(**between(on=on, known_at=known_at), rules=rules_told(week))
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
    tell_statuses(rows)
    own = [
        line
        for line in by_department[agency.pk]
        if book.measures(line.kpi, agency.pk, line.cells.first, line.cells.last)
    ]
    itself = Row(agency, book.heads.get(agency.pk), own, agency.fte, **added([agency]))
    if own or itself.has_dealings:
        rows.append(itself)
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


def as_they_were(nodes: list[Department], known_at: datetime) -> list[Department]:
    """The departments of then; how many people work in them is told by days, as always."""
    now, then = {node.pk: node for node in nodes}, knowledge.departments(at=known_at)
    for department in then:
        for name in ("fte", "sent", "is_in", *NAMES):
            setattr(department, name, getattr(now.get(department.pk), name, None))
    return then


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
