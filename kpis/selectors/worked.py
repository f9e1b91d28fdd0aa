"""What formulas come to: their inputs' answers, period by period and department by department."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import cache
from typing import NamedTuple

from kpis.formulas import Tree, names, parse, work_out
from kpis.models import Formula, Kpi
from kpis.selectors import knowledge
from kpis.selectors.readings import Worked, reading

parsed = cache(parse)  # what is kept was checked when it was saved
NOTHING = Worked(None, 0)


class Version(NamedTuple):
    """A formula from a day on (None: from the first), and who said so when."""

    starts_on: date | None
    expression: str
    reason: str
    recorded_at: datetime

    @property
    def tree(self) -> Tree:
        return parsed(self.expression)

    @property
    def codes(self) -> list[str]:
        return list(dict.fromkeys(name.code for name in names(self.tree)))


class Workings:
    """The formulas of some KPIs, and all that these are made of, all the way down: a query or two for each level.

    `kpis` by code; `versions` by code, the oldest first.
    """

    def __init__(self, kpis: Iterable[Kpi], *, known_at: datetime | None = None):
        self.kpis = {kpi.code: kpi for kpi in kpis}
        self.versions: dict[str, list[Version]] = {}
        deeper = [kpi for kpi in self.kpis.values() if kpi.is_formula]
        while deeper:
            wanted = self.read_versions(deeper, known_at) - set(self.kpis)
            found = list(Kpi.objects.filter(code__in=wanted)) if wanted else []
            deeper = knowledge.definitions_of(found, at=known_at) if known_at else found
            self.kpis |= {kpi.code: kpi for kpi in deeper}
            deeper = [kpi for kpi in deeper if kpi.is_formula]

    def read_versions(self, kpis: list[Kpi], known_at: datetime | None) -> set[str]:
        """The codes that these formulas speak of."""
        self.versions |= {kpi.code: [] for kpi in kpis}
        rows = Formula.objects.known_at(known_at).filter(kpi__in=kpis)
        found = [(code, Version(*row)) for code, *row in rows.values_list("kpi__code", *Version._fields)]
        for code, version in sorted(found, key=lambda each: each[1].starts_on or date.min):
            self.versions[code].append(version)
        return {code for _, version in found for code in version.codes}

    def version(self, kpi: Kpi, day: date) -> Version | None:
        """The formula in force on a day."""
        begun = (v for v in reversed(self.versions[kpi.code]) if v.starts_on is None or v.starts_on <= day)
        return next(begun, None)

    def made_of(self, kpi: Kpi) -> list[Kpi]:
        """The KPI and what it is worked out from, all the way down, each once."""
        found, waiting = {}, [kpi.code]
        while waiting:
            code = waiting.pop(0)
            if code in self.kpis and code not in found:
                found[code] = self.kpis[code]
                waiting += [each for version in self.versions.get(code, ()) for each in version.codes]
        return list(found.values())

    def inputs(self, kpi: Kpi) -> list[Kpi]:
        """What a KPI is made of that is no formula; itself, where it is none."""
        return [each for each in self.made_of(kpi) if not each.is_formula]


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
        codes = {code for version in self.workings.versions[kpi.code] for code in version.codes}
        found = (self.at(kpi, period) for period in sorted({p for code in codes for p in self.answers(code)}))
        return {period: worked for period, worked in found if worked}

    def at(self, kpi: Kpi, period: date) -> tuple[date, Worked | None]:
        version = self.workings.version(kpi, self.end(period))
        there = [code for code in version.codes if period in self.answers(code)] if version else []
        if not there:
            return period, None
        value = work_out(version.tree, lambda code: self.answers(code).get(period, NOTHING).value)
        return period, Worked(value, min(self.answers(code)[period].reporting for code in there))
