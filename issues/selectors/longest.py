"""Issues by how long their ball has lain where it lies, in working time."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import islice

from django.utils import timezone

from departments.selectors import business_hours
from issues.models import Issue
from issues.selectors.listed import listed

AT_ONCE = 200  # that are looked at together
ROUNDED = timedelta(seconds=1)  # what is kept of a wait is kept in whole seconds


class LongestFirst:
    """A sequence to take pages from: the longest wait first; what is closed waits no more and comes last."""

    def __init__(self, issues, *, at: datetime):
        self.issues, self.at = issues, at

    def __len__(self):
        return self.issues.count()

    def __getitem__(self, page: slice) -> list[Issue]:
        open_ones, closed = self.issues.open(), self.issues.closed().order_by("-since", "-pk")
        many = open_ones.count()
        found = longest_first(open_ones, self.at) if page.start < many else ()
        found = list(islice(found, page.start, page.stop))
        first = max(page.start - many, 0)
        return found + list(closed[first : first + page.stop - page.start - len(found)])


def longest_first(issues, at: datetime) -> Iterator[Issue]:
    """Open issues. No ball has lain longer than since it came: one is told as soon as none that came later can have
    lain as long, so that the first few need no look at all the others."""
    rows, hours, seen = issues.order_by("since", "pk").iterator(chunk_size=AT_ONCE), None, []
    while some := list(islice(rows, AT_ONCE)):
        hours = hours or business_hours(timezone.localdate(some[0].since), timezone.localdate(at))
        most = hours.between(some[0].since, at) + ROUNDED
        while seen and -seen[0][0] > most:
            yield heappop(seen)[2]
        for row in listed(some, at=at):
            heappush(seen, (-row.held, row.issue.pk, row.issue))
    while seen:
        yield heappop(seen)[2]
