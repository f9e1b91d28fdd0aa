"""The weekly statuses that the overview shows."""

from datetime import date, datetime, timedelta

from django.db.models import Exists, JSONField, OuterRef, Subquery
from django.db.models.functions import JSONObject

from dashboard.selectors.row import Row
from kpis.selectors.freshness import moment
from meetings.models import WeeklyStatus

TOLD = ("health", "headline", "week", "sent_at", "due_at", "amends_id")


def sent_in(week: date, known_at: datetime | None) -> dict[str, Subquery | Exists]:
    """For the question for the departments itself: whether a status of the week is in, and the newest of it and the
    week after.
    """
    sent = WeeklyStatus.objects.known_at(known_at).filter(department=OuterRef("pk"))
    newest = sent.filter(week__range=(week, week + timedelta(weeks=1))).order_by("-week")
    told = newest.values(told=JSONObject(**{name: name for name in TOLD}))[:1]
    return {"sent": Subquery(told, output_field=JSONField()), "is_in": Exists(sent.filter(week=week))}


def tell_statuses(rows: list[Row]):
    for each in rows:
        each.is_in = bool(each.department.is_in)
        if sent := each.department.sent:
            moments = {name: sent[name] and moment(sent[name]) for name in ("sent_at", "due_at")}
            each.status = WeeklyStatus(**sent | moments | {"week": date.fromisoformat(sent["week"])})
