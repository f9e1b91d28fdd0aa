"""How a weekly status looks on a page."""

from django import template
from django.utils import timezone

from meetings import weeks
from meetings.models import WeeklyStatus

register = template.Library()

DATA = {"quiet": "on", "concern": "risk", "unknown": "none"}


@register.inclusion_tag("components/_status.html")
def health(kind):
    """What was reported, as word, shape and colour; not reported where nothing was."""
    return {"kind": kind or "none", "word": WeeklyStatus.Health(kind).label if kind else "Not reported"}


@register.inclusion_tag("components/_status.html")
def data_said(kind, word=""):
    """What the data say beside it."""
    return {"kind": DATA[kind], "word": word or WeeklyStatus.Data(kind).label}


@register.filter
def week_number(week):
    return weeks.number(week)


@register.filter
def theirs(form, name):
    """What somebody else wrote in a field meanwhile; None where it is the same."""
    return form.theirs.get(name)


@register.simple_tag
def due_in_words(due_at, now):
    """“Fri 17:00 (in 2 days)”, “Fri 20 Nov, 17:00 (3 hours late)”"""
    if due_at is None:
        return "Nothing is due in this week"
    local, seconds = timezone.localtime(due_at), (due_at - now).total_seconds()
    near = abs(seconds) < 6 * 86400
    day = f"{local:%a %H:%M}" if near else f"{local:%a} {local.day} {local:%b}, {local:%H:%M}"
    length = rough(abs(seconds))
    return f"Due {day} (in {length})" if seconds >= 0 else f"Due {day} ({length} ago)"


def rough(seconds: float) -> str:
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "less than a minute"


@register.filter
def read_by(readings, user):
    return any(reading.user_id == user.pk for reading in readings)
