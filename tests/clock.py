"""The moment at which tests take place: a Wednesday in week 47, unless they say otherwise."""

from datetime import UTC, datetime

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
TODAY = NOW.date()
