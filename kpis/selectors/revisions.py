"""How figures became known: the last periods of a series as they stood on record at the end of each month."""

from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from django.utils import timezone

from departments.models import Department
from kpis.asked import end_of
from kpis.models import Kpi
from kpis.periods import add_months
from kpis.selectors.book import Cell
from kpis.selectors.grounds import Ground, grounds_at, histories
from kpis.selectors.judged import Restated
from kpis.selectors.restatements import Figures, Version, by_period, come_to, versions
from kpis.selectors.series import Series
from kpis.written import difference

ROWS = 13


class Known(NamedTuple):
    """A figure as it was known at a moment. `before` is what was known at the moment before, where that was another."""

    value: Decimal | None
    is_known: bool = True
    so_far: bool = False
    before: Restated | None = None


NOT_KNOWN = Known(None, is_known=False)


class Row(NamedTuple):
    cell: Cell
    moments: list[datetime]
    known: list[Known]
    restated: Restated | None

    @property
    def pairs(self) -> Iterator[tuple[Known, datetime]]:
        return zip(self.known, self.moments, strict=True)


@dataclass
class Revisions:
    """`moments`: the end of each month in which one of the figures changed; the last may be `until`, within a month."""

    kpi: Kpi
    until: datetime
    moments: list[datetime]
    rows: list[Row]

    @property
    def reported(self) -> int:
        return sum(row.cell.over and (row.cell.value is not None or row.restated is not None) for row in self.rows)

    @property
    def in_words(self) -> str:
        """“3 of 13 values were changed after they were first reported, on average by −0.8 pts.”"""
        changed = [row.restated for row in self.rows if row.restated]
        if not self.reported:
            return "No value was reported yet."
        if not changed:
            return f"None of {self.reported} values was changed after it was first reported."
        verb = "was changed after it was" if len(changed) == 1 else "were changed after they were"
        by = [each.by for each in changed if each.by is not None]
        look = {"unit": self.kpi.unit, "decimals": self.kpi.decimals}
        mean = f", {'on average ' if len(by) > 1 else ''}by {difference(sum(by) / len(by), **look)}" if by else ""
        return f"{len(changed)} of {self.reported} values {verb} first reported{mean}."


def revisions(
    found: Series, restated: Mapping[date, Restated], *, until: datetime, within: Collection[int] | None = None
) -> Revisions:
    """The last periods of a series, read in one query and reckoned anew in memory, as series() would at each moment."""
    shown = found.cells[-ROWS:]
    rows = observed(found, [cell.period for cell in shown], until, within)
    moments = ends_of_months(found, [row for each in rows.values() for row in each], until)
    if not moments:
        return Revisions(found.kpi, until, [], [])
    grounds = grounds_at(found, moments)
    known = [known_over_time(found, cell.period, rows.get(cell.period, []), grounds) for cell in shown]
    columns = [(NOT_KNOWN,) * len(shown), *zip(*known, strict=True)]
    kept = [n for n in range(len(moments)) if not same(columns[n], columns[n + 1])]
    kept_at = [moments[n] for n in kept]
    made = [
        Row(cell, kept_at, compared([each[n] for n in kept]), restated.get(cell.period))
        for cell, each in zip(shown, known, strict=True)
    ]
    return Revisions(found.kpi, until, kept_at, made)


def observed(
    found: Series, periods: list[date], until: datetime, within: Collection[int] | None
) -> dict[date, list[Version]]:
    everywhere = Department.objects.values_list("pk", flat=True) if within is None else within
    place = (found.department.pk, found.grain)
    figures = [Figures(found.kpi, *place, set(periods), set(everywhere), found.evaluation.workings)]
    rows = by_period(figures, versions(figures, found.calendar, until), found.calendar)
    return {period: each for (_, period), each in rows.items()}


def ends_of_months(found: Series, rows: list[Version], until: datetime) -> list[datetime]:
    """The end of each month in which something about these rows, or what they rest on, changed, oldest first."""
    if not rows:
        return []
    changed = {moment for row in rows for moment in (row.recorded_at, row.superseded_at) if moment}
    for history in histories(found):
        changed |= set(history.filter(history_date__gt=min(changed)).values_list("history_date", flat=True))
    said = found.evaluation.workings.ever_said(found.kpi)
    changed |= {moment for each in said for moment in (each.recorded_at, each.superseded_at) if moment}
    months = {timezone.localdate(moment).replace(day=1) for moment in changed if moment <= until}
    return [min(end_of(add_months(month, 1) - timedelta(days=1)), until) for month in sorted(months)]


def known_over_time(found: Series, period: date, rows: list[Version], grounds: list[Ground]) -> list[Known]:
    """A figure at each moment; reckoned anew only where one of its rows, or what it rests on, is another."""
    moments = [ground.at for ground in grounds]
    events = {bisect_left(moments, at) for row in rows for at in (row.recorded_at, row.superseded_at) if at}
    end, made, read, before = found.calendar.end(period, found.grain), [], None, None
    for number, ground in enumerate(grounds):
        if number in events or ground.basis != before:
            before, read = ground.basis, None
            if ground.measures(period, end):
                standing = [row for row in rows if row.stood(ground.at) and row.department in ground.parents]
                figures = ground.figures(found, period)
                read = come_to(standing, figures, period, calendar=found.calendar, parents=ground.parents)
        made.append(Known(read.value, so_far=ground.at < end_of(end)) if read else NOT_KNOWN)
    return made


def same(one: tuple[Known, ...], other: tuple[Known, ...]) -> bool:
    return [each[:2] for each in one] == [each[:2] for each in other]


def compared(known: list[Known]) -> list[Known]:
    """Each with what it was at the moment before, where that is another value of a period that was over by then."""
    made = known[:1]
    for before, each in pairwise(known):
        is_other = before.is_known and not before.so_far and before[:2] != each[:2]
        made.append(each._replace(before=Restated(before.value, each.value)) if is_other else each)
    return made
