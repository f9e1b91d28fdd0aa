"""For which departments somebody may raise issues."""

from datetime import date

from departments.models import Department, User
from departments.models.department import Reach


def raising_for(user: User, *, on: date) -> list[Department]:
    """The departments for which somebody may raise issues: those they lead, and the one they work in."""
    found = Department.objects.reachable_by(user, on=on, reach=Reach.WRITE)
    if user.role == User.Role.STAFF and user.department_id:
        found |= Department.objects.filter(pk=user.department_id)
    return list(found.live(on=on).by_name())
