"""A series is made and changed: when it takes place, who belongs to it, what its meetings consist of."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from departments.models import Department, User
from meetings.models import Invited, Meeting, Schedule, Section, Series
from meetings.parts import Part
from meetings.recurrence import Plan, leap_in_words
from meetings.rule_words import in_words
from meetings.rules import RuleRefused, checked, day_in_words
from meetings.selectors.calendar import slot_of
from meetings.selectors.series import edition
from meetings.services.agenda import MeetingRefused
from meetings.services.inviting import tell_of
from meetings.services.rescheduling import AHEAD, call_off, saved

A_DAY = timedelta(days=1)
BACK = timedelta(days=366)  # how long ago a series may have begun; AHEAD is how far away it may begin
ENDED = "The series has ended."
OTHERWISE = "The series takes place otherwise"


class SeriesChanged(MeetingRefused):
    """It is not the one that somebody began to change."""

    def __init__(self):
        super().__init__(
            "Somebody changed it meanwhile. Nothing was recorded; what you wrote is below: it takes that one's place"
            " when you save again."
        )


class PlanRefused(MeetingRefused):
    """Meetings cannot take place so; `field` of the plan is wrong."""

    def __init__(self, field: str, words: str):
        self.field = field
        super().__init__(words)


class Guest(NamedTuple):
    """Who is invited, as `Invited` says it."""

    who: str
    user: User | None = None
    department: Department | None = None
    role: str = ""


class Share(NamedTuple):
    """A part of the agenda with its minutes."""

    part: Part
    title: str
    minutes: int


def checked_plan(plan: Plan, *, first: date, last: date, parts: int) -> Plan:
    """The plan with its rule as it is kept. Raises PlanRefused: it begins before `first` or after `last`, its rule is
    none or never comes true, a single meeting would be in an hour that the clocks leap over, it is shorter than the
    `parts` of its agenda take (minutes)."""
    if not first <= plan.starts_on <= last:
        found = day_in_words(plan.starts_on)
        words = f"Found {found}, expected a day from {day_in_words(first)} to {day_in_words(last)}."
        raise PlanRefused("starts_on", words)
    if parts > plan.minutes:
        raise PlanRefused(
            "minutes", f"Found {plan.minutes} minutes, expected at least the {parts} that its parts take."
        )
    if not plan.rule:
        if words := leap_in_words(plan.starts_on, plan.starts_at, plan.zone):
            raise PlanRefused("starts_at", f"{words} Choose another time.")
        return plan
    try:
        rule = checked(plan.rule, starts_on=plan.starts_on, at=plan.starts_at, zone=plan.zone)
    except RuleRefused as error:
        raise PlanRefused("rule", str(error)) from error
    return plan._replace(rule=rule)


@transaction.atomic
def start_series(
    *,
    title: str,
    department: Department,
    chair: User,
    plan: Plan,
    guests: Iterable[Guest] = (),
    shares: Iterable[Share] = (),
    by: User,
    at: datetime,
) -> Series:
    """A series from a day on, which may lie up to a year back, so that a rhythm goes on. Raises PlanRefused.

    Each call makes one; who belongs to it is invited.
    """
    shares, today = list(shares), timezone.localdate(at)
    plan = checked_plan(plan, first=today - BACK, last=today + AHEAD, parts=sum(share.minutes for share in shares))
    made = Series(title=title, department=department, chair=chair, made_at=at, made_by=by)
    saved(made, by=by, at=at)
    record_plan(made, plan, by=by, at=at)
    set_guests(made, guests, by=by, at=at)
    set_shares(made, shares, by=by, at=at)
    tell_of(made, at=at)
    return made


def record_plan(series: Series, plan: Plan, *, by: User, at: datetime) -> Schedule:
    said = {name: getattr(plan, name) for name in ("starts_on", "starts_at", "minutes", "zone", "rule")}
    return Schedule.objects.create(series=series, recorded_at=at, recorded_by=by, **said)


@transaction.atomic
def change_series(
    series: Series,
    *,
    title: str,
    chair: User,
    guests: Iterable[Guest],
    shares: Iterable[Share],
    was: str,
    by: User,
    at: datetime,
) -> Series:
    """What it is called, who leads it, who belongs to it, what its meetings consist of. The same again changes nothing.

    Whoever comes in or drops out hears of it. Raises SeriesChanged where `was` is not its edition any more,
    MeetingRefused where the parts take longer than its meetings last.
    """
    series = locked(series, was)
    shares, total = list(shares), sum(share.minutes for share in shares)
    lasts = [row.minutes for row in Schedule.objects.current().filter(series=series)]
    if lasts and total > min(lasts):
        raise MeetingRefused(f"The parts take {total} minutes, the meeting lasts {min(lasts)}.")
    if (series.title, series.chair) != (title, chair):
        series.title, series.chair = title, chair
        saved(series, by=by, at=at)
    set_guests(series, guests, by=by, at=at)
    set_shares(series, shares, by=by, at=at)
    tell_of(series, at=at)
    return series


def locked(series: Series, was: str) -> Series:
    series = Series.objects.select_for_update(no_key=True).get(pk=series.pk)
    if edition(series) != was:
        raise SeriesChanged
    return series


def set_guests(series: Series, guests: Iterable[Guest], *, by: User, at: datetime):
    """These, and no others."""
    wanted = dict.fromkeys(guests)
    for row in series.invited.select_related("user", "department"):
        kept = Guest(row.who, row.user, row.department, row.role)
        if kept in wanted:
            del wanted[kept]
        else:
            removed(row, by=by, at=at)
    for guest in wanted:
        saved(Invited(series=series, **guest._asdict()), by=by, at=at)


def set_shares(series: Series, shares: Iterable[Share], *, by: User, at: datetime):
    """These in this order, and no others."""
    before = [Share(Part(row.part), row.title, row.minutes) for row in series.sections.order_by("position")]
    shares = list(shares)
    if before == shares:
        return
    for row in series.sections.all():
        removed(row, by=by, at=at)
    for position, share in enumerate(shares, 1):
        said = {"part": str(share.part), "title": share.title, "minutes": share.minutes}
        saved(Section(series=series, position=position, **said), by=by, at=at)


def removed(row, *, by: User, at: datetime):
    row._history_user, row._history_date = by, at
    row.delete()


# --- When it takes place ----------------------------------------------------------------------------


@transaction.atomic
def reschedule(series: Series, plan: Plan, *, was: str, by: User, at: datetime) -> int:
    """From a day on, today at the earliest, it takes place otherwise; what was planned from that day on is no more.

    Meetings to come whose day is none any more are cancelled, and what people put on their agendas goes to the next one
    that there is: how many lines that were. Those whose day is still one follow the new time, unless somebody moved
    them. Raises SeriesChanged and PlanRefused.
    """
    series = locked(series, was)
    today = timezone.localdate(at)
    parts = sum(series.sections.values_list("minutes", flat=True))
    plan = checked_plan(plan, first=today, last=today + AHEAD, parts=parts)
    if series.ended_on and plan.starts_on > series.ended_on:
        raise PlanRefused("starts_on", f"The series ends on {day_in_words(series.ended_on)}: let it go on first.")
    later = Schedule.objects.current().filter(series=series, starts_on__gte=plan.starts_on)
    later.update(superseded_at=at, superseded_by=by)
    record_plan(series, plan, by=by, at=at)
    carried = follow(series, plan, by=by, at=at)
    tell_of(series, at=at)
    return carried


def follow(series: Series, plan: Plan, *, by: User, at: datetime) -> int:
    """Its meetings on record take the times of a new plan, those that another plan had cancelled take place again; how
    many lines were carried to another."""
    why, carried = f"{OTHERWISE}: {in_words(plan.rule, plan.starts_on)}.", 0
    again(series, plan, by=by, at=at)
    rows = series.meetings.to_come().filter(slot__gte=plan.starts_on, starts_at__gte=at).order_by("slot")
    for row in rows:
        slot = slot_of(series, row.slot)
        if slot is None:
            carried += call_off(row, why=why, by=by, at=at)
        elif row.moved_at is None and (row.starts_at, row.minutes) != (slot.starts_at, slot.minutes):
            row.starts_at, row.minutes = slot.starts_at, slot.minutes
            saved(row, by=by, at=at)
    return carried


def again(series: Series, plan: Plan, *, by: User, at: datetime):
    rows = series.meetings.filter(slot__gte=plan.starts_on, cancelled_why__startswith=OTHERWISE, moved_at=None)
    for row in rows.order_by("slot"):
        slot = slot_of(series, row.slot)
        if slot and slot.starts_at >= at:
            row.cancelled_at, row.cancelled_by, row.cancelled_why = None, None, ""
            row.starts_at, row.minutes = slot.starts_at, slot.minutes
            saved(row, by=by, at=at)


@transaction.atomic
def end_series(series: Series, *, last_day: date, was: str, by: User, at: datetime) -> Series:
    """It has no meeting after a day, today at the earliest; those that there would be are cancelled.

    Raises SeriesChanged, and MeetingRefused for a day that is over.
    """
    series = locked(series, was)
    today = timezone.localdate(at)
    if not today <= last_day <= today + AHEAD:
        raise MeetingRefused(f"Found {day_in_words(last_day)}, expected today or a day within ten years.")
    series.ended_on = last_day
    saved(series, by=by, at=at)
    for row in series.meetings.to_come().filter(slot__gt=last_day).order_by("slot"):
        call_off(row, why=ENDED, by=by, at=at)
    tell_of(series, at=at)
    return series


@transaction.atomic
def resume_series(series: Series, *, by: User, at: datetime) -> bool:
    """An end is taken back, with what was cancelled for it; False where it goes on already."""
    series = Series.objects.select_for_update(no_key=True).get(pk=series.pk)
    if series.ended_on is None:
        return False
    series.ended_on = None
    saved(series, by=by, at=at)
    for row in Meeting.objects.filter(series=series, cancelled_why=ENDED, starts_at__gte=at):
        row.cancelled_at, row.cancelled_by, row.cancelled_why = None, None, ""
        saved(row, by=by, at=at)
    tell_of(series, at=at)
    return True
