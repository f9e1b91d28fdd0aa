"""The ledger of effects: how often measures of each kind, and of each department, worked here."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from issues.models.measure import Kind
from issues.selectors.verdict import Verdict
from kpis.effect import DECIDED, Effect


@dataclass
class Tally:
    """Of some measures, how many came to each verdict. `asked`: what a filter calls them by."""

    name: str
    asked: str
    counts: Counter

    @property
    def decided(self) -> int:
        return sum(self.counts[effect] for effect in DECIDED)

    @property
    def worked(self) -> int:
        return self.counts[Effect.WORKED]

    @property
    def share(self) -> float | None:
        """Of those decided, how many worked, in per cent; None where none is."""
        return 100 * self.worked / self.decided if self.decided else None

    @property
    def by_effect(self) -> list[tuple[Effect, int]]:
        return [(effect, self.counts[effect]) for effect in Effect]

    @property
    def all(self) -> int:
        return self.counts.total()


def by_kind(found: Iterable[Verdict]) -> list[Tally]:
    """Every kind, in the order of kinds, those of which none was taken too."""
    counts = counted(found, lambda verdict: verdict.measure.kind)
    return [Tally(kind.label, kind.value, counts.get(kind.value, Counter())) for kind in Kind]


def by_department(found: Iterable[Verdict]) -> list[Tally]:
    """Those of which a measure was taken, in their order."""
    found = list(found)
    counts = counted(found, lambda verdict: verdict.measure.department_id)
    places = {verdict.measure.department_id: verdict.measure.department for verdict in found}
    ordered = sorted(places.values(), key=lambda each: (each.position, each.name))
    return [Tally(str(each), each.slug, counts[each.pk]) for each in ordered]


def counted(found: Iterable[Verdict], key: Callable[[Verdict], object]) -> dict[object, Counter]:
    counts: dict[object, Counter] = {}
    for verdict in found:
        counts.setdefault(key(verdict), Counter())[verdict.effect] += 1
    return counts
