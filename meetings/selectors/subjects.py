"""What agenda items and their lines speak of, and who may read it."""

from collections.abc import Iterable
from datetime import date

from departments.models import Department, User
from issues.models import Commitment, Issue, Measure, Risk
from kpis.models import Signal
from meetings.models import WeeklyStatus
from meetings.models.agenda import About

MASKED = "An item that you do not reach"
SUBJECTS = {
    "signal": Signal,
    "issue": Issue,
    "risk": Risk,
    "commitment": Commitment,
    "measure": Measure,
    "status": WeeklyStatus,
    "department": Department,
}


def mark_read(rows: Iterable[About], *, reader: User, on: date) -> list:
    """The rows, each with `is_read`: whether somebody reaches all that it speaks of. A query for each kind of that."""
    rows = list(rows)
    hidden = {name: out_of_reach(rows, name, reader, on=on) for name in SUBJECTS}
    for row in rows:
        row.is_read = not any(getattr(row, f"{name}_id") in keys for name, keys in hidden.items())
    return rows


def out_of_reach(rows: list[About], name: str, reader: User, *, on: date) -> set[int]:
    keys = {key for row in rows if (key := getattr(row, f"{name}_id"))}
    if not keys or reader.writes_everything:
        return set()
    reached = SUBJECTS[name].objects.reachable_by(reader, on=on).filter(pk__in=keys)
    return keys - set(reached.values_list("pk", flat=True))
