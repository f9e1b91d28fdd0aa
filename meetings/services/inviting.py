"""Who belongs to a series hears when it takes place."""

from datetime import datetime

from meetings.models import Series


def tell_of(series: Series, *, at: datetime):
    """Twice is once."""
