"""What could not be taken from a file, cell by cell."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from kpis.reading import Problem

KEPT = 1000  # problems that are named; all are counted


@dataclass
class Rejections:
    rejected: int = 0
    problem_count: int = 0
    problems: list[Problem] = field(default_factory=list)
    latest: deque[Problem] = field(default_factory=lambda: deque(maxlen=50), repr=False)

    def reject(self, problems: Iterable[Problem]):
        """One row is rejected, for these reasons."""
        self.rejected += 1
        self.name(problems)

    def name(self, problems: Iterable[Problem]):
        """A cell that several records of a wide row share is named once."""
        for problem in problems:
            if problem in self.latest:
                continue
            self.latest.append(problem)
            self.problem_count += 1
            if len(self.problems) < KEPT:
                self.problems.append(problem)
