"""A stuck issue escalates by itself: who has the ball, both heads, the COO; in working time, each step once."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction

from issues.models import Escalation, Issue
from issues.selectors.waiting import SOON, Running, Waiting, waiting
from issues.services.keeping import miss
from issues.services.telling import tell_escalated

log = logging.getLogger(__name__)
Step = Escalation.Step
LOOK_AGAIN = timedelta(days=1)


def thresholds(running: Running, now: Waiting) -> list[tuple[Step, timedelta]]:
    """After how much waiting each step is taken, the earliest first."""
    allowed = running.allowed
    return [(Step.SOON, allowed * SOON), (Step.MISSED, allowed), (Step.COO, allowed + now.time.hours.a_day)]


def next_step(now: Waiting) -> datetime | None:
    """When to look again: when it is time for the next step, but within a day, for holidays, pauses and hours change.

    None where nothing is waited for, or all steps are taken.
    """
    moments = [moment for running in now.running() for moment in moments_of(running, now)]
    return min([*moments, now.at + LOOK_AGAIN]) if moments else None


def moments_of(running: Running, now: Waiting) -> Iterator[datetime]:
    """When its next step is taken, and when it is missed."""
    if running.due_at and running.due_at > now.at:
        yield running.due_at
    taken = set(Escalation.objects.filter(move=running.asked, kind=running.kind).values_list("step", flat=True))
    left = [used for step, used in thresholds(running, now) if step not in taken]
    if left and (moment := now.when(running.department_id, max(left[0] - running.waited, timedelta()))):
        yield moment


def escalate(*, now: datetime) -> int:
    """Take the steps that it is time for. How many issues that was. Safe to run twice, or twice at once."""
    found = Issue.objects.filter(next_step_at__lte=now).order_by("next_step_at", "pk").values_list("pk", flat=True)
    for pk in list(found):
        try:
            escalate_issue(pk, now=now)
        except Exception:  # whatever is wrong with one issue, the others escalate
            log.exception("Escalating issue %s", pk)
    return len(found)


@transaction.atomic
def escalate_issue(pk: int, *, now: datetime):
    """The latest step that is due of each thing that is waited for; steps that time has overtaken are left out."""
    issue = Issue.objects.select_for_update(no_key=True).get(pk=pk)
    if issue.next_step_at is None or issue.next_step_at > now:
        return
    stands = waiting(issue, at=now)
    for running in stands.running():
        due = [step for step, used in thresholds(running, stands) if running.waited >= used]
        if running.is_missed:
            miss(issue, running, at=now)
        take(issue, running, due, now=now)
    Issue.objects.filter(pk=pk).update(next_step_at=next_step(stands))


def take(issue: Issue, running: Running, due: list[Step], *, now: datetime):
    for step in due:
        fields = {"issue": issue, "department_id": running.department_id, "at": now}
        _, is_new = Escalation.objects.get_or_create(move=running.asked, kind=running.kind, step=step, defaults=fields)
        if is_new and step == due[-1]:
            tell_escalated(issue, running, step, at=now)
