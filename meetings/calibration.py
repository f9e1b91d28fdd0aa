"""How well people know what they promise: stated confidence against what came of it. Plain Python.

A forecast is a probability from 0 to 1 and an outcome, true or false.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

BINS = 5

Forecast = tuple[float, bool]


def brier(forecasts: Sequence[Forecast]) -> float | None:
    """The mean squared distance between what was said and what came: 0 is perfect, 0.25 what 50 % always gets.

    None without forecasts. Brier, G. W. (1950): Verification of forecasts expressed in terms of probability.
    """
    if not forecasts:
        return None
    return sum((said - came) ** 2 for said, came in forecasts) / len(forecasts)


class Bin(NamedTuple):
    """Forecasts of about one confidence: the mean of what was said, how often it came true (0 to 1), how many."""

    said: float
    came: float
    count: int


def reliability(forecasts: Iterable[Forecast], *, bins: int = BINS) -> list[Bin]:
    """The forecasts in so many equal ranges of confidence, lowest first; empty ranges are left out."""
    sorted_in = [[] for _ in range(bins)]
    for said, came in forecasts:
        sorted_in[min(int(said * bins), bins - 1)].append((said, came))
    return [
        Bin(sum(said for said, _ in found) / len(found), sum(came for _, came in found) / len(found), len(found))
        for found in sorted_in
        if found
    ]
