"""Meetings as calendar programs read them: iCalendar (RFC 5545), and the mails in which they invite (RFC 5546).

No Django, no clock. What a series has by its schedules is an event that repeats, one for each schedule, whose start it
is named by; what was moved stands beside it, and what was cancelled is left out. A meeting on a day that no schedule
has is an event of its own.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vCalAddress, vRecur, vText

from meetings import rules
from meetings.recurrence import A_DAY, Plan, days, in_turn, moment
from meetings.zones import clocks

FAR = timedelta(days=36525)  # beyond which nobody looks for the last meeting
PUBLISHER = "-//Opsroom//Meetings//EN"


class Told(NamedTuple):
    """A meeting on record: the day its schedule has it, and when it takes place."""

    slot: date
    starts_at: datetime
    minutes: int
    is_cancelled: bool


@dataclass(frozen=True)
class Entry:
    """An event as it stands in a calendar. `begins` by the clocks of `zone`; `instead_of`: which one of an event that
    repeats it is, by when that was to begin; `rule` and what is left `out` of it."""

    uid: str
    title: str
    begins: datetime
    minutes: int
    zone: str
    url: str
    sequence: int
    changed_at: datetime
    rule: str = ""
    out: tuple[datetime, ...] = ()
    instead_of: datetime | None = None

    @property
    def says(self):
        """What a calendar shows of it: whether it changed, whenever that was."""
        return replace(self, sequence=0, changed_at=datetime.min)


class Person(NamedTuple):
    name: str
    email: str


@dataclass(frozen=True)
class Booked:
    """All that calendars need of a series. `host` makes its names unique in the world."""

    key: int
    title: str
    plans: tuple[Plan, ...]
    told: tuple[Told, ...]
    ended_on: date | None
    url: str
    host: str
    sequence: int
    changed_at: datetime


def entries(booked: Booked) -> list[Entry]:
    """Its events, those of each schedule together: the one that repeats first."""
    found, left = [], {row.slot: row for row in booked.told}
    for plan in in_turn(booked.plans):
        if booked.ended_on and plan.starts_on > booked.ended_on:
            continue
        last = min(plan.until - A_DAY if plan.until else date.max, booked.ended_on or date.max)
        found += planned(booked, plan, last, left)
    return found + [single(booked, row) for row in left.values() if not row.is_cancelled]


def planned(booked: Booked, plan: Plan, last: date, left: dict[date, Told]) -> Iterator[Entry]:
    """Those of one schedule up to a last day; takes the meetings on record that are its own out of `left`."""
    first = next(days(plan, plan.starts_on, min(last, plan.starts_on + rules.PATIENCE)), None)
    if first is None:
        return
    within = [day for day in left if plan.starts_on <= day <= last]
    own = set(days(plan, min(within), max(within))) & set(within) if within else set()
    rows = [left.pop(day) for day in sorted(own)]
    repeats = entry(booked, plan, first)
    if not plan.rule:
        row = rows[0] if rows else None
        if row is None or not row.is_cancelled:
            yield repeats if row is None else replaced(repeats, row)
        return
    out = tuple(begin(row.slot, plan) for row in rows if row.is_cancelled)
    yield replace(repeats, rule=ruled(plan, last), out=out)
    for row in rows:
        as_planned = (moment(row.slot, plan.starts_at, plan.zone), plan.minutes)
        if not row.is_cancelled and (row.starts_at, row.minutes) != as_planned:
            yield replace(replaced(repeats, row), instead_of=begin(row.slot, plan))


def replaced(said: Entry, row: Told) -> Entry:
    return replace(said, begins=row.starts_at.astimezone(ZoneInfo(said.zone)), minutes=row.minutes)


def entry(booked: Booked, plan: Plan, day: date) -> Entry:
    return Entry(
        uid=f"series-{booked.key}-{plan.starts_on:%Y%m%d}@{booked.host}",
        title=booked.title,
        begins=begin(day, plan),
        minutes=plan.minutes,
        zone=plan.zone,
        url=booked.url,
        sequence=booked.sequence,
        changed_at=booked.changed_at,
    )


def single(booked: Booked, row: Told) -> Entry:
    plan = in_turn(booked.plans)[-1]
    uid = f"series-{booked.key}-{row.slot:%Y%m%d}-single@{booked.host}"
    return replace(replaced(entry(booked, plan, row.slot), row), uid=uid)


def begin(day: date, plan: Plan) -> datetime:
    return datetime.combine(day, plan.starts_at, tzinfo=ZoneInfo(plan.zone))


def ruled(plan: Plan, last: date) -> str:
    """The rule as it counts from the first meeting, up to a last day: UNTIL as a moment, which RFC 5545 asks for."""
    rule = rules.read(plan.rule)
    if last < date.max:
        rule = cut(rule, plan.starts_on, last)
    if rule.until is None or rule.until > rules.END:
        return str(rule._replace(until=None))
    until = moment(rule.until, plan.starts_at, plan.zone)
    return str(rule._replace(until=None)) + f";UNTIL={until:%Y%m%dT%H%M%SZ}"


def cut(rule: rules.Rule, start: date, last: date) -> rules.Rule:
    """The rule without what comes after a day; as it is where nothing does."""
    if rule.count and sum(1 for _ in rules.days(rule, start, last)) == rule.count:
        return rule
    return rule._replace(count=None, until=min(last, rule.until or last))


# --- Written ----------------------------------------------------------------------------------------


def calendar(found: Iterable[Entry], *, name: str = "", method: str = "") -> Calendar:
    """A calendar with these, and the time zones that they need."""
    made = Calendar()
    made.add("prodid", PUBLISHER)
    made.add("version", "2.0")
    if method:
        made.add("method", method)
    if name:
        made.add("x-wr-calname", plain(name))
        made.add("name", plain(name))
    found = list(found)
    for zone, year in since(found).items():
        made.add_component(clocks(zone, year - 1))
    for each in found:
        made.add_component(event(each))
    return made


def since(found: Iterable[Entry]) -> dict[str, int]:
    """The time zones that are needed, with the year from which on."""
    years = {}
    for each in found:
        if each.zone != "UTC":
            years[each.zone] = min(each.begins.year, years.get(each.zone, each.begins.year))
    return years


def event(said: Entry) -> Event:
    made = Event()
    made.add("uid", said.uid)
    made.add("summary", plain(said.title))
    made.add("dtstart", said.begins)
    made.add("dtend", ended(said))
    for name in ("dtstamp", "last-modified"):
        made.add(name, said.changed_at)
    made.add("sequence", said.sequence)
    made.add("description", f"Agenda: {said.url}")
    made.add("url", said.url)
    if said.rule:
        made.add("rrule", vRecur.from_ical(said.rule))
    if said.out:
        made.add("exdate", list(said.out))
    if said.instead_of:
        made.add("recurrence-id", said.instead_of)
    return made


def ended(said: Entry) -> datetime:
    """So many minutes later by the sun, whatever the clocks do meanwhile."""
    zone = said.begins.tzinfo
    return (said.begins.astimezone(ZoneInfo("UTC")) + timedelta(minutes=said.minutes)).astimezone(zone)


def invitation(found: Iterable[Entry], *, method: str, organizer: Person, to: Person) -> str:
    """What is sent to one person: REQUEST for what takes place, CANCEL for what does not."""
    made = calendar(found, method=method)
    for each in made.walk("VEVENT"):
        each.add("organizer", party(organizer))
        invited = party(to)
        invited.params["ROLE"], invited.params["PARTSTAT"] = vText("REQ-PARTICIPANT"), vText("NEEDS-ACTION")
        invited.params["RSVP"] = vText("FALSE")
        each.add("attendee", invited, encode=0)
        each.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    return written(made)


def party(person: Person) -> vCalAddress:
    address = vCalAddress(f"mailto:{person.email}")
    address.params["CN"] = vText(plain(person.name).replace('"', "'"))
    return address


def written(made: Calendar) -> str:
    return made.to_ical().decode()


def plain(text: str) -> str:
    """Without what no text of a calendar has: control characters, and line breaks in a title."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
