"""Lays down what departments agreed with each other, and the issues between them, move by move."""

from datetime import date, datetime, timedelta

from django.utils import timezone

from dashboard.demo.issues import AGREED, Called, Stuck, called_at, moment, stuck
from departments.models import Notification, User
from issues.flow import RULES, Act, Party
from issues.models import Agreement, Issue
from issues.services.escalating import escalate_issue
from issues.services.mediating import call_mediation, write_position
from issues.services.moving import Raised, move, raise_issue
from kpis.models import Kpi, Signal

FRESH = timedelta(days=3)  # what was told before that was read long ago


def agree(departments: dict, coo: User, on: date):
    at = timezone.make_aware(datetime(on.year - 1, 1, 7, 10))
    Agreement.objects.bulk_create(
        Agreement(
            raiser=departments[each.raiser],
            owner=departments[each.owner],
            accept_within=each.accept,
            resolve_high=max(8, each.medium // 2),
            resolve_medium=each.medium,
            ready=each.ready,
            recorded_at=at,
            recorded_by=coo,
        )
        for each in AGREED
    )


def lay_issues(departments: dict, people: dict, kpis: dict, on: date, now: datetime):
    """Each as it went, with the steps that it took by itself in between."""
    for each in stuck(on=on):
        lay(each, departments, people, kpis, on, now)
    told = Notification.objects.filter(kind__in=["issue", "issue_stuck"], created_at__lt=now - FRESH)
    told.update(read_at=now)


def lay(each: Stuck, departments: dict, people: dict, kpis: dict, on: date, now: datetime):
    heads = {"agency": people["coo"]}
    at = timezone.make_aware(moment(each, 0, 9, on=on))
    said = Raised(
        title=each.title,
        needed=each.needed,
        matters=each.matters,
        severity=each.severity,
        raiser=departments[each.raiser],
        owner=departments[each.owner],
        needed_by=on + timedelta(days=each.needed_in) if each.needed_in is not None else None,
        kpi=kpis.get(each.kpi),
        signal=concern(kpis.get(each.kpi), at),
    )
    issue = raise_issue(said, by=heads.get(each.raiser) or people[each.raiser], at=at)
    for done in each.done:
        at = timezone.make_aware(moment(each, done.day, done.hour, on=on))
        if at >= now:
            break
        let_time_pass(issue, upto=at)
        act = Act(done.act)
        court = {Party.RAISER: each.raiser, Party.OWNER: each.owner}.get(RULES[act].by) or issue.court.slug
        by = heads.get(court) or people[court]
        move(issue, act, edition=issue.edition, words=done.words, to=departments.get(done.to), by=by, at=at)
    if each.called:
        mediate(issue, each.called, people[each.raiser], on)
    let_time_pass(issue, upto=now)


def concern(kpi: Kpi | None, at: datetime) -> Signal | None:
    """What the KPI last showed before then."""
    found = Signal.objects.standing().filter(kpi=kpi, kind=Signal.Kind.CONCERN, found_at__lt=at)
    return found.order_by("-known", "-pk").first() if kpi else None


def mediate(issue: Issue, called: Called, head: User, on: date):
    """Called, and one view written: the other side's is waited for."""
    at = timezone.make_aware(called_at(called, on=on))
    mediation = call_mediation(issue, why=called.why, by=head, at=at)
    write_position(mediation, text=called.view, by=head, at=at + timedelta(hours=1))


def let_time_pass(issue: Issue, *, upto: datetime):
    while issue.next_step_at and issue.next_step_at <= upto:
        escalate_issue(issue.pk, now=issue.next_step_at)
        issue.refresh_from_db()
