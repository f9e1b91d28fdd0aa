"""What lies between departments: whose court balls are in, which are stuck, what was promised, what is risked."""

from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, JSONField, OuterRef, Subquery, Value
from django.db.models.functions import JSONObject

from departments.models import Department
from issues.models import Commitment, Escalation, Issue, Mediation, Move, Risk
from issues.selectors.commitments import monday

RECENT = timedelta(weeks=13)
Step = Escalation.Step
COUNTS = ["balls", "late", "kept", "promised", "overdue", "risks"]
WAITING = ["mediations", "follow_ups"]  # each with the issue whose has waited longest, and how many there are
NAMES = [*(f"{name}_count" for name in COUNTS), "stuck", *WAITING]


def between(*, on: date, known_at: datetime | None) -> dict[str, Subquery]:
    """For the question for the departments itself, of each: how many balls lie in its court, how many of them are
    overdue, and which has been with the COO longest; of the commitments of the last 13 weeks, how many were kept; those
    that are overdue; risks above what is accepted. And, the same for all, mediations that wait for the COO, and what
    they settled that somebody has to look after.

    As known at an earlier moment, the balls alone are told.
    """
    return balls_then(known_at) if known_at else balls() | promises(on) | mediations(on) | {"risks_count": risks()}


def balls() -> dict[str, Subquery]:
    here = Issue.objects.filter(court=OuterRef("pk"))
    steps = Escalation.objects.standing()
    late = here.filter(Exists(steps.filter(issue=OuterRef("pk"), step=Step.MISSED)))  # the COO comes later
    coo = steps.filter(department=OuterRef("pk"), step=Step.COO)
    told = JSONObject(issue="issue", title="issue__title", kind="kind", since="issue__since")
    longest = coo.order_by("issue__since", "pk").values(told=told)[:1]
    stuck = Subquery(longest, output_field=JSONField())
    return {"balls_count": count(here, "court"), "late_count": count(late, "court"), "stuck": stuck}


def balls_then(known_at: datetime) -> dict[str, Subquery]:
    """By the moves that were known: the newest of an issue says where its ball lay."""
    known = Move.objects.known_at(known_at)
    newer = known.filter(issue=OuterRef("issue"), number__gt=OuterRef("number"))
    return {"balls_count": count(known.filter(~Exists(newer), court=OuterRef("pk")), "court")}


def promises(on: date) -> dict[str, Subquery]:
    last, mine = monday(on), Commitment.objects.filter(department=OuterRef("pk"))
    due = mine.counting().filter(first_due_on__gte=last - RECENT, first_due_on__lt=last)
    found = {"kept_count": due.kept(), "promised_count": due, "overdue_count": mine.overdue(on=on)}
    return {name: count(rows, "department") for name, rows in found.items()}


def risks() -> Subquery:
    above = Risk.objects.filter(department=OuterRef("pk")).open().rated().above_appetite()
    return count(above, "department")


def mediations(on: date) -> dict[str, Subquery]:
    """{"issue": the one that has waited longest, "count": of how many}, None where there are none."""
    found = Mediation.objects.order_by("called_at", "pk")
    return {"mediations": first_of(found.waiting_for_the_coo(on=on)), "follow_ups": first_of(found.to_follow_up())}


def first_of(rows) -> Subquery:
    several = Mediation.objects.filter(pk__in=rows.order_by().values("pk")).annotate(all=Value(1)).values("all")
    several = several.annotate(number=Count("pk"))
    told = JSONObject(issue="issue", count=Subquery(several.values("number")))
    return Subquery(rows.values(told=told)[:1], output_field=JSONField())


def count(rows, field: str) -> Subquery:
    """None where there are none: whoever adds up takes that for 0."""
    return Subquery(rows.order_by().values(field).annotate(number=Count("pk", distinct=True)).values("number"))


def added(departments: list[Department]) -> dict[str, int]:
    """What is counted of several departments, together."""
    return {name: sum(getattr(each, f"{name}_count", None) or 0 for each in departments) for name in COUNTS}


def longest_stuck(departments: list[Department]) -> tuple[Department, dict] | None:
    """The issue that has been stuck longest with one of these, and with which."""
    found = [(each.stuck["since"], each.pk, each) for each in departments if getattr(each, "stuck", None)]
    return (min(found)[2], min(found)[2].stuck) if found else None
