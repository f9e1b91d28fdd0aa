"""Stories: steps drawn by lot from a seed, told one after the other; one that fails is cut to the steps that matter.

Hypothesis would choose and cut as well. But what it draws depends on which modules the process has loaded (it takes
numbers from their source), so that the same seed would tell other stories alone than among all tests; and choosing took
it a quarter of the time that the stories themselves take.
"""

from collections.abc import Callable
from random import Random
from typing import NamedTuple

IDLE = object()  # what a step returns that found nothing to do


class Step(NamedTuple):
    name: str
    drawn: dict

    def __str__(self):
        return f"story.{self.name}({', '.join(f'{name}={value!r}' for name, value in self.drawn.items())})"


def step(*, weight: int = 4, **draws: Callable[[Random], object]):
    """A method that is a step, drawn so often in comparison with others; each argument is drawn by its function."""

    def marked(act):
        act.weight, act.draws = weight, draws
        return act

    return marked


def drawn(kind: type, chance: Random, many: int) -> list[Step]:
    """So many steps of a kind of story."""
    known = {name: act for name, act in vars(kind).items() if hasattr(act, "draws")}
    names = chance.choices(list(known), [act.weight for act in known.values()], k=many)
    return [Step(name, {key: draw(chance) for key, draw in known[name].draws.items()}) for name in names]


def told_shortly(tell: Callable[[list[Step]], int], steps: list[Step]) -> int:
    """What `tell` says of the steps. Where it fails, it fails once more: with the few steps that are needed for it."""
    try:
        return tell(steps)
    except Exception as error:
        fewer = shortened(steps, lambda steps: failure(tell, steps) is not None)
        told = "\n".join(map(str, fewer))
        raise AssertionError(f"{failure(tell, fewer) or error}\n{told}") from error


def failure(tell, steps: list[Step]) -> Exception | None:
    try:
        tell(steps)
    except Exception as error:
        return error
    return None


def shortened(steps: list[Step], fails: Callable[[list[Step]], bool]) -> list[Step]:
    """Steps of which none can be left out, and no element of a list that is drawn for one, so that it still fails."""
    steps = without_parts(steps, fails)
    for number, (name, arguments) in enumerate(steps):
        for key in [key for key, value in arguments.items() if isinstance(value, list)]:

            def fails_with(fewer, number=number, name=name, key=key):
                return fails([*steps[:number], Step(name, {**steps[number].drawn, key: fewer}), *steps[number + 1 :]])

            fewer = without_parts(steps[number].drawn[key], fails_with)
            steps[number] = Step(name, {**steps[number].drawn, key: fewer})
    return steps


def without_parts(parts: list, fails: Callable[[list], bool]) -> list:
    size = len(parts)
    while size:
        start = 0
        while start < len(parts):
            fewer = parts[:start] + parts[start + size :]
            if fails(fewer):
                parts = fewer
            else:
                start += size
        size //= 2
    return parts
