"""What became of measures: the verdict on each, what it rests on, and what else lies in the same window."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils import timezone

from departments.models import Department
from issues.models import Measure, MeasureWithdrawal
from kpis import effect, spc
from kpis.effect import DECIDED, Effect, Finding, Why
from kpis.models import Event, Kpi
from kpis.periods import Grain
from kpis.selectors import knowledge
from kpis.selectors.book import Book
from kpis.selectors.judged import shown_at
from kpis.selectors.processes import LOOKED_BACK, Start, phases_of, quick
from kpis.selectors.readings import Window
from kpis.written import span_in_words

RELATED = ["kpi", "department", "issue", "made_by"]
MEANT = [  # what a number means hangs on these of its KPI's definition
    "description", "unit", "cadence", "recorded", "over_time", "over_departments", "numerator_name",
    "denominator_name", "per",
]  # fmt: skip


class Value(NamedTuple):
    period: date
    value: float


@dataclass
class Verdict:
    """A measure with what the values say of it. `before` are the values that its limits were taken from, `after` those
    from its `first` whole period on, all that there are.

    `others`: what else may have moved the values that count, in words; `withdrawal` where it does not stand any more.
    """

    measure: Measure
    grain: Grain
    first: date
    before: Sequence[Value]
    after: Sequence[Value]
    finding: Finding
    last: date | None = None  # the last day of the values that count, once all are there
    between: Sequence[Value] = ()  # those of the period that it fell into: they count on neither side
    others: list[str] = field(default_factory=list)
    withdrawal: MeasureWithdrawal | None = None

    @property
    def kpi(self) -> Kpi:
        return self.measure.kpi

    @property
    def effect(self) -> Effect:
        return Effect.UNKNOWN if self.others else self.finding.effect

    @property
    def is_decided(self) -> bool:
        """Worked, got worse, or no detectable change."""
        return self.effect in DECIDED

    @property
    def mean_before(self) -> float | None:
        return self.finding.limits and self.finding.limits.centre

    @property
    def counted(self) -> Sequence[Value]:
        """The values after it that count."""
        return self.after[: self.finding.window]

    @property
    def why(self) -> str:
        """Where nothing can be told: why, in words."""
        if self.others:
            return "; ".join(self.others)
        few = f"only {len(self.before)} {self.grain}s with a value lie before it, {spc.LEAST} are needed"
        small = f"what was expected is too little to be found within {effect.LONGEST} {self.grain}s"
        return {Why.FEW: few, Why.SMALL: small}.get(self.finding.why, "")


def verdicts(
    measures: QuerySet, *, on: date, known_at: datetime | None = None, within: Collection[int] | None = None
) -> list[Verdict]:
    """A Verdict on each of these measures, in their order, as of a day; as known at a moment, of which `on` is the day.

    The number of queries does not grow with the measures. `within`: as a Book has it.
    """
    found = list(measures.known_at(known_at).select_related(*RELATED))
    return Bench(found, on=on, known_at=known_at, within=within).verdicts() if found else []


def outlook(measure: Measure, *, on: date) -> Verdict:
    """What can be told of a measure that is not on record yet: it has its KPI, department, way, size and days."""
    return Bench([measure], on=on).verdicts()[0]


class Bench:
    """Measures, with all that is read to judge them."""

    def __init__(
        self,
        measures: list[Measure],
        *,
        on: date,
        known_at: datetime | None = None,
        within: Collection[int] | None = None,
    ):
        self.measures, self.on, self.known_at = measures, on, known_at
        kpis = list({measure.kpi_id: measure.kpi for measure in measures}.values())
        if known_at:
            kpis = knowledge.definitions_of(kpis, at=known_at)
        departments = knowledge.departments(at=known_at) if known_at else Department.objects.all()
        self.book = Book(departments, kpis, on=on, known_at=known_at, within=within)
        self.calendar, self.phases = self.book.calendar, phases_of(self.book)
        self.define()
        self.sums = self.read()
        withdrawn = MeasureWithdrawal.objects.standing(at=known_at).filter(measure__in=[each.pk for each in measures])
        self.withdrawn = {each.measure_id: each for each in withdrawn.select_related("by")}
        standing = Measure.objects.standing(at=known_at).filter(kpi__in=[kpi.pk for kpi in kpis])
        self.standing = defaultdict(list)
        for measure in standing.order_by("effective_on", "pk"):
            self.standing[measure.kpi_id, measure.department_id].append(measure)

    def define(self):
        """Each measure has its KPI as it was defined when it was taken, by its present name: another definition later
        is another question."""
        moments = sorted({measure.made_at for measure in self.measures if measure.made_at})
        then = dict(zip(moments, knowledge.definitions(list(self.book.kpis.values()), moments), strict=True))
        for measure in self.measures:
            now = self.book.kpis[measure.kpi_id]
            measure.kpi = copy(then.get(measure.made_at, {}).get(now.code, now))
            measure.kpi.name = now.name
            measure.department = self.book.departments.get(measure.department_id, measure.department)

    def read(self) -> dict[tuple[int, int, Grain], dict[date, tuple]]:
        """By KPI, department and grain: what its values add up to, period by period."""
        by_grain, found = defaultdict(set), {}
        for measure in self.measures:
            by_grain[shown_at(measure.kpi)].add(measure.kpi_id)
        places = {measure.department_id for measure in self.measures}
        for grain, keys in by_grain.items():
            kpis = [self.book.kpis[key] for key in sorted(keys)]
            found |= self.book.readings(places, [Window(grain, date.min, date.max)], kpis=kpis)
        return found

    def values(self, measure: Measure, grain: Grain) -> list[Value]:
        """Those of its series whose periods are over, oldest first."""
        kpi, running = measure.kpi, self.calendar.start(self.on, grain)
        sums = self.sums.get((kpi.pk, measure.department_id, grain), {})
        made = ((period, quick(kpi, sums[period])) for period in sorted(sums) if period < running)
        return [Value(*each) for each in made if each[1] is not None]

    def verdicts(self) -> list[Verdict]:
        found = [self.verdict(measure) for measure in self.measures]
        happened, redefined = self.happened(found), self.redefined()
        for each in (each for each in found if each.before):
            since, last = each.before[0].period, each.last if each.last else self.on
            each.others = [*self.others(each, last), *happened_to(each, last, happened, self.book)]
            changed = (on for on in redefined[each.kpi.pk] if since <= on <= last)
            each.others += [f"another definition, {day(on)}" for on in changed]
        return found

    def verdict(self, measure: Measure) -> Verdict:
        grain = shown_at(measure.kpi)
        first, values = self.calendar.whole_from(measure.effective_on, grain), self.values(measure, grain)
        cut = bisect_left(values, first, key=lambda value: value.period)
        whole = bisect_left(values, self.calendar.start(measure.effective_on, grain), key=lambda value: value.period)
        begun = max((p for p in self.starts(measure, grain) if p < self.begin(measure, grain)), default=date.min)
        before = [value for value in values[:whole] if value.period >= begun][-effect.BEFORE :]
        after = values[cut:]
        finding = effect.judge(
            [each.value for each in before],
            [each.value for each in after],
            up=measure.is_up,
            size=float(measure.size),
            looked=sum(self.calendar.end(each.period, grain) < measure.look_on for each in after),
            ahead=self.ahead(measure, first, grain),
        )
        is_over = finding.window and finding.effect is not Effect.EARLY
        last = self.end(after[finding.window - 1].period, grain) if is_over else None
        withdrawal = self.withdrawn.get(measure.pk)
        return Verdict(
            measure, grain, first, before, after, finding, last, between=values[whole:cut], withdrawal=withdrawal
        )

    def end(self, period: date, grain: Grain) -> date:
        return self.calendar.end(period, grain)

    def begin(self, measure: Measure, grain: Grain) -> date:
        """The period that the measure fell into."""
        return self.calendar.start(measure.effective_on, grain)

    def phases_here(self, measure: Measure) -> Iterator[Start]:
        return (each for each in self.phases[measure.kpi_id] if each.department in (measure.department_id, None))

    def starts(self, measure: Measure, grain: Grain) -> list[date]:
        """The periods that phases of its series begin with."""
        return [self.calendar.start(each.starts_on, grain) for each in self.phases_here(measure)]

    def ahead(self, measure: Measure, first: date, grain: Grain) -> int | None:
        """How many periods are still to end before the day to look again; None once it has come."""
        if measure.look_on <= self.on:
            return None
        period, count = max(self.calendar.start(self.on, grain), first), 0
        while count < effect.LONGEST and self.end(period, grain) < measure.look_on:
            period, count = self.calendar.step(period, grain, 1), count + 1
        return count

    def others(self, found: Verdict, last: date) -> Iterator[str]:
        """Phases, measures and departments that came in between, and silence."""
        measure, grain = found.measure, found.grain
        standing = self.standing[measure.kpi_id, measure.department_id]
        theirs = {other.phase_id for other in standing}
        for other in standing:
            began = self.calendar.whole_from(other.effective_on, grain)
            if other.pk != measure.pk and found.first <= began <= last:
                yield f"another measure: {other}, {day(other.effective_on)}"
        for start in self.phases_here(measure):
            period = self.calendar.start(start.starts_on, grain)
            if found.first < period <= last and start.pk not in theirs - {None}:
                yield f"another phase: {start.reason}, {day(start.starts_on)}"
        yield from self.joined(found, last)
        yield from self.silence(found)

    def joined(self, found: Verdict, last: date) -> Iterator[str]:
        """Of a total: the departments that began or ended to measure it in between."""
        since, place = found.before[0].period, found.measure.department_id
        for stay in self.book.stays(found.kpi, place):
            if stay.department == place:
                continue
            name = self.book.departments[stay.department]
            if since < stay.starts_on <= last:
                yield f"{name} measures it since {day(stay.starts_on)}"
            if stay.ends_on and since <= stay.ends_on <= last:
                yield f"{name} measured it until {day(stay.ends_on)}"

    def silence(self, found: Verdict) -> Iterator[str]:
        """Nothing was reported for so long that nothing more is to be expected."""
        if found.finding.effect is not Effect.EARLY:
            return
        newest = found.after[-1].period if found.after else found.first
        if self.calendar.step(newest, found.grain, LOOKED_BACK) < self.calendar.start(self.on, found.grain):
            yield f"nothing was reported for more than {LOOKED_BACK} {found.grain}s"

    def happened(self, found: list[Verdict]) -> list[Event]:
        """All events from the first day after one of these measures on."""
        rows = Event.objects.known_at(self.known_at).between(min(each.measure.effective_on for each in found), self.on)
        return list(rows.prefetch_related("departments", "kpis").order_by("starts_on", "pk"))

    def redefined(self) -> dict[int, list[date]]:
        """By KPI the days on which it became to mean something else."""
        rows = Kpi.history.filter(id__in=list(self.book.kpis)).order_by("id", "history_date", "history_id")
        found = defaultdict(list)
        for before, row in pairwise(rows.filter(history_date__lte=self.known_at) if self.known_at else rows):
            if before.id == row.id and any(getattr(before, name) != getattr(row, name) for name in MEANT):
                found[row.id].append(timezone.localdate(row.history_date))
        return found


def happened_to(found: Verdict, last: date, events: list[Event], book: Book) -> Iterator[str]:
    """The events that concern its series and of which a day lies among the periods that count."""
    measure = found.measure
    line = book.tree.below(measure.department_id) | set(above(measure.department_id, book.tree.parents))
    meant = {kpi.pk for kpi in book.workings.made_of(found.kpi)}
    for event in events:
        if not (event.starts_on <= last and event.last >= found.first):
            continue
        places, kpis = ({each.pk for each in rows.all()} for rows in (event.departments, event.kpis))
        if (not places or places & line) and (not kpis or kpis & meant):
            yield f"event: {event}, {span_in_words(event.starts_on, event.last)}"


def above(department: int, parents: dict[int, int | None]) -> Iterator[int]:
    while department := parents.get(department):
        yield department


def day(when: date) -> str:
    return f"{when.day} {when:%b %Y}"
