"""What lies between departments: whose court balls are in, which are stuck, what was promised, what is risked."""

from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, F, JSONField, OuterRef, Subquery
from django.db.models.functions import JSONObject

from departments.models import Department
from issues.models import Commitment, Escalation, Issue, Mediation, Move, Position, Proposal, Risk
from issues.selectors.commitments import monday

RECENT = timedelta(weeks=13)
Step = Escalation.Step
COUNTS = ["balls", "late", "kept", "promised", "overdue", "risks"]
NAMES = [*(f"{name}_count" for name in COUNTS), "stuck", "mediation"]


def between(*, on: date, known_at: datetime | None) -> dict[str, Subquery]:
    """For the question for the departments itself, of each: how many balls lie in its court, how many of them are
    overdue, and which has been with the COO longest; of the commitments of the last 13 weeks, how many were kept; those
    that are overdue; risks above what is accepted. And, the same for all, the issue whose mediation waits for the COO.

    As known at an earlier moment, the balls alone are told.
    """
    return (
        balls_then(known_at)
        if known_at
        else balls() | promises(on) | {"mediation": mediation(), "risks_count": risks()}
    )


def balls() -> dict[str, Subquery]:
    here = Issue.objects.filter(court=OuterRef("pk"))
    since = Escalation.objects.filter(issue=OuterRef("pk"), department=F("issue__court"), at__gte=F("issue__since"))
    late = here.filter(Exists(since.filter(step__in=[Step.MISSED, Step.COO])))
    coo = Escalation.objects.filter(issue__court=OuterRef("pk"), department=OuterRef("pk"), step=Step.COO)
    told = JSONObject(issue="issue", title="issue__title", kind="kind", since="issue__since")
    longest = coo.filter(at__gte=F("issue__since")).order_by("issue__since", "pk").values(told=told)[:1]
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
    kept = due.filter(done_at__isnull=False, ended_on__lte=F("first_due_on"))
    found = {"kept_count": kept, "promised_count": due, "overdue_count": mine.overdue(on=on)}
    return {name: count(rows, "department") for name, rows in found.items()}


def risks() -> Subquery:
    above = Risk.objects.filter(department=OuterRef("pk")).open().rated().above_appetite()
    return count(above, "department")


def mediation() -> Subquery:
    """Both have written their view, and nothing is proposed yet."""
    views = Position.objects.filter(mediation=OuterRef("pk")).order_by().values("mediation")
    written = Subquery(views.annotate(number=Count("pk")).values("number"))
    proposed = Proposal.objects.filter(mediation=OuterRef("pk"))
    open_ones = Mediation.objects.filter(~Exists(proposed), ended_at=None, issue__court__isnull=False)
    return Subquery(open_ones.annotate(written=written).filter(written=2).order_by("called_at").values("issue")[:1])


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
