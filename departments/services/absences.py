"""Who is away, and who stands in for them meanwhile."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from departments.models import Absence, Headship, User

A_DAY = timedelta(days=1)
Days = tuple[date, date]


class AbsenceRefused(Exception):
    """These days, or this deputy, do not go with what is on record. Says why."""


@transaction.atomic
def record_absence(
    *,
    user: User,
    starts_on: date,
    ends_on: date | None = None,
    deputy: User | None = None,
    by: User | None,
    instead_of: Absence | None = None,
) -> Absence:
    """Somebody is away on these days; without a last one until further notice.

    The `deputy` stands in for them in each department that they head then, on the days on which it has no deputy.
    The same days again are the same absence. Raises AbsenceRefused.
    """
    if instead_of:
        remove_absence(instead_of, by=by)
    absence = user.absences.filter(starts_on=starts_on, ends_on=ends_on).first()
    if absence is None:
        absence = Absence(user=user, starts_on=starts_on, ends_on=ends_on)
        saved(absence, by)
    if deputy:
        appoint(deputy, absence, by)
    return absence


def appoint(deputy: User, absence: Absence, by: User | None):
    first, last = absence.starts_on, absence.ends_on or date.max
    if deputy == absence.user:
        raise AbsenceRefused(f"{deputy} cannot stand in for themselves: choose somebody else.")
    if deputy.is_gone(on=first) or deputy.has_left(on=absence.ends_on or first):
        raise AbsenceRefused(f"{deputy} does not work here on all of these days: choose somebody else.")
    if away := deputy.absences.during(first, last).first():
        raise AbsenceRefused(f"{deputy} is away, too, from {away.starts_on:%d %b %Y}: choose somebody else.")
    for headship in absence.user.headships.heads().during(first, last):
        taken = Headship.objects.filter(department=headship.department, kind=Headship.Kind.DEPUTY)
        days = max(first, headship.starts_on), min(last, headship.ends_on or date.max)
        for start, end in free(days, ((each.starts_on, each.ends_on or date.max) for each in taken.during(*days))):
            standing = Headship(department=headship.department, user=deputy, kind=Headship.Kind.DEPUTY, absence=absence)
            standing.starts_on, standing.ends_on = start, None if end == date.max else end
            saved(standing, by)


def free(days: Days, taken: Iterable[Days]) -> Iterator[Days]:
    """The stretches of these days, first and last included, that no other stretch takes."""
    first, last = days
    for start, end in sorted(taken):
        if start > first:
            yield first, start - A_DAY
        if end >= last:
            return
        first = max(first, end + A_DAY)
    yield first, last


@transaction.atomic
def change_absence(absence: Absence, *, starts_on: date, ends_on: date | None, by: User | None) -> Absence:
    """Somebody is away on other days, and so is stood in for."""
    absence.starts_on, absence.ends_on = starts_on, ends_on
    saved(absence, by)
    fit_deputies(absence, by=by)
    return absence


def fit_deputies(absence: Absence, *, by: User | None):
    """Whoever was chosen to stand in does so on none but its days."""
    for standing in absence.deputies.all():
        first = max(absence.starts_on, standing.starts_on)
        last = min(absence.ends_on or date.max, standing.ends_on or date.max)
        if first > last:
            removed(standing, by)
        elif (first, last) != (standing.starts_on, standing.ends_on or date.max):
            standing.starts_on, standing.ends_on = first, None if last == date.max else last
            saved(standing, by)


def end_absence(absence: Absence, *, ends_on: date, by: User | None) -> Absence | None:
    """Somebody was away up to this day alone; None where they were not away at all."""
    if ends_on < absence.starts_on:
        return remove_absence(absence, by=by)
    return change_absence(absence, starts_on=absence.starts_on, ends_on=ends_on, by=by)


@transaction.atomic
def remove_absence(absence: Absence, *, by: User | None) -> None:
    """Somebody is not away after all, and nobody stands in for them because of it."""
    for standing in absence.deputies.all():
        removed(standing, by)
    removed(absence, by)


def saved(span: Absence | Headship, by: User | None):
    """On record with who did it. The database has the last word about days that overlap."""
    span._history_user = by
    try:
        with transaction.atomic():
            span.full_clean()
            span.save()
    except ValidationError as error:
        raise AbsenceRefused(" ".join(error.messages)) from error
    except IntegrityError as error:
        raise AbsenceRefused("Somebody recorded the same days at the same moment: look again.") from error


def removed(span: Absence | Headship, by: User | None):
    span._history_user = by
    span.delete()
