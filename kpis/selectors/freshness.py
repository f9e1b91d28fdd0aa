from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db import connection

from departments.models import User

LATE = timedelta(seconds=30)  # a change is rolled up within one: after so many something is wrong
STATE = """
SELECT (SELECT number FROM departments_edition), (SELECT SUM(version) FROM kpis_lock),
    (SELECT SUM(changes) FROM kpis_judgement),
    (SELECT MAX(drained_at) FROM kpis_lock), (SELECT MIN(marked_at) FROM kpis_mark),
    (SELECT COUNT(*) FROM departments_notification WHERE to_id = %s AND read_at IS NULL)
"""


class Freshness(NamedTuple):
    """How far rollups have followed. `edition` names the state of all that pages show; None while changes wait.

    `unread` notifications of the reader come with it: every page shows both, and asks for them at once.
    """

    edition: str | None
    changed_at: datetime | None
    waiting_since: datetime | None
    is_delayed: bool
    unread: int = 0

    @property
    def at(self) -> datetime | None:
        """When figures were last complete: before the oldest change that waits, or else since the last."""
        return self.waiting_since or self.changed_at


def freshness(*, at: datetime, reader: User | None = None) -> Freshness:
    with connection.cursor() as cursor:
        cursor.execute(STATE, [reader and reader.pk])
        definitions, rollups, judged, changed_at, waiting_since, unread = cursor.fetchone()
    changed_at, waiting_since = moment(changed_at), moment(waiting_since)
    return Freshness(
        edition=None if waiting_since else f"{definitions}.{rollups or 0}.{judged or 0}",
        changed_at=changed_at,
        waiting_since=waiting_since,
        is_delayed=waiting_since is not None and at - waiting_since > LATE,
        unread=unread,
    )


def moment(kept: datetime | str | None) -> datetime | None:
    """SQLite keeps moments as text, in UTC."""
    return datetime.fromisoformat(kept).replace(tzinfo=UTC) if isinstance(kept, str) else kept
