"""Charts the size of a word: geometry for inline SVG, in units of its view box (y grows downwards)."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from kpis.written import Number, present, written

# What marks a signal, around its value: told apart without colour, hollow for what is better and filled for the rest.
SHAPES = {
    "improvement": "M-2.25 -2.25H2.25V2.25H-2.25Z",
    "concern": "M0 -3.25 3.25 0 0 3.25 -3.25 0Z",
    "high": "M0 -3 3 2.25H-3Z",
    "low": "M0 3 3 -2.25H-3Z",
}


class Dot(NamedTuple):
    x: float
    y: float


class Bar(NamedTuple):
    x: float
    width: float


class Sparkline(NamedTuple):
    """A line without axes, the size of a word."""

    width: int
    height: int
    paths: list[str]  # one for each run of at least two values
    singles: list[Dot]  # values with a gap on both sides
    last: Dot | None  # the newest value there is
    targets: list[float]  # heights of the target lines
    summary: str
    band: tuple[float, float] | None = None  # top and height of what lies between the natural limits
    marks: Sequence[tuple[Dot, str, str]] = ()  # values that are signals, their kind, and its shape around them


class Bullet(NamedTuple):
    """Actual beside previous and target, on one line that starts at zero; None is not drawn."""

    width: int
    height: int
    zero: float
    actual: Bar | None
    previous: Bar | None
    band: Bar | None
    ticks: list[float]


def sparkline(
    values: Sequence[Number | None],
    *,
    target_lower: Number | None = None,
    target_upper: Number | None = None,
    limits: tuple[float, float] | None = None,
    kinds: Sequence[str] = (),
    width: int = 104,
    height: int = 24,
    unit: str = "",
    decimals: int = 1,
) -> Sparkline:
    """Scaled to its own values, targets and limits; a flat line, or a single value, lies in the middle.

    `kinds` says of each value which kind of signal it is, "" for routine variation.
    """
    inset = 3
    targets = present([target_lower, target_upper])
    low, high = extent([*present(values), *targets, *(limits or ())])
    step = (width - 2 * inset) / max(1, len(values) - 1)

    def y(value) -> float:
        share = (float(value) - low) / (high - low) if high > low else 0.5
        return round(height - inset - share * (height - 2 * inset), 1)

    dots = [None if v is None else Dot(round(inset + i * step, 1), y(v)) for i, v in enumerate(values)]
    runs = [list(run) for known, run in groupby(dots, lambda dot: dot is not None) if known]
    return Sparkline(
        width,
        height,
        paths=["M" + " L".join(f"{dot.x:g} {dot.y:g}" for dot in run) for run in runs if len(run) > 1],
        singles=[run[0] for run in runs if len(run) == 1],
        last=runs[-1][-1] if runs else None,
        targets=[y(target) for target in targets],
        summary=in_words(values, unit=unit, decimals=decimals),
        band=(y(limits[1]), round(y(limits[0]) - y(limits[1]), 1)) if limits else None,
        marks=[(dot, kind, SHAPES[kind]) for dot, kind in zip(dots, kinds, strict=False) if dot and kind],
    )


def extent(values: Sequence[Number]) -> tuple[float, float]:
    return (float(min(values)), float(max(values))) if values else (0.0, 0.0)


def in_words(values: Sequence[Number | None], *, unit: str = "", decimals: int = 1) -> str:
    """One sentence for those who do not see the line."""
    known = present(values)
    if not known:
        return "No values in these periods."
    first, last, low, high = (
        written(v, unit=unit, decimals=decimals) for v in (known[0], known[-1], min(known), max(known))
    )
    gaps = len(values) - len(known)
    missing = f"; {gaps} missing" if gaps else ""
    if len(known) == 1:
        return f"One value, {last}{missing}."
    return f"{len(known)} values from {first} to {last}, lowest {low}, highest {high}{missing}."


def bullet(
    actual: Number | None,
    *,
    lower: Number | None = None,
    upper: Number | None = None,
    previous: Number | None = None,
    ceiling: Number | None = None,
    width: int = 152,
    height: int = 16,
) -> Bullet:
    """Bars grow from zero, to the left when negative. `ceiling` is where the scale should end (100 for a share):
    a value beyond it stretches the scale."""
    known = [float(v) for v in present([actual, previous, lower, upper])]
    low, high = min(0.0, *known, 0.0) * 1.08, max(0.0, *known, 0.0) * 1.08
    if ceiling is not None and known and max(known) <= ceiling:
        high = float(ceiling)
    span = high - low or 1.0

    def x(value) -> float:
        return round((float(value) - low) / span * width, 1)

    def bar(value) -> Bar | None:
        return None if value is None else between(x(0), x(value))

    both = lower is not None and upper is not None
    return Bullet(
        width,
        height,
        zero=x(0),
        actual=bar(actual),
        previous=bar(previous),
        band=between(x(lower), x(upper)) if both else None,
        ticks=[x(target) for target in present([lower, upper])],
    )


def between(a: float, b: float) -> Bar:
    return Bar(min(a, b), round(abs(b - a), 1))
