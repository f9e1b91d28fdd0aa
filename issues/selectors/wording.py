"""How an issue was put, and put otherwise."""

from collections.abc import Collection
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Q

from departments.models import User
from issues.models import Issue, Severity
from issues.models.issue import WORDING

SHORT = {"title", "severity", "needed_by"}


class Change(NamedTuple):
    """What was changed, from what to what, in words; of long texts only what stood there before."""

    name: str
    before: str
    after: str


class Reworded(NamedTuple):
    by: User | None
    at: datetime
    changes: list[Change]


def versions(issue: Issue, *, known_at: datetime | None) -> list:
    """How it was put, the oldest first; the first always counts, for it came with the issue."""
    found = list(issue.history.select_related("history_user").order_by("history_id"))
    return [each for n, each in enumerate(found) if n == 0 or known_at is None or each.history_date <= known_at]


def versions_then(keys: Collection[int], *, at: datetime) -> dict[int, object]:
    """By key, how issues were put at a moment. One query."""
    known = Issue.history.filter(Q(history_date__lte=at) | Q(history_type="+"), id__in=keys)
    return {each.id: each for each in known.order_by("history_id")}


def reworded(found: list) -> list[Reworded]:
    """What was changed from each of these versions to the next, where something was."""
    pairs = [(now, changes(before, now)) for before, now in zip(found, found[1:], strict=False)]
    return [Reworded(now.history_user, now.history_date, changed) for now, changed in pairs if changed]


def changes(before, now) -> list[Change]:
    names = [name for name in WORDING if getattr(before, name) != getattr(now, name)]
    return [
        Change(WORDING[name], told(before, name), told(now, name) if name in SHORT else "") for name in names
    ]  # fmt: skip


def told(version, name: str) -> str:
    value = getattr(version, name)
    if name == "needed_by":
        return day_in_words(value)
    return str(Severity(value).label) if name == "severity" else value or "nothing"


def day_in_words(day: date | None) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}" if day else "no date"


def put_as(issue: Issue, version):
    """Show it as it was put then. Not to be saved."""
    for name in WORDING:
        setattr(issue, name, getattr(version, name))
