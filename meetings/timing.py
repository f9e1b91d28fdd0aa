"""What fits into a meeting. No Django, no clock; all in minutes."""

from collections.abc import Sequence


def fitting(asked: Sequence[int], whole: int) -> list[bool]:
    """For each of these, in the order of their weight, whether there is room for it: what weighs more comes first, and
    what is too long leaves room to what is shorter."""
    left, found = whole, []
    for minutes in asked:
        fits = minutes <= left
        left -= minutes * fits
        found.append(fits)
    return found
