"""Who belongs to a meeting."""

from collections.abc import Callable
from datetime import date

from django.db.models import Q

from departments.models import Department, User
from departments.selectors import leading, stand_in
from meetings.models import Invited, Series

Who = Invited.Who


def participants(series: Series, *, on: date) -> list[User]:
    """Who is to come to a meeting of that day, by name: the chair, and whom its invitations mean then.

    For the head of a department who is away, or where there is none, comes who stands in.
    """
    return people(series, on=on, leads=stand_in)


def members(series: Series, *, on: date) -> list[User]:
    """Who belongs to a series by a day, whether away or not: the deputy for a department that has no head."""
    there = User.objects.employed(on=on)
    return people(series, on=on, leads=lambda places, on: leading(places, there, on))


def people(series: Series, *, on: date, leads: Callable) -> list[User]:
    invited = list(series.invited.select_related("user", "department"))
    within = Q(pk=series.chair_id) | Q(pk__in=[each.user_id for each in invited if each.who == Who.PERSON])
    within |= Q(role__in=[each.role for each in invited if each.who == Who.ROLE])
    led = [each.department_id for each in invited if each.who == Who.HEAD]
    above = [each.department_id for each in invited if each.who == Who.HEADS]
    if led or above:
        places = Department.objects.live(on=on).filter(Q(pk__in=led) | Q(pk__in=Department.objects.below(above)))
        within |= Q(pk__in=[user.pk for user in leads(places, on).values() if user])
    if staffed := [each.department_id for each in invited if each.who == Who.STAFF]:
        within |= Q(department__in=Department.objects.below(staffed))
    return list(User.objects.employed(on=on).filter(within).distinct().by_name())


def is_led_by(series: Series, user: User, *, on: date) -> bool:
    """Whether somebody may change a series and run its meetings."""
    return Series.objects.led_by(user, on=on).filter(pk=series.pk).exists()
