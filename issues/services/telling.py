"""Who is told that an issue's ball came, that it was closed, or that it is stuck."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from django.urls import reverse
from django.utils import timezone

from departments.models import Department, Notification, User
from departments.selectors import answer_for, answers_for
from departments.services.notifying import notify
from issues.flow import CLOSED, Act
from issues.models import Escalation, Issue, IssueTopic, Move
from issues.models.move import DONE
from issues.models.promise import Kind
from issues.selectors.waiting import Running

TO_DO = {Kind.ACCEPT: "accept or return", Kind.RESOLVE: "resolve", Kind.ANSWER: "answer"}


def tell_moved(issue: Issue, made: Move, *, left: Department | None):
    """Whoever is asked for the court where the ball came to, from the one it `left`; of what they wait to hear, who
    owns or raised it; that it is closed, also who had the ball."""
    on, done = timezone.localdate(made.at), DONE[Act(made.act)]
    ball_came = made.court_id is not None and (left is None or left.pk != made.court_id or made.act == Act.RAISE)
    if ball_came and (to := answers_for(made.court, on)):
        why = f"You are asked for {made.court}, whose court the ball is in."
        tell(issue, made, to, f"{issue} is in your court: {made.by} {done}", why)
    if made.state in CLOSED:
        for to, why in those_left(issue, left, on):
            tell(issue, made, to, f"{made.by} {done}: {issue}", why)
    if made.act in (Act.ACCEPT, Act.RETURN, Act.RESOLVE):
        to, why = whoever_raised(issue, on)
        if to:
            tell(issue, made, to, f"{made.by} {done}: {issue}", why)


def those_left(issue: Issue, court: Department | None, on: date) -> Iterator[tuple[User, str]]:
    """Whoever is asked for the owner and for the court that the ball leaves, where that is a third one."""
    if to := answers_for(issue.owner, on):
        yield to, f"You are asked for {issue.owner}, who owns it."
    if court and court.pk not in (issue.owner_id, issue.raiser_id) and (to := answers_for(court, on)):
        yield to, f"You are asked for {court}, who had the ball."


def whoever_raised(issue: Issue, on: date) -> tuple[User | None, str]:
    """The person; where they left or do not reach it any more, who is asked for their department."""
    if IssueTopic(issue=issue).readers(on=on).filter(pk=issue.raised_by_id).exists():
        return issue.raised_by, "You raised it."
    return answers_for(issue.raiser, on), f"You are asked for {issue.raiser}, who raised it."


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
