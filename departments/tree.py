"""The tree of departments as plain data: who is above and below whom. No Django."""

from collections.abc import Iterable


class Tree:
    """Built from (key, parent key) pairs; the root's parent is None."""

    def __init__(self, pairs: Iterable[tuple[int, int | None]]):
        self.parents = dict(pairs)
        self.children: dict[int | None, list[int]] = {}
        self.found: dict[int, set[int]] = {}
        for key, parent in self.parents.items():
            self.children.setdefault(parent, []).append(key)

    @property
    def root(self) -> int | None:
        return next(iter(self.children.get(None, [])), None)

    def below(self, key: int) -> set[int]:
        """The department and everything under it."""
        if key not in self.found:
            children = self.children.get(key, [])
            self.found[key] = {key}.union(*(self.below(child) for child in children))
        return self.found[key]
