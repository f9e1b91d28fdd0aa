"""How an issue was put, and put otherwise."""

from datetime import date, datetime
from typing import NamedTuple

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


def put_as_known(issues: dict[int, Issue], *, at: datetime):
    """Show each of these, by key, as it was put at a moment. One query. Not to be saved."""
    seen = set()
    for version in Issue.history.filter(id__in=issues).order_by("history_id"):
        if version.id not in seen or version.history_date <= at:
            put_as(issues[version.id], version)
        seen.add(version.id)
