"""What an address asks for in its query string. What cannot be understood is a 400 that says so."""

from datetime import date

from django.core.exceptions import BadRequest


def asked_day(params, name: str, default: date | None = None) -> date | None:
    text = params.get(name, "").strip()
    if not text:
        return default
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadRequest(f"{name}: found “{text[:40]}”, expected a date like 2026-11-22.") from None


def asked_choice(params, name: str, choices, default=None):
    text = params.get(name, "").strip()
    if not text:
        return default
    if text not in [str(choice) for choice in choices]:
        raise BadRequest(f"{name}: found “{text[:40]}”, expected one of: {', '.join(map(str, choices))}.")
    return type(next(iter(choices)))(text)
