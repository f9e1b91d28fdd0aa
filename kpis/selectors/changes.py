"""What a KPI was defined as and should be over time: who changed what, and when."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby, pairwise
from typing import NamedTuple

from django.db.models import Q

from departments.models import Department
from kpis.models import Assignment, Formula, Kpi, Target
from kpis.selectors.grid import plain
from kpis.written import aim

NEWEST, EACH = 6, 30  # changes shown; rows of each kind that are looked at
TOGETHER = 3  # of what was changed at one moment, so much is told


class Change(NamedTuple):
    at: datetime
    by: str
    what: str


def changes(kpi: Kpi, departments: Iterable[Department], *, known_at: datetime | None = None) -> list[Change]:
    """The newest first, as far as they concern these departments; what one person changed at one moment is one change.

    One query for each kind of row.
    """
    departments = list(departments)
    found = [*definitions(kpi, known_at), *assignments(kpi, departments, known_at)]
    found += targets(kpi, departments, known_at)
    found += formulas(kpi, known_at) if kpi.is_formula else []
    found.sort(key=moment, reverse=True)
    grouped = groupby(found, key=moment)
    return [Change(*who, together([change.what for change in group])) for who, group in grouped][:NEWEST]


def by(known_at: datetime | None, name: str) -> Q:
    return Q(**{f"{name}__lte": known_at}) if known_at else Q()


def moment(change: Change) -> tuple[datetime, str]:
    return change.at.replace(microsecond=0), change.by


def together(parts: list[str]) -> str:
    return "; ".join([*parts[:TOGETHER], *(["and more"] if len(parts) > TOGETHER else [])])


def definitions(kpi: Kpi, known_at: datetime | None) -> Iterator[Change]:
    rows = kpi.history.filter(by(known_at, "history_date")).select_related("history_user", "owner")
    rows = list(rows.order_by("-history_date", "-history_id")[:EACH])
    for row, before in pairwise([*rows, None]):
        if row.history_type == "+":
            yield Change(row.history_date, named(row.history_user), "defined")
        elif before and (what := differences(row, before)):
            yield Change(row.history_date, named(row.history_user), what)


def differences(row, before) -> str:
    names = [f.name for f in Kpi._meta.concrete_fields if getattr(row, f.attname) != getattr(before, f.attname)]
    return together([difference(name, row, before) for name in names])


def difference(name: str, row, before) -> str:
    label = Kpi._meta.get_field(name).verbose_name
    if name == "description":
        return "definition reworded"
    return f"{label} {in_words(getattr(before, name))} → {in_words(getattr(row, name))}"


def in_words(value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return plain(value)
    return day(value) if isinstance(value, date) else "–" if value in (None, "") else str(value)


def assignments(kpi: Kpi, departments: list[Department], known_at: datetime | None) -> Iterator[Change]:
    rows = Assignment.history.filter(by(known_at, "history_date"), kpi=kpi, department__in=departments)
    named_then = {department.pk: department for department in departments}
    for row in rows.select_related("history_user").order_by("-history_date", "-history_id")[:EACH]:
        department = named_then[row.department_id]
        words = f"{department} measures it {stretch(row.starts_on, row.ends_on)}"
        what = f"{department} measures it no more" if row.history_type == "-" else words
        yield Change(row.history_date, named(row.history_user), what)


def targets(kpi: Kpi, departments: list[Department], known_at: datetime | None) -> Iterator[Change]:
    concerned = Q(department=None) | Q(department__in=departments)
    rows = Target.objects.filter(concerned, by(known_at, "recorded_at"), kpi=kpi).select_related("recorded_by")
    names = {department.pk: department for department in departments}  # as they were called then
    recorded = list(rows.order_by("-recorded_at", "-starts_on")[:EACH])
    for row in recorded:
        reason = f" “{row.reason}”" if row.reason else ""
        yield Change(row.recorded_at, named(row.recorded_by), f"target {target_in_words(row, kpi, names)}{reason}")
    gone = rows.exclude(superseded_at=None).filter(by(known_at, "superseded_at"))
    yield from ended(kpi, gone, {row.recorded_at for row in recorded}, names)


def formulas(kpi: Kpi, known_at: datetime | None) -> Iterator[Change]:
    for row in Formula.objects.filter(by(known_at, "recorded_at"), kpi=kpi).select_related(
        "recorded_by", "superseded_by"
    ):
        since = f" from {day(row.starts_on)}" if row.starts_on else ""
        reason = f" “{row.reason}”" if row.reason else ""
        yield Change(row.recorded_at, named(row.recorded_by), f"formula {row}{since}{reason}")
        if row.superseded_at and (known_at is None or row.superseded_at <= known_at):
            yield Change(row.superseded_at, named(row.superseded_by), f"no more formula {row}{since}")


def ended(kpi: Kpi, gone, recorded_at: set[datetime], names: dict[int, Department]) -> Iterator[Change]:
    """Targets that ended and were not replaced at the same moment."""
    gone = gone.select_related("superseded_by").order_by("-superseded_at")
    for row in gone[:EACH]:
        if row.superseded_at not in recorded_at:
            what = f"no more target {target_in_words(row, kpi, names)}"
            yield Change(row.superseded_at, named(row.superseded_by), what)


def target_in_words(row: Target, kpi: Kpi, names: dict[int, Department]) -> str:
    whose = f" for {names[row.department_id]}" if row.department_id else ""
    return f"{aim(row.lower, row.upper, unit=kpi.unit)}{whose} {stretch(row.starts_on, row.ends_on)}"


def stretch(starts_on: date, ends_on: date | None) -> str:
    return f"from {day(starts_on)} to {day(ends_on)}" if ends_on else f"from {day(starts_on)}"


def day(when: date) -> str:
    return f"{when.day} {when:%b %Y}"


def named(user) -> str:
    return str(user) if user else ""


def measured_by(assignments: Iterable[Assignment], *, on: date) -> list[str]:
    """“Creative since 1 Jan 2024”, “Media from 1 Jan 2020 to 3 Mar 2021”."""
    return [
        f"{each.department} {stretch(each.starts_on, each.ends_on)}"
        if each.ends_on or each.starts_on > on
        else f"{each.department} since {day(each.starts_on)}"
        for each in assignments
    ]
