"""How meetings look on the pages of other things."""

from datetime import date, datetime

from django import template
from django.db.models import Q
from django.utils import timezone

from departments.models import User
from issues.models import Issue, Measure
from issues.selectors.strip import Station
from meetings.models import Series
from meetings.selectors.agenda import items_about

register = template.Library()


@register.inclusion_tag("meetings/_taken.html", takes_context=True)
def taken(context, **about):
    """On which agendas a signal, an issue or a risk (one of them is named) is or was, and the way to put it on one."""
    user, on = context["request"].user, context["frame"].today
    ((name, subject),) = about.items()
    may_take = not context.get("known_at") and Series.objects.reachable_by(user, on=on).running(on=on).exists()
    items = [] if context.get("known_at") else items_about(Q(**about), reader=user, on=on)
    return {"items": items, "may_take": may_take, "query": f"{name}={subject.pk}"}


@register.simple_tag(takes_context=True)
def on_agendas(context):
    """Where things were spoken of, for whoever reads the page."""
    return Agendas(context["request"].user, context["frame"].today, context.get("known_at"))


class Agendas:
    """The agendas that somebody reaches, or that were known to them at a moment."""

    def __init__(self, reader: User, on: date, known_at: datetime | None):
        self.reader, self.on, self.known_at = reader, on, known_at

    def of(self, measure: Measure | None, issue: Issue | None) -> Station | None:
        """Where a measure, its issue, or the signal behind that was spoken of last; None where it was not."""
        about = Q()
        if measure:
            about |= Q(measure=measure) | Q(decisions__measure=measure)
        if issue:
            about |= Q(issue=issue) | (Q(signal=issue.signal_id) if issue.signal_id else Q())
        items = items_about(about, reader=self.reader, on=self.on, known_at=self.known_at) if about else []
        if not items:
            return None
        meeting = items[0].meeting
        day = timezone.localdate(meeting.starts_at)
        return Station("Agenda", str(meeting.series), items[0].address, day)
