"""The queue of what people are told by e-mail, and webhooks: filled from notifications, emptied one by one."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from departments.business import BusinessDays
from departments.models import Delivery, Mailing, Mute, Notification, User
from departments.selectors import business_days
from departments.services.notifying import new_id
from departments.services.posting import NotSent, Unsure, post

PAUSES = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60)]
AT_ONCE = timedelta(seconds=10)
LONGEST = timedelta(minutes=15)  # that sending one may take, with every time-out there is
State = Delivery.State


def deliver(*, clock: Callable[[], datetime]) -> int:
    """Send what is due, for a few seconds; how many were sent. Any number of workers may do so at once.

    Where something could not be handed over the rest waits for the next time: a mail server that is away would keep
    the worker from its other work.
    """
    began, silent, sent = clock(), set(), 0
    give_up_on_those_left_behind(now=began)
    collect(now=began)
    for pk, webhook in Delivery.objects.due(at=began).order_by("due_at", "pk").values_list("pk", "webhook"):
        if webhook not in silent and clock() - began < AT_ONCE:
            outcome = send(pk, clock=clock)
            sent += outcome == State.SENT
            silent |= {webhook} if outcome in (State.WAITING, State.FAILED, State.UNSURE) else set()
    return sent


def give_up_on_those_left_behind(*, now: datetime) -> int:
    """Whoever was sending these is gone. They may have arrived: a person decides whether they go once more."""
    left = Delivery.objects.left_behind(since=now - LONGEST)
    return left.update(state=State.UNSURE, trouble="The worker that was sending this ended before it knew the outcome.")


# --- From notifications to deliveries -----------------------------------------------------------


def collect(*, now: datetime) -> int:
    """Put what people are to be told by e-mail now into a delivery for each of them; how many were put somewhere.

    What they want no mail about is put into one that is left out, so that each notification says what became of it.
    """
    pending = Notification.objects.pending().select_related("to", "to__mailing").order_by("to", "created_at", "pk")
    muted = set(Mute.objects.values_list("user", "kind"))
    days, put_away = None, 0
    for person, found in groupby(pending, key=lambda each: each.to):
        days = days or business_days(timezone.localdate(now), timezone.localdate(now))
        kinds = {kind for user, kind in muted if user == person.pk}
        reason = partial(left_out, muted=kinds, now=now)
        for why, some in groupby(sorted(found, key=reason), key=reason):
            some = list(some)
            put_away += sum(put(each, now, why) for each in mails_of(some if why else due_of(some, days, now)))
    return put_away


def left_out(notification: Notification, muted: set[str], now: datetime) -> str:
    """Why no mail tells of this; empty where one does."""
    if reason := wants_none(notification.to, now):
        return reason
    if notification.kind in muted:
        return "This person muted the kind."
    is_told = notification.read_at and not notification.calendar  # a calendar has not read it
    return "It was read before it was sent." if is_told else ""


def wants_none(person: User, now: datetime) -> str:
    """Why this person gets no mail at all; empty where they do."""
    if person.is_gone(on=timezone.localdate(now)):
        return "This person is not here any more."
    if not person.email:
        return "This person has no e-mail address."
    return "" if mailing_of(person).is_on else "This person wants no e-mail."


def mailing_of(person: User) -> Mailing:
    return getattr(person, "mailing", None) or Mailing(user=person)


def due_of(waiting: list[Notification], days: BusinessDays, now: datetime) -> list[Notification]:
    """Those of one person, oldest first, that a mail tells of now: all once the digest is due, or the urgent ones."""
    mailing = mailing_of(waiting[0].to)
    calm = [each for each in waiting if not each.urgent]
    zone = timezone.get_current_timezone()
    if mailing.rhythm == Mailing.Rhythm.AT_ONCE or (
        calm and days.next_moment(calm[0].created_at, mailing.at, zone) <= now
    ):
        return waiting
    return [each for each in waiting if each.urgent]


def mails_of(found: list[Notification]) -> list[list[Notification]]:
    """What goes into one mail: all of it, but for what a calendar is told, which goes by itself (RFC 5546)."""
    calm = [each for each in found if not each.calendar]
    return [*([calm] if calm else []), *([each] for each in found if each.calendar)]


@transaction.atomic
def put(found: list[Notification], now: datetime, left_out: str = "") -> int:
    """These of one person into one delivery, but for those that another worker has in hand."""
    mine = Notification.objects.pending().filter(pk__in=[each.pk for each in found])
    mine = list(mine.select_for_update(skip_locked=True).values_list("pk", flat=True))
    if not mine:
        return 0
    delivery = Delivery.objects.create(
        channel=Delivery.Channel.EMAIL,
        to=found[0].to,
        state=State.OMITTED if left_out else State.WAITING,
        trouble=left_out,
        created_at=now,
        due_at=now,
        message_id=new_id(),
    )
    return Notification.objects.filter(pk__in=mine).update(delivery=delivery)


# --- From deliveries to people ------------------------------------------------------------------


def send(pk: int, *, clock: Callable[[], datetime]) -> str | None:
    """Take it, hand it over, say how that went: its state. None where somebody else took it."""
    now = clock()
    if not Delivery.objects.due(at=now).filter(pk=pk).update(state=State.SENDING, taken_at=now, tries=F("tries") + 1):
        return None
    delivery = Delivery.objects.select_related("to__mailing", "webhook", "about").get(pk=pk)
    if reason := refused(delivery, now):
        return settle(delivery, State.OMITTED, reason)
    try:
        post(delivery)
    except NotSent as error:
        return try_again(delivery, str(error), clock())
    except Unsure as error:
        return settle(delivery, State.UNSURE, str(error))
    return settle(delivery, State.SENT, sent_at=clock())


def refused(delivery: Delivery, now: datetime) -> str:
    """What became true since it was put in the queue, and is a reason not to send it."""
    if delivery.webhook is None:
        return wants_none(delivery.to, now)
    return "" if delivery.webhook.is_on and delivery.about else "The webhook is off, or what it was about is gone."


def try_again(delivery: Delivery, trouble: str, now: datetime) -> str:
    if delivery.tries > len(PAUSES):
        return settle(delivery, State.FAILED, trouble)
    return settle(delivery, State.WAITING, trouble, due_at=now + PAUSES[delivery.tries - 1])


def settle(delivery: Delivery, state: str, trouble: str = "", **outcome) -> str:
    Delivery.objects.of(delivery).update(state=state, trouble=trouble[:300], **outcome)
    return state


def send_again(deliveries: Iterable[Delivery], *, at: datetime) -> int:
    """A person looked at what failed, or may have, and wants it sent; how many it were."""
    again = Delivery.objects.in_trouble().filter(pk__in=[each.pk for each in deliveries])
    return again.update(state=State.WAITING, due_at=at, tries=0)
