"""The loop that closes: signal, agenda, issue, promises and effect of one matter, a station each."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils import timezone

from departments.models import Department, User
from issues.effect_words import brief
from issues.models import Commitment, Issue
from issues.models.issue import STATES
from issues.selectors.beside import day
from issues.selectors.commitments import Listed, listed
from issues.selectors.verdict import Verdict
from kpis.models import Signal
from kpis.models.signal import rules_in_words


@dataclass(frozen=True)
class Station:
    """A station of the loop: what it is called, and in words what there is, since when. Without words there is none;
    without a `url` its reader does not reach it. `kind`: of an effect, for its colour."""

    name: str
    words: str = ""
    url: str = ""
    on: date | None = None
    kind: str = ""
    nothing: str = "none"


def strip(
    *,
    reader: User,
    on: date,
    verdict: Verdict | None = None,
    issue: Issue | None = None,
    agenda: Station | None = None,
    known_at: datetime | None = None,
) -> list[Station]:
    """The stations of a measure, or of an issue of which no measure was taken, as far as their reader reaches them.

    `agenda`: where it was spoken of, from whoever knows that.
    """
    issue = issue or (verdict.measure.issue if verdict else None)
    if issue and known_at and issue.raised_at > known_at:
        issue = None
    reached = issue is not None and Issue.objects.reachable_by(reader, on=on).filter(pk=issue.pk).exists()
    return [
        signal_station(issue.signal if reached else None, reader, on),
        agenda or Station("Agenda", nothing="not on one"),
        issue_station(issue, reached, known_at),
        promises_station(issue if reached else None, reader, on, known_at),
        effect_station(verdict),
    ]


def signal_station(signal: Signal | None, reader: User, on: date) -> Station:
    if signal is None:
        return Station("Signal")
    reached = Department.objects.reachable_by(reader, on=on).filter(pk=signal.department_id).exists()
    url = reverse("kpis:signal", args=[signal.pk]) if reached else ""
    words = rules_in_words(signal.rules) or Signal.Kind(signal.kind).label
    return Station("Signal", words if reached else "a signal", url, signal.known)


def issue_station(issue: Issue | None, reached: bool, known_at: datetime | None) -> Station:
    if issue is None:
        return Station("Issue")
    name, raised = "Issue", timezone.localdate(issue.raised_at)
    if not reached:
        return Station(name, "between other departments", on=raised)
    state = "" if known_at else f", {STATES[issue.state].lower()}"
    return Station(f"{name} {issue.pk}", f"{issue.title}{state}", reverse("issues:issue", args=[issue.pk]), raised)


def promises_station(issue: Issue | None, reader: User, on: date, known_at: datetime | None) -> Station:
    if issue is None:
        return Station("Promises")
    promised = Commitment.objects.reachable_by(reader, on=on).filter(issue=issue).soonest_first()
    rows = listed(promised, on=timezone.localdate(known_at) if known_at else on, known_at=known_at)
    if not rows:
        return Station("Promises")
    url = f"{reverse('issues:issue', args=[issue.pk])}#commitments"
    last = max(row.commitment.ended_on or row.commitment.due_on for row in rows)
    return Station(f"{len(rows)} promise{'' if len(rows) == 1 else 's'}", kept_of(rows), url, last)


def kept_of(rows: Collection[Listed]) -> str:
    """“2 kept, 1 open”."""
    words: dict[str, int] = {}
    for row in rows:
        words[row.state.word.lower()] = words.get(row.state.word.lower(), 0) + 1
    return ", ".join(f"{count} {word}" for word, count in words.items())


def effect_station(verdict: Verdict | None) -> Station:
    if verdict is None:
        return Station("Effect", nothing="no measure was taken")
    measure = verdict.measure
    name = f"Effect of {measure}, {day(measure.effective_on)}"
    return Station(name, brief(verdict), measure.url, None, str(verdict.effect))
