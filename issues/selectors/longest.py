"""Issues by how long their ball has lain where it lies, in working time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import islice

from django.utils import timezone

from departments.selectors import business_hours
from issues.models import Issue
from issues.selectors.listed import Listed, listed
from issues.selectors.standing import Stood
from issues.selectors.then import listed_then

AT_ONCE = 200  # that are looked at together
ROUNDED = timedelta(seconds=1)  # what is kept of a wait may be kept in whole seconds
Look = Callable[[list[int]], list[Listed]]


class LongestFirst:
    """Keys to take pages from: the longest wait first; what is closed waits no more and comes last.

    `waiting`: since when and which, the earliest first; `look` says how long each of some has waited.
    """

    def __init__(self, waiting, closed: Sequence[int], many: tuple[int, int], look: Look, *, at: datetime):
        self.waiting, self.closed, self.many, self.look, self.at = waiting, closed, many, look, at

    def __len__(self):
        return sum(self.many)

    def __getitem__(self, page: slice) -> list[int]:
        many, _ = self.many
        found = longest_first(iter(self.waiting), self.look, at=self.at) if page.start < many else ()
        found = list(islice(found, page.start, page.stop))
        first = max(page.start - many, 0)
        return found + list(self.closed[first : first + page.stop - page.start - len(found)])


def now(issues, *, at: datetime) -> LongestFirst:
    waiting, closed = issues.open(), issues.closed()
    rows = waiting.order_by("since", "pk").values_list("since", "pk").iterator(chunk_size=AT_ONCE)
    keys = closed.order_by("-since", "-pk").values_list("pk", flat=True)
    many = (waiting.count(), closed.count())
    return LongestFirst(rows, keys, many, lambda some: listed(picked(some), at=at), at=at)


def then(stood: dict[int, Stood], *, at: datetime) -> LongestFirst:
    """As `now`, of how they stood at a moment."""
    waiting = sorted((each.since, key) for key, each in stood.items() if each.court)
    closed = sorted(((each.since, key) for key, each in stood.items() if not each.court), reverse=True)
    many, keys = (len(waiting), len(closed)), [key for _, key in closed]
    return LongestFirst(waiting, keys, many, lambda some: listed_then(some, at=at), at=at)


def picked(keys: Iterable[int]) -> list[Issue]:
    found = Issue.objects.in_bulk(list(keys))
    return [found[key] for key in keys]


def longest_first(waiting: Iterator[tuple[datetime, int]], look: Look, *, at: datetime) -> Iterator[int]:
    """No ball has lain longer than since it came: one is told as soon as none that came later can have lain as long,
    so that the first few need no look at all the others."""
    hours, seen = None, []
    while some := list(islice(waiting, AT_ONCE)):
        hours = hours or business_hours(timezone.localdate(some[0][0]), timezone.localdate(at))
        most = hours.between(some[0][0], at) + ROUNDED
        while seen and -seen[0][0] > most:
            yield heappop(seen)[1]
        for row in look([key for _, key in some]):
            heappush(seen, (-row.held, row.issue.pk))
    while seen:
        yield heappop(seen)[1]
