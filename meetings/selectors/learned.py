"""What meetings took, for the next agenda to expect."""

from collections import defaultdict
from math import ceil
from statistics import median

from django.db.models import Sum

from meetings.models import AgendaItem, Series
from meetings.parts import Part

LAST, LEAST = 8, 3  # meetings that are looked at; and that it takes to know anything


def learned_minutes(series: Series) -> dict[Part, int | None]:
    """For each kind of item the minutes that it took in a meeting: the median of the last eight that came to it.

    Begun minutes count. None where fewer than three did.
    """
    held = series.meetings.held().order_by("-starts_at", "-pk").values_list("pk", flat=True)[:LAST]
    items = AgendaItem.objects.filter(meeting__in=list(held), spent__gt=0).values("meeting", "part")
    found = defaultdict(list)
    for row in items.annotate(seconds=Sum("spent")).order_by("meeting", "part"):
        found[row["part"]].append(row["seconds"])
    return {part: ceil(median(found[part]) / 60) if len(found[part]) >= LEAST else None for part in Part}


def learned_for_each(series: Series, part: Part) -> int | None:
    """The minutes that one item of a part takes: the median of those spoken of in the last eight meetings.

    Begun minutes count. None where fewer than three were.
    """
    held = series.meetings.held().order_by("-starts_at", "-pk").values_list("pk", flat=True)[:LAST]
    items = AgendaItem.objects.filter(meeting__in=list(held), part=part, spent__gt=0)
    spent = list(items.values_list("spent", flat=True))
    return ceil(median(spent) / 60) if len(spent) >= LEAST else None
