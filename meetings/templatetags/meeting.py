"""How meetings look on the pages of other things."""

from django import template

from meetings.models import Series
from meetings.selectors.agenda import items_about

register = template.Library()


@register.inclusion_tag("meetings/_taken.html", takes_context=True)
def taken(context, **about):
    """On which agendas a signal, an issue or a risk (one of them is named) is or was, and the way to put it on one."""
    user, on = context["request"].user, context["frame"].today
    ((name, subject),) = about.items()
    may_take = not context.get("known_at") and Series.objects.reachable_by(user, on=on).running(on=on).exists()
    items = [] if context.get("known_at") else items_about(reader=user, on=on, **about)
    return {"items": items, "may_take": may_take, "query": f"{name}={subject.pk}"}
