"""Who is told that an issue's ball came, that it was closed, or that it is stuck."""

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse
from django.utils import timezone

from departments.models import Department, Notification, User
from departments.selectors import answer_for, answers_for
from departments.services.notifying import notify
from issues.flow import CLOSED, Act
from issues.models import Escalation, Issue, Move
from issues.models.move import DONE
from issues.models.promise import Kind
from issues.selectors.waiting import Running

TO_DO = {Kind.ACCEPT: "accept or return", Kind.RESOLVE: "resolve", Kind.ANSWER: "answer"}


def tell_moved(issue: Issue, made: Move, *, ball_came: bool):
    """Whoever is asked for the court where the ball came to; who owns or raised it, of what they wait to hear."""
    at, done = made.at, DONE[Act(made.act)]
    if ball_came and made.court_id and (to := answers_for(made.court, timezone.localdate(at))):
        why = f"You are asked for {made.court}, whose court the ball is in."
        tell(issue, made, to, f"{issue} is in your court: {made.by} {done}", why)
    if made.state in CLOSED and (to := answers_for(issue.owner, timezone.localdate(at))):
        tell(issue, made, to, f"{made.by} {done}: {issue}", f"You are asked for {issue.owner}, who owns it.")
    if made.act in (Act.ACCEPT, Act.RETURN, Act.RESOLVE):
        tell(issue, made, issue.raised_by, f"{made.by} {done}: {issue}", "You raised it.")


def tell(issue: Issue, made: Move, to: User, subject: str, why: str):
    if to.pk == made.by_id:
        return
    notify(
        to=to,
        kind=Notification.Kind.ISSUE,
        key=f"issue:{issue.pk}:{made.number}",
        subject=subject,
        text=made.words or (issue.needed if made.act == Act.RAISE else ""),
        url=address(issue),
        why=why,
        at=made.at,
    )


def address(issue: Issue) -> str:
    return reverse("issues:issue", args=[issue.pk])


def tell_escalated(issue: Issue, running: Running, step: Escalation.Step, *, at: datetime):
    """The one who is waited for, before it is missed; both heads, when it is; the COO, a working day later."""
    holder = Department.objects.get(pk=running.department_id)
    todo = TO_DO[running.kind]
    subject = {
        Escalation.Step.SOON: f"{issue}: {holder} has to {todo} it soon",
        Escalation.Step.MISSED: f"{issue}: {holder} did not {todo} it in time",
        Escalation.Step.COO: f"{issue} is stuck: {holder} did not {todo} it",
    }[step]
    hours = f"{running.waited.total_seconds() / 3600:.0f} of {running.allowed.total_seconds() / 3600:.0f}"
    for to, why in whom(issue, holder, step, at=at):
        notify(
            to=to,
            kind=Notification.Kind.ISSUE_STUCK,
            key=f"issue-stuck:{running.asked.pk}:{running.kind}:{step}",
            subject=subject,
            text=f"{hours} working hours are used. Severity: {issue.get_severity_display().lower()}.",
            url=address(issue),
            why=why,
            at=at,
            urgent=True,
        )


def whom(issue: Issue, holder: Department, step: Escalation.Step, *, at: datetime) -> Iterable[tuple[User, str]]:
    on = timezone.localdate(at)
    if step == Escalation.Step.COO:
        coos = list(User.objects.employed(on=on).filter(role=User.Role.COO))
        return [(coo, "You are the COO.") for coo in coos]
    asked = [holder] if step == Escalation.Step.SOON else [holder, issue.raiser, issue.owner]
    answering = answer_for(asked, on)
    found = {to: f"You are asked for {each}." for each in reversed(asked) if (to := answering[each.pk])}
    return found.items()
