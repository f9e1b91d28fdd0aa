"""Who is told of a mediation's steps: each step once, and never whoever took it. What either side wrote is told nobody:
it is read where one may read it."""

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse
from django.utils import timezone

from departments.models import Department, Notification, User
from departments.selectors import answer_for
from departments.services.notifying import notify
from issues.models import Answer, FollowUp
from issues.selectors.mediation import DAY, Course


def tell(
    course: Course, step: str, subject: str, *, sides: Iterable[Department], coo: bool, by: User | None, at: datetime,
    text: str = "", urgent: bool = False,
):  # fmt: skip
    """Whoever is asked for these sides, and each COO where they are to know."""
    for to, why in whom(list(sides), coo, at).items():
        if by is not None and to.pk == by.pk:
            continue
        notify(
            to=to,
            kind=Notification.Kind.MEDIATION,
            key=f"mediation:{course.mediation.pk}:{step}",
            subject=subject,
            text=text,
            url=reverse("issues:mediation", args=[course.issue.pk]),
            why=why,
            at=at,
            urgent=urgent,
        )


def whom(sides: list[Department], coo: bool, at: datetime) -> dict[User, str]:
    on = timezone.localdate(at)
    asked = answer_for(sides, on)
    found = {to: f"You are asked for {side}." for side in reversed(sides) if (to := asked[side.pk])}
    if coo:
        found |= dict.fromkeys(User.objects.employed(on=on).filter(role=User.Role.COO), "You are the COO.")
    return found


def tell_called(course: Course, *, by: User, at: datetime):
    subject = f"Mediation of {course.issue}: write how you see it"
    why = course.mediation.why
    tell(course, "called", subject, sides=course.sides, coo=False, by=by, at=at, text=why, urgent=True)
    subject = f"{by} called mediation of {course.issue}"
    tell(course, "called", subject, sides=[], coo=True, by=by, at=at, text=why, urgent=True)


def tell_views_are_in(course: Course, *, by: User, at: datetime):
    subject = f"{course.issue}: both views are in"
    tell(course, "views", subject, sides=course.sides, coo=True, by=by, at=at)


def tell_views_due(course: Course, *, at: datetime):
    """Whoever is asked for a side by now: who came later is told, too."""
    subject = f"{course.issue}: it is the day to write how you see it"
    text = "From tomorrow on the COO may propose terms without your view."
    tell(course, "views-due", subject, sides=course.missing, coo=False, by=None, at=at, text=text, urgent=True)


def tell_views_missing(course: Course, *, at: datetime):
    names = " and ".join(str(side) for side in course.missing)
    subject = f"{course.issue}: {names} did not write in time"
    text = "You may propose terms without."
    tell(course, "views-missing", subject, sides=[], coo=True, by=None, at=at, text=text)


def tell_proposed(course: Course, *, by: User, at: datetime):
    subject = f"{course.issue}: {by} proposed terms {course.number}"
    tell(course, f"proposed:{course.number}", subject, sides=course.sides, coo=False, by=by, at=at)


def tell_answered(course: Course, given: Answer, *, at: datetime):
    others = [side for side in course.sides if side.pk != given.department_id]
    subject = f"{course.issue}: {given.department} {'agreed' if given.agrees else 'did not agree'}"
    step = f"answered:{course.number}:{given.department_id}"
    tell(course, step, subject, sides=others, coo=True, by=given.by, at=at)


def tell_settled(course: Course, *, by: User, at: datetime):
    how = course.settlement.get_how_display()
    day = f"{course.settlement.follow_up_on:{DAY}}"
    text = f"{course.settlement.terms}\n\nIt comes back on {day}."
    tell(course, "settled", f"{course.issue} is settled: {how}", sides=course.sides, coo=True, by=by, at=at, text=text)


def tell_due(course: Course, *, at: datetime):
    subject = f"{course.issue}: is what was settled held?"
    text = course.settlement.terms
    tell(course, "due", subject, sides=course.sides, coo=True, by=None, at=at, text=text, urgent=True)


def tell_followed_up(course: Course, given: FollowUp, *, at: datetime):
    subject = f"{course.issue}: {given.by} said that what was settled was {'held' if given.held else 'not held'}"
    tell(course, "followed", subject, sides=course.sides, coo=True, by=given.by, at=at, text=given.words)
