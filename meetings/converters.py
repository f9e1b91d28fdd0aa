"""Weeks and days as they stand in an address: 2026-W47, 2026-11-23."""

from datetime import date

from meetings import weeks


class WeekConverter:
    regex = r"\d{4}-W\d{2}"

    def to_python(self, value: str) -> date:
        return weeks.read(value)

    def to_url(self, value: date) -> str:
        return weeks.written(value)


class DayConverter:
    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return value.isoformat()
