"""When a measure's verdict is given, or the day to look again has come and it is still too early, those who took it and
those who answer for it hear of it, once."""

import logging
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from departments.business import MORNING
from departments.models import Notification, User
from departments.selectors import answer_for, business_days
from departments.services.notifying import notify
from issues.effect_words import brief, sentence
from issues.models import Measure
from issues.selectors.effects import verdicts
from issues.selectors.verdict import Verdict
from kpis.effect import Effect

log = logging.getLogger(__name__)
BACK = timedelta(weeks=26)  # what became known longer ago is no news; notifications are kept for a year
LOOK, VERDICT = "effect-look", "effect-verdict"


def tell_effects(*, now: datetime) -> int:
    """Tell of each measure whose day to look again has come, on a working day from nine on: what its verdict is, or how
    long it still takes. How many were told. Safe to run twice, or twice at once."""
    on, zone = timezone.localdate(now), timezone.get_default_timezone()
    days = business_days(on, on)
    if not days.is_working(on) or now < days.moment(on, MORNING, zone):
        return 0
    news = [each for each in verdicts(waiting(on), on=on) if is_news(each, on)]
    asked = answer_for({each.measure.department for each in news}, on)
    coos, told = list(User.objects.employed(on=on).filter(role=User.Role.COO)), 0
    for each in news:
        try:
            told += tell_all(each, whom(each, asked, coos, on), now=now)
        except Exception:  # whatever is wrong with one of them, the others are told
            log.exception("Telling of measure %s", each.measure.pk)
    return told


def waiting(on: date):
    """Those to be looked at by now of which no verdict was told yet."""
    told = Notification.objects.filter(key__startswith=f"{VERDICT}:").values_list("key", flat=True).distinct()
    known = [int(key.partition(":")[2]) for key in told]
    return Measure.objects.standing().filter(look_on__lte=on).exclude(pk__in=known).order_by("pk")


def key(found: Verdict) -> str:
    return f"{LOOK if found.effect is Effect.EARLY else VERDICT}:{found.measure.pk}"


def is_news(found: Verdict, on: date) -> bool:
    since = found.measure.look_on if found.last is None else max(found.last, found.measure.look_on)
    return since >= on - BACK


def whom(found: Verdict, asked: dict[int, User | None], coos: list[User], on: date) -> dict[User, str]:
    """Who took it, as far as they still read it, who is asked for the department, and the COO; each with why."""
    measure, readers = found.measure, User.objects.reading(found.measure.department, on=on)
    told = dict.fromkeys(coos, "You are the COO.")
    if to := asked[measure.department_id]:
        told[to] = f"You are asked for {measure.department}."
    if readers.filter(pk=measure.made_by_id).exists():
        told[measure.made_by] = "You recorded this measure."
    return told


@transaction.atomic
def tell_all(found: Verdict, people: dict[User, str], *, now: datetime) -> int:
    return sum(tell(found, to, why, now=now) for to, why in people.items())


def tell(found: Verdict, to: User, why: str, *, now: datetime) -> bool:
    made = notify(
        to=to,
        kind=Notification.Kind.EFFECT,
        key=key(found),
        subject=f"{found.measure}: {brief(found)}",
        text=f"{found.kpi} in {found.measure.department}. {sentence(found)}",
        url=found.measure.url,
        why=why,
        at=now,
    )
    return made is not None
