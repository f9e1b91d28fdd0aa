"""How a meeting that runs looks on a page."""

from datetime import timedelta

from django import template

register = template.Library()


@register.inclusion_tag("meetings/_clock.html")
def item_clock(running):
    """What is left of the time of the item being spoken of."""
    item, since = running.current, running.meeting.current_since
    return clock(since + timedelta(minutes=item.minutes, seconds=-item.spent), running.at)


@register.inclusion_tag("meetings/_clock.html")
def meeting_clock(running):
    return clock(running.ends_at, running.at)


def clock(until, at):
    """`until`: when nothing is left, in milliseconds, for the script that goes on counting."""
    left = round((until - at).total_seconds())
    minutes, seconds = divmod(abs(left), 60)
    return {"until": round(until.timestamp() * 1000), "words": f"{minutes}:{seconds:02}", "is_over": left < 0}


@register.filter
def in_ms(moment):
    return round(moment.timestamp() * 1000)


@register.filter
def in_minutes(seconds):
    """Those that were begun."""
    return -(-int(seconds) // 60)
