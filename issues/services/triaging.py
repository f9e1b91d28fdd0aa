"""The same thing done with several issues: with each on its own, so that one that refuses stops no other."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from departments.models import Department, User
from issues.flow import Act
from issues.models import Issue
from issues.services.moving import MoveRefused, move


class Triaged(NamedTuple):
    done: list[Issue]
    refused: list[tuple[Issue, str]]


def triage(
    chosen: Iterable[tuple[Issue, int]], act: Act, *, words: str, to: Department | None, by: User, at: datetime
) -> Triaged:
    """`chosen`: each with the edition it had when it was chosen. A second time all are refused, and nothing changes."""
    found = Triaged([], [])
    for issue, edition in chosen:
        try:
            move(issue, act, edition=edition, words=words, to=to, by=by, at=at)
        except MoveRefused as error:
            found.refused.append((issue, str(error)))
        else:
            found.done.append(issue)
    return found
