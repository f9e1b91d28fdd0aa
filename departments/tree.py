"""The tree of departments as plain data: who is above and below whom. No Django."""

from collections.abc import Iterable


class Tree:
    """Built from (key, parent key) pairs; the root's parent is None."""

    def __init__(self, pairs: Iterable[tuple[int, int | None]]):
        self.parents = dict(pairs)
        self.children: dict[int | None, list[int]] = {}
        for key, parent in self.parents.items():
            self.children.setdefault(parent, []).append(key)

    @property
    def root(self) -> int | None:
        return next(iter(self.children.get(None, [])), None)

    def below(self, key: int) -> set[int]:
        """The department and everything under it."""
        found, waiting = set(), [key]
        while waiting:
            found.add(waiting[-1])
            waiting.extend(self.children.get(waiting.pop(), []))
        return found
