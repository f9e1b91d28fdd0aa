from datetime import datetime, timedelta
from typing import NamedTuple

from kpis.services.rollups import oldest_mark

A_MINUTE = timedelta(minutes=1)


class Freshness(NamedTuple):
    """As of when the figures are complete: now, or just before the oldest change that is not rolled up yet."""

    at: datetime
    is_delayed: bool


def freshness(*, at: datetime) -> Freshness:
    waiting = oldest_mark()
    return Freshness(waiting or at, bool(waiting) and at - waiting > A_MINUTE)
