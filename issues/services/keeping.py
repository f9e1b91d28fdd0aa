"""Whether promises of operating agreements were kept: as rows, and as a KPI that is judged like any other."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone

from departments.models import Department
from issues.flow import Act, State
from issues.models import Issue, Promise
from issues.selectors.waiting import Running, Waiting
from kpis.models import Assignment, Kpi
from kpis.services.recording import Entry, record_observations

CODE = "agreements-kept"


def settle(now: Waiting):
    """What was promised and is done with the newest move is kept, if it was not missed before."""
    issue, made = now.issue, now.now
    before = replace(now, moves=now.moves[:-1])
    if not before.moves:
        return
    if before.now.state == State.OPEN and made.act in (Act.ACCEPT, Act.START, Act.RETURN, Act.RESOLVE):
        for running in before.accepting():
            keep(issue, running, at=made.at)
    if made.act == Act.CONFIRM:
        keep(issue, before.resolution(), at=made.at)
    if before.now.court_id != made.court_id:
        for running in before.answering():
            keep(issue, running, at=made.at)


def keep(issue: Issue, running: Running, *, at: datetime):
    put_on_record(issue, running, is_kept=running.used <= running.allowed, at=at)


def miss(issue: Issue, running: Running, *, at: datetime):
    put_on_record(issue, running, is_kept=False, at=at)


@transaction.atomic
def put_on_record(issue: Issue, running: Running, *, is_kept: bool, at: datetime) -> Promise | None:
    """The outcome of a promise, once; None where there was none, or where it is known already."""
    if not running.is_promised:
        return None
    outcome = {
        "issue": issue,
        "department_id": running.department_id,
        "is_kept": is_kept,
        "allowed": seconds(running.allowed),
        "used": seconds(running.used),
        "at": at,
    }
    promise, is_new = Promise.objects.get_or_create(move=running.move, kind=running.kind, defaults=outcome)
    if not is_new:
        return None
    measure(promise)
    return promise


def seconds(length: timedelta) -> int:
    return int(length.total_seconds())


def measure(promise: Promise):
    """An observation of the KPI for each promise: 1 of 1 where it was kept, 0 of 1 where not."""
    kpi, day = kept_kpi(), timezone.localdate(promise.at)
    expect(kpi, promise.department, day)
    entry = Entry(
        kpi.pk,
        promise.department_id,
        day,
        numerator=Decimal(int(promise.is_kept)),
        denominator=Decimal(1),
        reference=f"#{promise.issue_id} {promise.kind} {promise.move.number}",
        note=promise.issue.title[:500],
    )
    record_observations([entry], by=None, at=promise.at, source="derived", reason="An operating agreement")


def kept_kpi() -> Kpi:
    """The KPI of promises kept; made with the first of them, and an administrator's to change from then on."""
    root = Department.objects.get(parent=None)
    kpi, _ = Kpi.objects.get_or_create(
        code=CODE,
        defaults={
            "name": "Operating agreements kept",
            "description": "Of what departments promised each other in operating agreements (to accept, answer and"
            " resolve issues in time) and what was done or missed in the period: the share that was kept.",
            "owner": root,
            "by_opsroom": True,
            "category": "process",
            "unit": "%",
            "per": 100,
            "decimals": 0,
            "direction": "up",
            "cadence": "week",
            "recorded": "day",
            "over_time": "ratio",
            "over_departments": "ratio",
            "numerator_name": "kept",
            "denominator_name": "due",
            "least": 0,
            "most": 100,
        },
    )
    return kpi


def expect(kpi: Kpi, department: Department, day):
    """Whoever has promises measures how they are kept, from the first on."""
    measured = Assignment.objects.filter(kpi=kpi, department=department)
    if measured.exists():
        return
    try:
        with transaction.atomic():
            Assignment.objects.create(kpi=kpi, department=department, starts_on=day)
    except IntegrityError:
        if not measured.exists():  # else another promise came first, at the same moment
            raise
