"""Who belongs to a series is invited by mail, and hears of what changes: calendars follow by themselves (RFC 5546).

What each calendar was told last is kept with the invitation, so that only what differs is told, once.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from email.utils import parseaddr
from hashlib import sha256
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from departments.models.notification import Kind
from departments.services.notifying import notify
from meetings import rules
from meetings.ical import Entry, Person, entries, invitation
from meetings.models import Invitation, Series
from meetings.rule_words import in_words
from meetings.selectors.feeds import booked
from meetings.selectors.participants import members

REQUEST, CANCEL = "REQUEST", "CANCEL"


class Message(NamedTuple):
    """What a calendar is told: `entries` of one name; `subject` says it to a person."""

    method: str
    entries: tuple[Entry, ...]
    subject: str

    @property
    def key(self) -> str:
        first = self.entries[0]
        which = f"{first.instead_of:%Y%m%dT%H%M}" if first.instead_of and len(self.entries) == 1 else "all"
        return f"{self.method}:{first.uid.partition('@')[0]}:{which}:{first.sequence}"


def tell_all(*, at: datetime) -> int:
    """Whoever came to belong to a series by a role or a headship is invited, too; how many were told anything."""
    running = Series.objects.running(on=timezone.localdate(at)).order_by("pk")
    return sum(tell_of(series, at=at) for series in running)


@transaction.atomic
def tell_of(series: Series, *, at: datetime) -> int:
    """Tell everybody who belongs to a series what their calendar was not told yet, and who does not any more that they
    are invited no longer; how many were told anything. Twice is once.
    """
    series = Series.objects.select_for_update(no_key=True).get(pk=series.pk)
    on, known = timezone.localdate(at), booked([series]).get(series.pk)
    found = by_name(entries(known)) if known else {}
    rows = {row.user_id: row for row in Invitation.objects.filter(series=series).select_related("user")}
    belonging = {user.pk: user for user in members(series, on=on)}
    told = 0
    for key, user in belonging.items():
        row = rows.get(key) or Invitation(series=series, user=user, at=at)
        told += tell(row, found, is_in=True, on=on, at=at)
    for key, row in rows.items():
        if key not in belonging and row.ended_at is None:
            told += tell(row, found, is_in=False, on=on, at=at)
    return told


def tell(row: Invitation, found: dict[str, list[Entry]], *, is_in: bool, on: date, at: datetime) -> bool:
    said = {} if row.ended_at else row.said
    messages = news(said, found, on=on) if is_in else withdrawn(row.series, said, found)
    if not messages and (row.pk or not is_in):
        return False
    if row.ended_at and is_in:
        row.number += 1
    row.said = {name: kept(group) for name, group in found.items()} if is_in else {}
    row.at, row.ended_at = at, None if is_in else at
    row.save()
    for message in messages:
        send(message, row, is_in=is_in, at=at)
    return bool(messages)


def send(message: Message, row: Invitation, *, is_in: bool, at: datetime):
    user, series = row.user, row.series
    organizer = Person("Opsroom", parseaddr(settings.DEFAULT_FROM_EMAIL)[1])
    to = Person(str(user), user.email)
    calendar = invitation(message.entries, method=message.method, organizer=organizer, to=to) if user.email else ""
    notify(
        to=user,
        kind=Kind.MEETING,
        key=f"invite:{series.pk}:{message.key}:{row.number}",
        subject=message.subject,
        text="\n".join(spoken(each) for each in message.entries if message.method == REQUEST),
        url=f"/meetings/series/{series.pk}/" if is_in else "/meetings/",
        why=f"You {'belong' if is_in else 'belonged'} to “{series}”.",
        at=at,
        urgent=True,
        calendar=calendar,
    )


# --- What is news -------------------------------------------------------------------------------------


def by_name(found: Iterable[Entry]) -> dict[str, list[Entry]]:
    """The events of each name: that which repeats first."""
    return {name: list(group) for name, group in groupby(found, key=lambda each: each.uid)}


def kept(group: list[Entry]) -> dict:
    """What is remembered of the events of a name: a print of each, and enough to take them back."""
    first, *others = group
    return {
        "print": printed(replace(first, out=())),
        "out": [each.isoformat() for each in first.out],
        "moved": {each.instead_of.isoformat(): printed(each) for each in others},
        "title": first.title,
        "begins": first.begins.replace(tzinfo=None).isoformat(),
        "minutes": first.minutes,
        "zone": first.zone,
    }


def printed(each: Entry) -> str:
    return sha256(repr(each.says).encode()).hexdigest()[:32]


def news(said: dict, found: dict[str, list[Entry]], *, on: date) -> list[Message]:
    """What a calendar that was told `said` is to be told now. Of what is over it hears only if it knew it."""
    told = []
    for name, group in found.items():
        before, now = said.get(name), kept(group)
        if before is None:
            if is_to_come(group, on):
                told.append(Message(REQUEST, tuple(group), f"Invitation: {spoken(group[0])}"))
        elif before["print"] != now["print"]:
            told.append(Message(REQUEST, tuple(group), f"Changed: {spoken(group[0])}"))
        else:
            told += single_news(before, now, group)
    gone = [name for name in said if name not in found]
    model = next(iter(found.values()))[0] if found else None
    return [*(taken_back(name, said[name], model) for name in gone if model), *told]


def single_news(before: dict, now: dict, group: list[Entry]) -> list[Message]:
    """Of an event that repeats as before, the single ones that do otherwise."""
    first, moved = group[0], {each.instead_of.isoformat(): each for each in group[1:]}
    changed = {when for when, print_ in now["moved"].items() if before["moved"].get(when) != print_}
    changed |= (set(before["moved"]) - set(now["moved"])) | (set(before["out"]) ^ set(now["out"]))
    told = []
    for when in sorted(changed):
        begins = datetime.fromisoformat(when).astimezone(ZoneInfo(first.zone))
        one = moved.get(when) or replace(first, rule="", out=(), begins=begins, instead_of=begins)
        one = replace(one, rule="", out=())
        if when in now["out"]:
            told.append(Message(CANCEL, (one,), f"Cancelled: {one.title}, {clock(begins)}"))
        else:
            words = "Moved" if when in moved else "It takes place"
            since = f" instead of {clock(begins)}" if one.begins != begins else ""
            told.append(Message(REQUEST, (one,), f"{words}: {one.title}, {clock(one.begins)}{since}"))
    return told


def taken_back(name: str, was: dict, model: Entry) -> Message:
    begins = datetime.fromisoformat(was["begins"]).replace(tzinfo=ZoneInfo(was["zone"]))
    said = {"uid": name, "title": was["title"], "begins": begins, "minutes": was["minutes"], "zone": was["zone"]}
    one = replace(model, **said, rule="", out=(), instead_of=None)
    return Message(CANCEL, (one,), f"Cancelled: {one.title}, {clock(begins)}")


def withdrawn(series: Series, said: dict, found: dict[str, list[Entry]]) -> list[Message]:
    """Everything that a calendar was told is taken back from it."""
    known = booked([series]).get(series.pk)
    if known is None:
        return []
    model = (next(iter(found.values()), None) or [None])[0] or entries(replace(known, ended_on=None))[0]
    return [
        taken_back(name, was, model)._replace(subject=f"You are not invited any more: {was['title']}")
        for name, was in said.items()
    ]


def is_to_come(group: list[Entry], on: date) -> bool:
    """Whether any of them is on a day or later."""
    first = group[0]
    if any(each.begins.date() >= on for each in group):
        return True
    if not first.rule:
        return False
    rule = rules.read(first.rule, at=first.begins.time(), zone=first.zone)
    return any(True for _ in rules.days(rule, first.begins.date(), on + rules.PATIENCE, since=on))


# --- In words -----------------------------------------------------------------------------------------


def spoken(each: Entry) -> str:
    """“Heads, every Monday, 09:00, 90 minutes, from Mon 23 Nov 2026”"""
    if not each.rule:
        return f"{each.title}, {clock(each.begins)}, {each.minutes} minutes"
    rule = str(rules.read(each.rule, at=each.begins.time(), zone=each.zone))
    often = in_words(rule, each.begins.date())
    at = f"{each.begins:%H:%M}{elsewhere(each.begins)}"
    return f"{each.title}, {often}, {at}, {each.minutes} minutes, from {each.begins:%a %-d %b %Y}"


def clock(moment: datetime) -> str:
    return f"{moment:%a %-d %b %Y, %H:%M}{elsewhere(moment)}"


def elsewhere(moment: datetime) -> str:
    """Whose clocks these are, where they are not the agency's."""
    return "" if str(moment.tzinfo) == settings.TIME_ZONE else f" {moment.tzinfo}"
