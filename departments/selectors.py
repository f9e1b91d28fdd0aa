"""Whether and when people work, and who is to be asked for a department."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from departments.business import BusinessDays, BusinessHours, public_holidays
from departments.models import BusinessCalendar, Department, Headship, Holiday, Pause, User


def business_days(
    first: date, last: date, *, kept: BusinessCalendar | None = None, own: Iterable[Holiday] | None = None
) -> BusinessDays:
    """The working days as they are kept: right in the years of these days, the one before and the one after.

    `kept` and `own`: another calendar and other days of the agency's own than those of now.
    """
    first, last = date(first.year - 1, 1, 1), date(last.year + 1, 12, 31)
    kept = kept or BusinessCalendar.objects.current()
    own = list(Holiday.objects.between(first, last) if own is None else own)
    public = public_holidays(kept.country, kept.subdivision, first=first, last=last)
    return BusinessDays(
        kept.weekdays,
        public | {holiday.day: holiday.name for holiday in own if not holiday.is_worked},
        frozenset(holiday.day for holiday in own if holiday.is_worked),
    )


def business_hours(first: date, last: date) -> BusinessHours:
    """The working time as it is kept, in the agency's time zone: right where the days of `business_days` are."""
    kept = BusinessCalendar.objects.current()
    zone = timezone.get_default_timezone()
    return BusinessHours(business_days(first, last, kept=kept), zone, kept.opens_at, kept.closes_at)


def days_off(departments: Iterable[Department | int], first: date, last: date) -> dict[int, frozenset[date]]:
    """Key of each department to the days, of those from `first` to `last`, on which it is paused and owes nothing."""
    off: dict[int, set[date]] = {each if isinstance(each, int) else each.pk: set() for each in departments}
    for pause in Pause.objects.during(first, last).filter(department__in=off):
        begins, ends = max(pause.starts_on, first), min(pause.ends_on or last, last)
        off[pause.department_id] |= {begins + timedelta(days=n) for n in range((ends - begins).days + 1)}
    return {key: frozenset(days) for key, days in off.items()}


def stands_in(department: Department, on: date) -> User | None:
    """Who is to be asked for a department on a day: its head; its deputy where the head is away, or there is none."""
    return stand_in([department], on)[department.pk]


def stand_in(departments: Iterable[Department], on: date, *, besides: Iterable[int] = ()) -> dict[int, User | None]:
    """Key of each department to who is to be asked for it on a day; None where nobody is there.

    Nobody of those `besides` (keys).
    """
    there = User.objects.employed(on=on).exclude(pk__in=User.objects.absent(on=on).values("pk"))
    return leading(departments, there.exclude(pk__in=besides), on)


def leading(departments: Iterable[Department], people: QuerySet, on: date) -> dict[int, User | None]:
    """Key of each department to who of these people leads it on a day: its head, else its deputy; None for neither."""
    found: dict[int, User | None] = dict.fromkeys(department.pk for department in departments)
    headships = Headship.objects.on(on).filter(department__in=found, user__in=people).select_related("user")
    for headship in headships.order_by("kind"):  # the deputy, then the head
        found[headship.department_id] = headship.user
    return found


def answers_for(department: Department, on: date, *, besides: Iterable[int] = ()) -> User | None:
    """Who is told what concerns a department on a day: as `answer_for` says."""
    return answer_for([department], on, besides=besides)[department.pk]


def answer_for(departments: Iterable[Department], on: date, *, besides: Iterable[int] = ()) -> dict[int, User | None]:
    """Key of each department to who is told what concerns it on a day, for somebody has to be: who is to be asked for
    it, else for the one above it, and so on, else the COO. Without a COO who leads it, though away; else None.

    Nobody of those `besides` (keys).
    """
    departments, every, besides = list(departments), list(Department.objects.all()), list(besides)
    asked, above = stand_in(every, on, besides=besides), {each.pk: each.parent_id for each in every}
    coo = the_coo(on, besides=besides)
    at_all = {} if coo else leading(departments, User.objects.employed(on=on).exclude(pk__in=besides), on)
    found = {}
    for department in departments:
        place = department.pk
        while place and not asked[place]:
            place = above[place]
        found[department.pk] = asked[place] if place else coo or at_all[department.pk]
    return found


def the_coo(on: date, *, besides: Iterable[int] = ()) -> User | None:
    """The COO; of several, one who is not away, where there is such a one."""
    is_away = Exists(User.objects.absent(on=on).filter(pk=OuterRef("pk")))
    coos = User.objects.employed(on=on).filter(role=User.Role.COO).exclude(pk__in=besides)
    return coos.order_by(is_away, "pk").first()
