"""The verdict on a measure, with the values that it rests on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from issues.models import Measure, MeasureWithdrawal
from kpis import effect, spc
from kpis.effect import DECIDED, Effect, Finding, Why
from kpis.models import Kpi
from kpis.periods import Grain


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
