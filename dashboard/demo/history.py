"""What was handed in, by whom and when, up to a day: late, forgotten and corrected as people do. Plain Python.

A value's history is settled by its KPI, department and period; it is seen up to midnight before the day. Only the
stories move, and they move with the month.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from random import Random
from typing import NamedTuple

from dashboard.demo.agency import ROOT, Lead, leads, people
from dashboard.demo.behaviour import CALENDAR, At, Kind
from dashboard.demo.catalogue import CATALOGUE, MONTH, WEEK
from dashboard.demo.chance import dice
from dashboard.demo.story import BEHAVIOUR, FAILED, SLIPPING
from kpis.periods import Grain, add_months

AT_LEAST = 26  # months; then back to the first of January
FORGOTTEN, SKIPPED, LATE, CORRECTED = 0.012, 0.005, 0.05, 0.03  # whole weeks; single values; hand-ins; values
REASONS = {
    WEEK: ["Late entries counted", "Two jobs were counted twice", "Export covered the wrong days", "Typing error"],
    MONTH: ["Late documents counted", "Booked to the wrong month", "Client answered later"],
}


class Manner(NamedTuple):
    """How a department hands in: so many days after the period began (weeks) or ended (months), at what hour, how."""

    day: int
    hour: int
    file: str = ""
    may_forget: bool = True


FRIDAY, MONDAY = 4, 7
WEEKLY = {
    "account-service": Manner(FRIDAY, 16),
    "creative": Manner(FRIDAY, 16),
    "media": Manner(MONDAY, 9, "media-week-{:%G-W%V}.xlsx"),
    "it": Manner(FRIDAY, 15, "tickets-{:%G-W%V}.csv"),
    "accounting": Manner(MONDAY, 9),
    "traffic": Manner(FRIDAY, 16),
    ROOT: Manner(MONDAY, 10, may_forget=False),
}
MONTHLY = {
    **dict.fromkeys(WEEKLY, Manner(4, 10)),
    "accounting": Manner(4, 14, "month-end-{:%Y-%m}.xlsx"),
    ROOT: Manner(5, 11, "ledger-{:%Y-%m}.xlsx"),
}


class HandIn(NamedTuple):
    """What becomes a batch."""

    at: datetime
    by: str
    source: str
    file_name: str = ""
    reason: str = ""


class Version(NamedTuple):
    numbers: tuple[Decimal, ...]
    handed_in: HandIn
    note: str = ""


class Value(NamedTuple):
    """A KPI in a department and period, and how it stood, oldest first."""

    code: str
    department: str
    period: date
    versions: list[Version]


def first_day(on: date) -> date:
    return add_months(on.replace(day=1), -AT_LEAST).replace(month=1, day=1)


def turn(on: date) -> date:
    """Stories are told from here: the Monday of the week in which the month began."""
    return CALENDAR.start(on.replace(day=1), Grain.WEEK)


def history(*, on: date, zone: tzinfo) -> Iterator[Value]:
    """Every value known at midnight, when the day begins."""
    agency = Agency(on, zone)
    for owner, definitions in CATALOGUE.items():
        for definition in definitions:
            code, grain = f"{owner}-{definition.code}", Grain(definition.cadence)
            for department, kind in BEHAVIOUR[code].items():
                for period in periods(grain, on):
                    at = At(code, department, grain, period, turn(on), agency.staff)
                    if versions := agency.versions(at, kind):
                        yield Value(code, department, period, versions)


def periods(grain: Grain, on: date) -> Iterator[date]:
    """From the first day on; the first week is the one that belongs to its month."""
    first = first_day(on)
    period = CALENDAR.start(first, grain)
    if grain is Grain.WEEK and period + timedelta(days=3) < first:
        period += timedelta(weeks=1)
    while period < on:
        yield period
        period = CALENDAR.step(period, grain, 1)


class Agency:
    """Who hands in what when."""

    def __init__(self, on: date, zone: tzinfo):
        self.zone, self.staff = zone, people(on)
        self.midnight = datetime.combine(on, time(), zone)
        self.heads = [lead for lead in leads(on) if lead.kind == "head"]
        self.hand_ins: dict[tuple, HandIn | None] = {}

    def versions(self, at: At, kind: Kind) -> list[Version]:
        chance = dice("fate", at.code, at.department, at.period)
        skipped, corrected = chance.random() < SKIPPED, chance.random() < CORRECTED and at.grain is not Grain.DAY
        hand_in = self.hand_in(at)
        if hand_in is None or (skipped and not kind.given):
            return []
        numbers = kind.numbers(at)
        found = [Version(numbers, hand_in, note(at, numbers))]
        if corrected and not kind.given:
            later = on_a_workday(hand_in.at.date() + timedelta(days=chance.randint(6, 42)))
            at_last = self.moment(later, 11, at.department)
            correction = HandIn(at_last, self.head(at, later), "entry", reason=chance.choice(REASONS[at.grain]))
            found = [Version(mistaken(numbers, chance), hand_in), Version(numbers, correction)]
        return [version for version in found if version.handed_in.at < self.midnight]

    def hand_in(self, at: At) -> HandIn | None:
        """A department's batch for a period; None where it was forgotten."""
        key = (at.grain, at.department, at.period)
        if key not in self.hand_ins:
            self.hand_ins[key] = self.nightly(at) if at.grain is Grain.DAY else self.by_the_head(at)
        return self.hand_ins[key]

    def nightly(self, at: At) -> HandIn:
        return HandIn(datetime.combine(at.period, time(23, 58), self.zone), self.head(at, at.period), "api")

    def by_the_head(self, at: At) -> HandIn | None:
        weekly = at.grain is Grain.WEEK
        manner = (WEEKLY if weekly else MONTHLY)[at.department]
        if weekly and manner.may_forget and dice("forgotten", at.department, at.period).random() < FORGOTTEN:
            return None
        begin = at.period if weekly else CALENDAR.step(at.period, at.grain, 1)
        day = on_a_workday(begin + timedelta(days=manner.day + delay(at)))
        name = manner.file.format(at.period)
        source = "file" if name else "entry"
        return HandIn(self.moment(day, manner.hour, at.department), self.head(at, day), source, name)

    def moment(self, day: date, hour: int, department: str) -> datetime:
        minute = dice("minute", department, day).randrange(60)
        return datetime.combine(day, time(hour, minute), self.zone)

    def head(self, at: At, day: date) -> str:
        return head_on(self.heads, at.department, day)


def head_on(heads: list[Lead], department: str, day: date) -> str:
    """Who leads it on a day; before the first of them, that one."""
    led = [lead for lead in heads if lead.department == department]
    return next((lead.username for lead in reversed(led) if lead.starts_on <= day), led[0].username)


def on_a_workday(day: date) -> date:
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def delay(at: At) -> int:
    """Days. Media has been a week late since it began to slip."""
    if at.grain is Grain.WEEK and at.department == "media" and at.week >= SLIPPING:
        return 7
    chance = dice("late", at.department, at.period)
    return chance.randint(1, 4) if chance.random() < LATE else 0


def mistaken(numbers: tuple[Decimal, ...], chance: Random) -> tuple[Decimal, ...]:
    """What was handed in at first: the first number too low, or, where there was nothing to miss, too high."""
    first, *rest = numbers
    short = max(1, round(first * chance.randint(4, 14) / 100))
    return first - short if first >= short else first + short, *rest


def note(at: At, numbers: tuple[Decimal, ...]) -> str:
    if at.grain is Grain.DAY and at.week == FAILED and numbers[1] - numbers[0] > 60:
        return "Storage of the file server failed, 11:20 to 16:50; restored from the night’s copy."
    return ""
