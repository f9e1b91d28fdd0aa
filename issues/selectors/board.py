"""Open issues by where they stand."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber

from issues.flow import State
from issues.models import Issue
from issues.models.issue import STATES, worst_first
from issues.selectors.listed import Listed, listed

SHOWN = 20  # in a column


class Column(NamedTuple):
    state: State
    name: str
    count: int
    rows: list[Listed]


def columns(issues, *, at: datetime, states: Iterable[State]) -> list[Column]:
    """The most urgent of each state. A constant number of queries."""
    counts = dict(issues.order_by().values_list("state").annotate(Count("pk")))
    order = [worst_first(), F("needed_by").asc(nulls_last=True), F("pk").asc()]
    ranked = issues.annotate(rank=Window(RowNumber(), partition_by=[F("state")], order_by=order))
    shown = list(ranked.filter(rank__lte=SHOWN).order_by("rank").values_list("pk", flat=True))
    found = Issue.objects.in_bulk(shown)
    rows = listed([found[key] for key in shown], at=at)
    return [
        Column(state, STATES[state], counts.get(state, 0), [row for row in rows if row.issue.state == state])
        for state in states
    ]
