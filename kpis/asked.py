"""What an address asks for in its query string. What cannot be understood is a 400 that says so."""

from datetime import date, datetime, time

from django.core.exceptions import BadRequest
from django.utils import timezone

from kpis.periods import FIRST_DAY, LAST_DAY


def asked_day(params, name: str, default: date | None = None) -> date | None:
    text = params.get(name, "").strip()
    if not text:
        return default
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadRequest(f"{name}: found “{text[:40]}”, expected a date like 2026-11-22.") from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise BadRequest(f"{name}: found {day}, expected a day from {FIRST_DAY} to {LAST_DAY}.")
    return day


def end_of(day: date) -> datetime:
    """The last moment of a day in the agency's time zone."""
    return timezone.make_aware(datetime.combine(day, time.max))


def asked_moment(params, name: str, *, on: date) -> datetime | None:
    """The end of the day that is asked for; None where none is, or where it is not over: then now is meant."""
    day = asked_day(params, name)
    return end_of(day) if day and day < on else None


def asked_words(params, name: str) -> str:
    text = params.get(name, "").strip()
    if "\0" in text:
        raise BadRequest(f"{name}: found a character that no text has, expected words.")
    return text[:100]


def asked_choice(params, name: str, choices, default=None):
    text = params.get(name, "").strip()
    if not text:
        return default
    if text not in [str(choice) for choice in choices]:
        raise BadRequest(f"{name}: found “{text[:40]}”, expected one of: {', '.join(map(str, choices))}.")
    return type(next(iter(choices)))(text)
