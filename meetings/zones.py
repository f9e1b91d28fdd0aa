"""What the clocks of a time zone do, as calendars write it (VTIMEZONE of RFC 5545, 3.6.5). No Django, no clock."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard, vRecur

from meetings.rules import WEEKDAYS

A_DAY, A_SECOND = timedelta(days=1), timedelta(seconds=1)
YEARS = 12  # that are looked at; what was the same in all of them is taken to stay so


class Change(NamedTuple):
    """The clocks of a zone change: `shown` is what they showed just then, before. Forward is to summer, though Irish
    law has it the other way round: that is what programs expect."""

    shown: datetime
    before: timedelta
    after: timedelta
    name: str
    is_summer: bool


@lru_cache(maxsize=64)
def clocks(zone: str, year: int) -> Timezone:
    """The time zone from the beginning of a year on."""
    made = Timezone()
    made.add("tzid", zone)
    begins = datetime(year, 1, 1)
    first = there(begins, zone)
    is_summer = first.dst() > timedelta()
    made.add_component(stretch([Change(begins, first.utcoffset(), first.utcoffset(), first.tzname(), is_summer)]))
    alike = defaultdict(list)
    for change in changes(zone, year):
        alike[change.before, change.after, change.name, change.is_summer, change.shown.month].append(change)
    for found in alike.values():
        made.add_component(stretch(found))
    return made


def stretch(found: list[Change]) -> TimezoneDaylight | TimezoneStandard:
    """From each of these changes on the clocks show the same; as a rule, where they follow one."""
    first = found[0]
    made = TimezoneDaylight() if first.is_summer else TimezoneStandard()
    made.add("dtstart", first.shown)
    made.add("tzoffsetfrom", first.before)
    made.add("tzoffsetto", first.after)
    made.add("tzname", first.name)
    if rule := yearly(found):
        made.add("rrule", vRecur.from_ical(rule))
    elif len(found) > 1:
        made.add("rdate", [change.shown for change in found[1:]])
    return made


def yearly(found: list[Change]) -> str:
    """The rule of changes that come every year on the same weekday of a month; empty for none."""
    first = found[0].shown
    if len(found) < YEARS or any(each.shown.time() != first.time() for each in found):
        return ""
    days = [each.shown for each in found]
    if len({day.weekday() for day in days}) > 1:
        return ""
    if all((day + 7 * A_DAY).month != day.month for day in days):
        number = -1
    elif len({(day.day - 1) // 7 for day in days}) == 1:
        number = (first.day - 1) // 7 + 1
    else:
        return ""
    return f"FREQ=YEARLY;BYMONTH={first.month};BYDAY={number}{WEEKDAYS[first.weekday()]}"


def changes(zone: str, year: int) -> list[Change]:
    """Those from a year on, oldest first."""
    found, day, last = [], datetime(year, 1, 1, tzinfo=UTC), datetime(year + YEARS, 1, 1, tzinfo=UTC)
    while day < last:
        if offset(day, zone) != offset(day + A_DAY, zone):
            found.append(change_after(day, zone))
        day += A_DAY
    return found


def change_after(low: datetime, zone: str) -> Change:
    """The one within a day after a moment."""
    before, high = offset(low, zone), low + A_DAY
    while high - low > A_SECOND:
        middle = low + (high - low) // 2
        low, high = (middle, high) if offset(middle, zone) == before else (low, middle)
    moment = high.replace(microsecond=0)
    after, name = offset(moment, zone), there(moment, zone).tzname()
    return Change((moment + before).replace(tzinfo=None), before, after, name, is_summer=after > before)


def offset(moment: datetime, zone: str) -> timedelta:
    return there(moment, zone).utcoffset()


def there(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone)) if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
