"""What else may have moved the values after a measure: it lies in the same window, and is named."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from django.db.models import Max, Min

from issues.models import Measure
from issues.selectors.verdict import Verdict
from kpis.effect import Effect
from kpis.models import Batch, Event, Observation
from kpis.selectors.book import Book
from kpis.selectors.processes import LOOKED_BACK, Start
from kpis.written import span_in_words


class Beside:
    """Measures, phases, events, departments and sources beside some measures: four queries.

    `phases`: by KPI; `redefined`: by KPI the days on which it became to mean something else.
    """

    def __init__(
        self,
        book: Book,
        measures: Collection[Measure],
        *,
        phases: Mapping[int, list[Start]],
        redefined: Mapping[int, list[date]],
    ):
        self.book, self.calendar, self.phases, self.redefined = book, book.calendar, phases, redefined
        self.standing = defaultdict(list)
        standing = Measure.objects.standing(at=book.known_at).filter(kpi__in=list(book.kpis))
        for measure in standing.order_by("effective_on", "pk"):
            self.standing[measure.kpi_id, measure.department_id].append(measure)
        since = min(measure.effective_on for measure in measures)
        rows = Event.objects.known_at(book.known_at).between(since, book.on)
        self.events = list(rows.prefetch_related("departments", "kpis").order_by("starts_on", "pk"))
        self.spans = spans({part.pk for kpi in book.kpis.values() for part in book.workings.made_of(kpi)}, book)

    def of(self, found: Verdict) -> list[str]:
        """In words; nothing where too few values lie before it to tell anything."""
        if not found.before:
            return []
        last = found.last or self.book.on
        parts = (self.measures, self.others_phases, self.happened, self.joined, self.definitions, self.sources)
        return [*(words for part in parts for words in part(found, last)), *self.silence(found)]

    def measures(self, found: Verdict, last: date) -> Iterator[str]:
        for other in self.standing[found.kpi.pk, found.measure.department_id]:
            began = self.calendar.whole_from(other.effective_on, found.grain)
            if other.pk != found.measure.pk and found.first <= began <= last:
                yield f"another measure: {other}, {day(other.effective_on)}"

    def others_phases(self, found: Verdict, last: date) -> Iterator[str]:
        """But for those that began with a measure."""
        theirs = {other.phase_id for other in self.standing[found.kpi.pk, found.measure.department_id]} - {None}
        for start in phases_here(self.phases, found.measure):
            period = self.calendar.start(start.starts_on, found.grain)
            if found.first < period <= last and start.pk not in theirs:
                yield f"another phase: {start.reason}, {day(start.starts_on)}"

    def happened(self, found: Verdict, last: date) -> Iterator[str]:
        """The events that concern its series and of which a day lies among the periods that count."""
        place, tree = found.measure.department_id, self.book.tree
        line = tree.below(place) | set(above(place, tree.parents))
        meant = {kpi.pk for kpi in self.book.workings.made_of(found.kpi)}
        for event in self.events:
            if not (event.starts_on <= last and event.last >= found.first):
                continue
            places, kpis = ({each.pk for each in rows.all()} for rows in (event.departments, event.kpis))
            if (not places or places & line) and (not kpis or kpis & meant):
                yield f"event: {event}, {span_in_words(event.starts_on, event.last)}"

    def joined(self, found: Verdict, last: date) -> Iterator[str]:
        """Of a total: the departments that began or ended to measure it, since the first of the values before."""
        since, place = found.before[0].period, found.measure.department_id
        for stay in self.book.stays(found.kpi, place):
            if stay.department == place:
                continue
            name = self.book.departments[stay.department]
            if since < stay.starts_on <= last:
                yield f"{name} measures it since {day(stay.starts_on)}"
            if stay.ends_on and since <= stay.ends_on <= last:
                yield f"{name} measured it until {day(stay.ends_on)}"

    def definitions(self, found: Verdict, last: date) -> Iterator[str]:
        since = found.before[0].period
        return (f"another definition, {day(on)}" for on in self.redefined[found.kpi.pk] if since <= on <= last)

    def sources(self, found: Verdict, last: date) -> Iterator[str]:
        """All values that count came another way than all before: by hand, as a file, through the API."""
        meant = {kpi.pk for kpi in self.book.workings.made_of(found.kpi)}
        below = self.book.tree.below(found.measure.department_id)
        here = [span for span in self.spans if span.kpi in meant and span.department in below]
        before = {span.source for span in here if span.first < found.first}
        after = {span.source for span in here if span.last >= found.first and span.first <= last}
        if before and after and not before & after:
            yield f"another source of its values: {called(after)}, before {called(before)}"

    def silence(self, found: Verdict) -> Iterator[str]:
        """Nothing was reported for so long that nothing more is to be expected."""
        if found.finding.effect is not Effect.EARLY:
            return
        newest = found.after[-1].period if found.after else found.first
        if self.calendar.step(newest, found.grain, LOOKED_BACK) < self.calendar.start(self.book.on, found.grain):
            yield f"nothing was reported for more than {LOOKED_BACK} {found.grain}s"


class Span(NamedTuple):
    """From when to when values of a KPI of a department came from a source."""

    kpi: int
    department: int
    source: str
    first: date
    last: date


def spans(kpis: Collection[int], book: Book) -> list[Span]:
    """What was undone came from nowhere."""
    rows = Observation.objects.known_at(book.known_at) if book.known_at else Observation.objects.current()
    rows = rows.filter(kpi__in=kpis).exclude(batch__source=Batch.Source.REVERSAL).order_by()
    found = rows.values_list("kpi", "department", "batch__source").annotate(Min("date"), Max("date"))
    return [Span(*each) for each in found]


def called(sources: Collection[str]) -> str:
    """“by hand”, “API and file”"""
    labels = sorted(Batch.Source(each).label for each in sources)
    return " and ".join(label if label == "API" else label.lower() for label in labels)


def phases_here(phases: Mapping[int, list[Start]], measure: Measure) -> Iterator[Start]:
    """Those of the series that a measure is to move."""
    return (each for each in phases[measure.kpi_id] if each.department in (measure.department_id, None))


def above(department: int, parents: dict[int, int | None]) -> Iterator[int]:
    while department := parents.get(department):
        yield department


def day(when: date) -> str:
    return f"{when.day} {when:%b %Y}"
