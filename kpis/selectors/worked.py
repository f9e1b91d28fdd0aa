"""What formulas come to: their inputs' answers, period by period and department by department."""

from collections.abc import Callable, Iterable
from copy import copy
from datetime import date, datetime
from functools import cache
from typing import NamedTuple

from kpis.asked import end_of
from kpis.formulas import Tree, names, parse, work_out
from kpis.models import Formula, Kpi
from kpis.selectors import knowledge
from kpis.selectors.readings import Worked, reading

parsed = cache(parse)  # what is kept was checked when it was saved
NOTHING = Worked(None, 0)


class Version(NamedTuple):
    """A formula from a day on (None: from the first), and when it was said, and said no more."""

    starts_on: date | None
    expression: str
    reason: str
    recorded_at: datetime
    superseded_at: datetime | None = None

    def holds(self, day: date) -> bool:
        return self.starts_on is None or self.starts_on <= day

    def stood(self, at: datetime | None) -> bool:
        """Whether it was on record at a moment; None: whether it is now."""
        if at is None:
            return self.superseded_at is None
        return self.recorded_at <= at and (self.superseded_at is None or self.superseded_at > at)

    @property
    def tree(self) -> Tree:
        return parsed(self.expression)

    @property
    def codes(self) -> list[str]:
        return list(dict.fromkeys(name.code for name in names(self.tree)))


class Workings:
    """The formulas of some KPIs, and all that these are made of, all the way down: a query or two for each level.

    `kpis` by code; `versions` by code, the oldest first: those that stand; `said`: all that ever did.
    """

    def __init__(self, kpis: Iterable[Kpi], *, known_at: datetime | None = None):
        self.kpis = {kpi.code: kpi for kpi in kpis}
        self.said: dict[str, list[Version]] = {}
        deeper = [kpi for kpi in self.kpis.values() if kpi.is_formula]
        while deeper:
            wanted = self.read(deeper, known_at) - set(self.kpis)
            found = list(Kpi.objects.filter(code__in=wanted)) if wanted else []
            deeper = knowledge.definitions_of(found, at=known_at) if known_at else found
            self.kpis |= {kpi.code: kpi for kpi in deeper}
            deeper = [kpi for kpi in deeper if kpi.is_formula]
        self.versions = self.standing(None)

    def read(self, kpis: list[Kpi], known_at: datetime | None) -> set[str]:
        """The codes that these formulas speak of, or ever spoke of."""
        self.said |= {kpi.code: [] for kpi in kpis}
        rows = Formula.objects.filter(kpi__in=kpis).order_by("recorded_at", "pk")
        if known_at:
            rows = rows.filter(recorded_at__lte=known_at)
        found = [(code, Version(*row)) for code, *row in rows.values_list("kpi__code", *Version._fields)]
        for code, version in sorted(found, key=lambda each: each[1].starts_on or date.min):
            is_later = known_at and version.superseded_at and version.superseded_at > known_at
            self.said[code].append(version._replace(superseded_at=None) if is_later else version)
        return {code for _, version in found for code in version.codes}

    def standing(self, at: datetime | None) -> dict[str, list[Version]]:
        return {code: [version for version in said if version.stood(at)] for code, said in self.said.items()}

    def as_they_stood(self, at: datetime, kpis: dict[str, Kpi]) -> "Workings":
        """The same at another moment, of KPIs as they were defined then."""
        then = copy(self)
        then.kpis, then.versions = kpis, self.standing(at)
        return then

    def as_first_said(self, day: date) -> "Workings":
        """The same, with the formulas that were the first to say what a period that ends on this day comes to."""
        first = copy(self)
        first.versions = {code: [v] if (v := self.first(code, day)) else [] for code in self.said}
        return first

    def first(self, code: str, day: date) -> Version | None:
        """The formula in force on a day as it stood when that was over, or as it was first said later than that."""
        over = end_of(day)
        left = [v for v in self.said[code] if v.holds(day) and (v.superseded_at is None or v.superseded_at > over)]
        at = max(over, min((version.recorded_at for version in left), default=over))
        return next((version for version in reversed(left) if version.stood(at)), None)

    def ever_said(self, kpi: Kpi) -> list[Version]:
        """All formulas that what it comes to ever rested on."""
        return [version for each in self.made_of(kpi, ever=True) for version in self.said.get(each.code, ())]

    def is_restated(self, kpi: Kpi, day: date) -> bool:
        """Whether another formula, here or further down, says what a period comes to than did first."""
        codes = [each.code for each in self.made_of(kpi, ever=True) if each.code in self.said]
        pairs = ((self.first(code, day), self.version(self.kpis[code], day)) for code in codes)
        return any((one and one.expression) != (other and other.expression) for one, other in pairs)

    def version(self, kpi: Kpi, day: date) -> Version | None:
        """The formula in force on a day."""
        return next((v for v in reversed(self.versions.get(kpi.code, ())) if v.holds(day)), None)

    def made_of(self, kpi: Kpi, *, ever: bool = False) -> list[Kpi]:
        """The KPI and what it is worked out from, all the way down, each once; or ever was."""
        found, waiting, versions = {}, [kpi.code], self.said if ever else self.versions
        while waiting:
            code = waiting.pop(0)
            if code in self.kpis and code not in found:
                found[code] = self.kpis[code]
                waiting += [each for version in versions.get(code, ()) for each in version.codes]
        return list(found.values())

    def inputs(self, kpi: Kpi, *, ever: bool = False) -> list[Kpi]:
        """What a KPI is made of (or ever was) that is no formula; itself, where it is none."""
        return [each for each in self.made_of(kpi, ever=ever) if not each.is_formula]


def made_of(kpi: Kpi) -> list[Kpi]:
    """The KPI and what it is worked out from, where a formula does that."""
    return Workings([kpi]).made_of(kpi)


class Evaluation:
    """Formulas worked out in one place: `sums` says what any other KPI adds up to there, period by period."""

    def __init__(self, workings: Workings, sums: Callable[[Kpi], dict[date, tuple]], end: Callable[[date], date]):
        self.workings, self.sums, self.end = workings, sums, end
        self.known: dict[str, dict[date, Worked]] = {}

    def answers(self, code: str) -> dict[date, Worked]:
        """{period: what a KPI came to}; of a formula wherever one of its inputs has something."""
        if code not in self.known:
            kpi, self.known[code] = self.workings.kpis.get(code), {}  # nothing, where it would need itself
            self.known[code] = {} if kpi is None else self.worked(kpi) if kpi.is_formula else self.read(kpi)
        return self.known[code]

    def read(self, kpi: Kpi) -> dict[date, Worked]:
        found = (reading(kpi, period, sums) for period, sums in self.sums(kpi).items())
        return {each.period: Worked(each.value, each.reporting) for each in found}

    def worked(self, kpi: Kpi) -> dict[date, Worked]:
        codes = {code for version in self.workings.versions.get(kpi.code, ()) for code in version.codes}
        found = (self.at(kpi, period) for period in sorted({p for code in codes for p in self.answers(code)}))
        return {period: worked for period, worked in found if worked}

    def at(self, kpi: Kpi, period: date) -> tuple[date, Worked | None]:
        version = self.workings.version(kpi, self.end(period))
        there = [code for code in version.codes if period in self.answers(code)] if version else []
        if not there:
            return period, None
        value = work_out(version.tree, lambda code: self.answers(code).get(period, NOTHING).value)
        return period, Worked(value, min(self.answers(code)[period].reporting for code in there))
