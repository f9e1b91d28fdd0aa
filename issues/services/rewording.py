"""An issue is put otherwise while it is open; how it was put before stays in its history."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from departments.models import Notification, User
from departments.selectors import answers_for
from departments.services.notifying import notify
from issues.flow import Act
from issues.models import Issue
from issues.models.issue import WORDING
from issues.selectors.waiting import waiting
from issues.selectors.wording import day_in_words
from issues.services.moving import MoveRefused, NotPossible, next_step, writes
from issues.services.telling import address


class RewordedSince(MoveRefused):
    """It is not put as somebody found it who began to put it otherwise."""

    def __init__(self, version):
        who = version.history_user or "Somebody"
        super().__init__(
            f"{who} changed it meanwhile. Nothing was changed; what you wrote is below: it takes that one's place when"
            " you save again."
        )


def may_reword(user: User, issue: Issue, *, on) -> bool:
    """Whoever raised it, the head of the department that did, and the COO; while it is open."""
    return issue.is_open and issue.raiser_id in writes(user, issue, on=on, act=Act.COMPLETE)


@transaction.atomic
def reword(issue: Issue, said: dict, *, was: int, by: User, at: datetime) -> list[str]:
    """Put it otherwise: what of WORDING was changed. `was`: the version that somebody started from.

    The same again changes nothing. Raises RewordedSince, and NotPossible where it is closed or not this person's.
    """
    held = Issue.objects.select_for_update(no_key=True).get(pk=issue.pk)
    before = {name: getattr(held, name) for name in WORDING}
    changed = [name for name in WORDING if said[name] != before[name]]
    if not changed:
        return []
    if not may_reword(by, held, on=timezone.localdate(at)):
        raise NotPossible("What it says is changed by who raised it, while it is open.")
    newest = held.history.select_related("history_user").latest("history_id")
    if newest.pk != was:
        raise RewordedSince(newest)
    for name in changed:
        setattr(held, name, said[name])
    held._history_date, held._history_user = at, by
    held.save(update_fields=changed)
    Issue.objects.filter(pk=held.pk).update(next_step_at=next_step(waiting(held, at=at)))
    tell_reworded(held, before, changed, by=by, at=at)
    issue.refresh_from_db()
    return changed


def tell_reworded(issue: Issue, before: dict, changed: list[str], *, by: User, at: datetime):
    """The owner hears of another severity or date."""
    said = []
    if "severity" in changed:
        said.append(f"severity {issue.get_severity_display().lower()}, was {before['severity']}")
    if "needed_by" in changed:
        said.append(f"needed by {day_in_words(issue.needed_by)}, was {day_in_words(before['needed_by'])}")
    to = answers_for(issue.owner, timezone.localdate(at))
    if not said or to is None or to == by:
        return
    notify(
        to=to,
        kind=Notification.Kind.ISSUE,
        key=f"issue-reworded:{issue.history.latest('history_id').pk}",
        subject=f"{by} changed {issue}: {'; '.join(said)}",
        url=address(issue),
        why=f"You are asked for {issue.owner}, who owns it.",
        at=at,
    )
