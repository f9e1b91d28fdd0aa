"""How the values of a KPI combine: the one place where sums, means and ratios become an answer.

Plain Python. All quantities are Decimals in the KPI's own unit; None means "no answer", never 0.
"""

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


class OverTime(StrEnum):
    """How the observations of one department combine within a period."""

    SUM = "sum"
    MEAN = "mean"
    LAST = "last"
    RATIO = "ratio"
    MIN = "min"
    MAX = "max"
    FORMULA = "formula"  # not combined at all: worked out from other KPIs, see formulas


class OverDepartments(StrEnum):
    """How departments combine, each already combined over time."""

    SUM = "sum"
    MEAN = "mean"
    RATIO = "ratio"
    MIN = "min"
    MAX = "max"
    FORMULA = "formula"
    NONE = "none"


# Integers stay integers through these; a mean of means or a sum of means would not, so it is not offered.
# The mean over departments of a mean over time is the mean of all readings, each weighing the same.
EXACT = {
    OverTime.SUM: {OverDepartments.SUM, OverDepartments.MEAN, OverDepartments.MIN, OverDepartments.MAX},
    OverTime.LAST: {OverDepartments.SUM, OverDepartments.MEAN, OverDepartments.MIN, OverDepartments.MAX},
    OverTime.MIN: {OverDepartments.SUM, OverDepartments.MEAN, OverDepartments.MIN, OverDepartments.MAX},
    OverTime.MAX: {OverDepartments.SUM, OverDepartments.MEAN, OverDepartments.MIN, OverDepartments.MAX},
    OverTime.MEAN: {OverDepartments.MEAN},
    OverTime.RATIO: {OverDepartments.RATIO},
    OverTime.FORMULA: {OverDepartments.FORMULA},
}


def is_exact(over_time: str, over_departments: str) -> bool:
    return over_departments == OverDepartments.NONE or over_departments in EXACT[OverTime(over_time)]


class Parts(NamedTuple):
    """What a rollup row knows. `amount` is the combined value of a KPI that is neither a mean nor a ratio."""

    n: int
    sum: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    amount: Decimal | None
    reporting: int


def answer(parts: Parts | None, *, over_time: str, over_departments: str, per: int = 1) -> Decimal | None:
    """The value of a rollup; None where there is no answer (nothing recorded, or nothing to divide by)."""
    if parts is None:
        return None
    match over_time:
        case OverTime.RATIO:
            return divide(parts.numerator, parts.denominator, per)
        case OverTime.MEAN:
            return divide(parts.sum, Decimal(parts.n))
    if over_departments == OverDepartments.MEAN:
        return divide(parts.amount, Decimal(parts.reporting))
    return parts.amount


def divide(numerator: Decimal | None, denominator: Decimal | None, per: int = 1) -> Decimal | None:
    if numerator is None or not denominator:
        return None
    return numerator * per / denominator
