"""Values given by people and programs: checked against the contract, then recorded as one batch."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from departments.models import User
from kpis.mapping import NUMBERS
from kpis.models import Assignment, Batch, CalendarDay, Kpi, Observation
from kpis.periods import Grain
from kpis.services.fitting import a_kpi_of, wrong_numbers, wrong_time
from kpis.services.recording import ChangedMeanwhile, Entry, TooMuchToAdd, record_observations

MEANWHILE = "Somebody else changed one of these values just now. Nothing was written."


class Given(NamedTuple):
    """What somebody wants recorded. `row` is for answers and not kept; any `date` of the period will do."""

    row: int
    department: str
    kpi: str
    date: date
    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    reference: str = ""
    note: str = ""


class Entered(NamedTuple):
    batch: Batch | None
    results: dict[int, str]
    retracted: int = 0

    @property
    def words(self) -> str:
        """“4 values recorded, 1 corrected, 1 taken back”"""
        kinds = {"recorded": self.counts["added"], "corrected": self.counts["corrected"], "taken back": self.retracted}
        said = [f"{number} {kind}" for kind, number in kinds.items() if number]
        return ", ".join(said).replace(" ", " values " if said[0][:2] != "1 " else " value ", 1)

    @property
    def counts(self) -> dict[str, int]:
        kinds = ("added", "corrected", "unchanged", "rejected", "held")
        return {kind: sum(result == kind for result in self.results.values()) for kind in kinds}


@transaction.atomic
def enter(
    given: Iterable[Given],
    *,
    errors: dict[int, dict],
    departments,
    by: User,
    at: datetime,
    source: str,
    reason: str = "",
    retract: Iterable[Observation] = (),
    stood: dict[int, int | None] | None = None,
) -> Entered:
    """Record all rows, or none where one is in error; `errors` is added to, by row and field.

    `departments` are those that `by` may write for: any other is unknown. `retract` names observations to take back.
    `stood` tells, by row, which observation (None: none) the giver saw in its place. Safe to call twice: the second
    time all is unchanged. Raises ChangedMeanwhile where another stands there now, or comes in at the same moment.
    """
    given = list(given)
    check = Contract(given, departments, on=timezone.localdate(at))
    entries, seen = {}, {}
    for row in given:
        if found := check.errors(row):
            errors[row.row] = found
            continue
        entry = check.entry(row)
        first = seen.setdefault((entry.kpi_id, entry.department_id, entry.date, entry.reference), row.row)
        if first != row.row:
            errors[row.row] = {"date": [f"Row {first} already gives a value for this period and reference."]}
        entries[row.row] = entry
    if errors:
        return Entered(None, {g.row: "held" for g in given} | dict.fromkeys(errors, "rejected"))
    results = compared(entries, stood or {})
    if any(o.superseded_at for o in Observation.objects.filter(pk__in=[o.pk for o in retract])):
        raise ChangedMeanwhile(MEANWHILE)
    gone = Observation.objects.filter(kpi__in={o.kpi_id for o in retract}, pk__in={o.pk for o in retract})
    try:
        outcome = record_observations(
            entries.values(), by=by, at=at, source=source, reason=reason, retract=gone if retract else None
        )
    except TooMuchToAdd as error:
        errors |= {g.row: {"kpi": [str(error)]} for g in given if g.kpi == error.kpi.code}
        return Entered(None, {g.row: "held" for g in given} | dict.fromkeys(errors, "rejected"))
    if stood is not None and outcome.batch:
        seen = {stood[row] for row, result in results.items() if result == "corrected"} | {o.pk for o in retract}
        if seen != set(outcome.batch.superseded.values_list("pk", flat=True)):
            raise ChangedMeanwhile(MEANWHILE)
    return Entered(outcome.batch, results, outcome.retracted)


def compared(entries: dict[int, Entry], stood: dict[int, int | None]) -> dict[int, str]:
    """What recording each entry would do, by row: added, corrected or unchanged."""
    kpis, departments = {e.kpi_id for e in entries.values()}, {e.department_id for e in entries.values()}
    days = {e.date for e in entries.values()}
    rows = Observation.objects.current().filter(kpi__in=kpis, department__in=departments, date__in=days)
    stands = {(o.kpi_id, o.department_id, o.date, o.reference): o for o in rows}
    results = {}
    for row, e in entries.items():
        before = stands.get((e.kpi_id, e.department_id, e.date, e.reference))
        if row in stood and stood[row] != (before and before.pk):
            raise ChangedMeanwhile(MEANWHILE)
        then = before and (before.value, before.numerator, before.denominator)
        now = (e.value, e.numerator, e.denominator)
        results[row] = "added" if before is None else "unchanged" if then == now else "corrected"
    return results


class Contract:
    """What the rows' KPIs and departments allow, looked up once for all rows."""

    def __init__(self, given: list[Given], departments, *, on: date):
        self.on = on
        self.calendar = CalendarDay.objects.calendar()
        self.departments = {d.slug: d for d in departments.filter(slug__in={g.department for g in given})}
        self.kpis = {kpi.code: kpi for kpi in Kpi.objects.filter(code__in={g.kpi for g in given})}
        self.spans = {}
        rows = Assignment.objects.filter(
            kpi__in=[k.pk for k in self.kpis.values()], department__in=[d.pk for d in self.departments.values()]
        )
        for row in rows:
            self.spans.setdefault((row.kpi_id, row.department_id), []).append(row)

    def errors(self, row: Given) -> dict[str, list[str]]:
        department, kpi = self.departments.get(row.department), self.kpis.get(row.kpi)
        if department is None:
            return {"department": [f"Found “{row.department}”, expected a department that you may write for."]}
        spans = self.spans.get((kpi.pk, department.pk), []) if kpi else []
        if not spans:
            return {"kpi": [f"Found “{row.kpi}”, expected {a_kpi_of(department)}."]}
        start = self.period(kpi, row.date)
        end = self.calendar.end(start, Grain(kpi.recorded))
        if expected := wrong_time(kpi, department, spans, period=start, end=end, on=self.on):
            return {"date": [f"Found {row.date}, expected {expected}."]}
        numbers = {name: getattr(row, name) for name in NUMBERS}
        found = {name: "nothing" if number is None else f"{number.normalize():f}" for name, number in numbers.items()}
        wrong = wrong_numbers(kpi, numbers)
        return {name: [f"Found {found[name]}, expected {expected}."] for name, expected in wrong.items()}

    def period(self, kpi: Kpi, day: date) -> date:
        return self.calendar.start(day, Grain(kpi.recorded))

    def entry(self, row: Given) -> Entry:
        kpi = self.kpis[row.kpi]
        return Entry(
            kpi_id=kpi.pk,
            department_id=self.departments[row.department].pk,
            date=self.period(kpi, row.date),
            value=row.value,
            numerator=row.numerator,
            denominator=row.denominator,
            reference=row.reference,
            note=row.note,
        )
