"""What became of measures: the verdict on each."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime
from itertools import pairwise

from django.db.models import QuerySet
from django.utils import timezone

from departments.models import Department
from issues.models import Measure, MeasureWithdrawal
from issues.selectors.beside import Beside, phases_here
from issues.selectors.verdict import Value, Verdict
from kpis import effect
from kpis.effect import Effect
from kpis.models import Kpi
from kpis.periods import Grain
from kpis.selectors import knowledge
from kpis.selectors.book import Book
from kpis.selectors.judged import shown_at
from kpis.selectors.processes import phases_of, quick
from kpis.selectors.readings import Window

RELATED = ["kpi", "department", "issue", "made_by"]
MEANT = [  # what a number means hangs on these of its KPI's definition
    "description", "unit", "cadence", "recorded", "over_time", "over_departments", "numerator_name",
    "denominator_name", "per",
]  # fmt: skip


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
        self.versions = self.history()
        self.define()
        self.sums = self.read()
        withdrawn = MeasureWithdrawal.objects.standing(at=known_at).filter(measure__in=[each.pk for each in measures])
        self.withdrawn = {each.measure_id: each for each in withdrawn.select_related("by")}

    def history(self) -> dict[int, list]:
        """By KPI its versions, the oldest first."""
        rows = Kpi.history.filter(id__in=list(self.book.kpis)).order_by("history_date", "history_id")
        found = {key: [] for key in self.book.kpis}
        for row in rows.filter(history_date__lte=self.known_at) if self.known_at else rows:
            found[row.id].append(row)
        return found

    def define(self):
        """Each measure has its KPI as it was defined when it was taken, by its present name: another definition later
        is another question."""
        for measure in self.measures:
            now, versions = self.book.kpis[measure.kpi_id], self.versions[measure.kpi_id]
            known = [row for row in versions if measure.made_at and row.history_date <= measure.made_at] or versions[:1]
            measure.kpi = now
            if known and measure.made_at and meant(known[-1]) != meant(now):
                measure.kpi = known[-1].instance
                measure.kpi.code, measure.kpi.name = now.code, now.name
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
        beside = Beside(self.book, self.measures, phases=self.phases, redefined=self.redefined())
        for each in found:
            each.others = beside.of(each)
        return found

    def redefined(self) -> dict[int, list[date]]:
        """By KPI the days on which it became to mean something else."""
        return {
            key: [timezone.localdate(row.history_date) for before, row in pairwise(rows) if meant(before) != meant(row)]
            for key, rows in self.versions.items()
        }

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

    def starts(self, measure: Measure, grain: Grain) -> list[date]:
        """The periods that phases of its series begin with."""
        return [self.calendar.start(each.starts_on, grain) for each in phases_here(self.phases, measure)]

    def ahead(self, measure: Measure, first: date, grain: Grain) -> int | None:
        """How many periods are still to end before the day to look again; None once it has come."""
        if measure.look_on <= self.on:
            return None
        period, count = max(self.calendar.start(self.on, grain), first), 0
        while count < effect.LONGEST and self.end(period, grain) < measure.look_on:
            period, count = self.calendar.step(period, grain, 1), count + 1
        return count


def meant(kpi) -> tuple:
    """What a number of a KPI, or of a version of it, means."""
    return tuple(getattr(kpi, name) for name in MEANT)
