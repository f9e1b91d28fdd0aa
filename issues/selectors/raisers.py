"""For which departments somebody may raise issues, and which they have in mind when they say “mine”."""

from datetime import date

from departments.models import Department, User
from departments.models.department import Reach


def raising_for(user: User, *, on: date) -> list[Department]:
    """The departments for which somebody may raise issues: those they lead, and the one they work in."""
    return list(led_by(user, on=on).live(on=on).by_name())


def led_by(user: User, *, on: date):
    found = Department.objects.reachable_by(user, on=on, reach=Reach.WRITE)
    if user.role == User.Role.STAFF and user.department_id:
        found |= Department.objects.filter(pk=user.department_id)
    return found


def own(user: User, *, on: date):
    """The departments that are somebody's own: the agency alone for the COO, who leads all."""
    found = led_by(user, on=on)
    return found.filter(parent=None) if user.writes_everything else found
