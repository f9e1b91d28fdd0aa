"""What lies between departments: whose court balls are in, which are stuck, and whether promises were kept."""

from datetime import date, datetime, time, timedelta

from django.db.models import Count, Exists, F, JSONField, OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.utils import timezone

from departments.models import Department
from issues.models import Escalation, Issue, Move, Promise

RECENT = timedelta(weeks=13)
Step = Escalation.Step
COUNTS = ["balls", "late", "kept", "promised"]
NAMES = [*(f"{name}_count" for name in COUNTS), "stuck"]


def between(*, on: date, known_at: datetime | None) -> dict[str, Subquery]:
    """For the question for the departments itself, of each: how many balls lie in its court, and how many of them are
    overdue; the one that has been with the COO longest; promises of the last 13 weeks that were kept, of how many.

    As known at an earlier moment, what is overdue and stuck is not told.
    """
    since = timezone.make_aware(datetime.combine(on - RECENT, time.min))
    promises = Promise.objects.filter(department=OuterRef("pk"), at__gte=since)
    promises = promises.filter(at__lte=known_at) if known_at else promises
    kept = {
        "kept_count": count(promises.filter(is_kept=True), "department"),
        "promised_count": count(promises, "department"),
    }
    return kept | (balls_then(known_at) if known_at else balls())


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


def count(rows, field: str) -> Subquery:
    """None where there are none: whoever adds up takes that for 0."""
    return Subquery(rows.order_by().values(field).annotate(number=Count("pk")).values("number"))


def added(departments: list[Department]) -> dict[str, int]:
    """What is counted of several departments, together."""
    return {name: sum(getattr(each, f"{name}_count", None) or 0 for each in departments) for name in COUNTS}


def longest_stuck(departments: list[Department]) -> tuple[Department, dict] | None:
    """The issue that has been stuck longest with one of these, and with which."""
    found = [(each.stuck["since"], each.pk, each) for each in departments if getattr(each, "stuck", None)]
    return (min(found)[2], min(found)[2].stuck) if found else None
