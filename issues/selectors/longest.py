"""Issues by how long their ball has lain where it lies, in working time."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import islice

from issues.models import Issue
from issues.selectors.listed import held
from issues.selectors.waiting import Time

ROUNDED = timedelta(seconds=1)  # what is kept of a wait is kept in whole seconds


class LongestFirst:
    """A sequence to take pages from: the longest wait first; what is closed waits no more and comes last."""

    def __init__(self, issues, *, departments: Iterable[int], at: datetime):
        self.issues, self.departments, self.at = issues, list(departments), at

    def __len__(self):
        return self.issues.count()

    def __getitem__(self, page: slice) -> list[Issue]:
        open_ones, closed = self.issues.open(), self.issues.closed().order_by("-since", "-pk")
        many = open_ones.count()
        found = longest_first(open_ones, self.departments, self.at) if page.start < many else ()
        found = list(islice(found, page.start, page.stop))
        first = max(page.start - many, 0)
        return found + list(closed[first : first + page.stop - page.start - len(found)])


def longest_first(issues, departments: list[int], at: datetime) -> Iterator[Issue]:
    """Open issues. No ball has lain longer than since it came: one is told as soon as none that came later can have
    lain as long, so that the first few need no look at all the others. One query."""
    time, seen = None, []
    for issue in issues.order_by("since", "pk").iterator(chunk_size=200):
        time = time or Time.around(departments, issue.since, at)
        most = time.hours.between(issue.since, at) + ROUNDED
        while seen and -seen[0][0] > most:
            yield heappop(seen)[2]
        heappush(seen, (-held(issue, time, at), issue.pk, issue))
    while seen:
        yield heappop(seen)[2]
