"""ISO weeks as they stand in addresses and sentences, and when something is due in one. Plain Python."""

import re
from datetime import date, timedelta

WEEK = re.compile(r"(\d{4})-W(\d{2})")


def week_of(day: date) -> date:
    """The Monday of the week that holds the day."""
    return day - timedelta(days=day.weekday())


def written(week: date) -> str:
    """“2026-W47”"""
    year, number, _ = week.isocalendar()
    return f"{year}-W{number:02}"


def read(text: str) -> date:
    """The Monday of “2026-W47”. ValueError where there is no such week."""
    found = WEEK.fullmatch(text)
    if not found:
        raise ValueError(f"Found “{text}”, expected a week like 2026-W47.")
    return date.fromisocalendar(int(found[1]), int(found[2]), 1)


def number(week: date) -> int:
    """47"""
    return week.isocalendar().week
