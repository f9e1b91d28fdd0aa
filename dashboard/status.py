"""Whether figures are fresh and right, and whether what they stand on answers."""

import platform
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from statistics import median
from threading import Thread
from urllib.parse import urlsplit

import django
from celery import current_app
from django.db import connection
from django.db.models import Count, Max, Min

from departments.models import Delivery
from kpis.models import RollupLock
from kpis.services.rollups import oldest_mark

A_MINUTE = timedelta(minutes=1)
RECENT = 100
BROKERS = {"filesystem": "embedded", "redis": "Redis", "rediss": "Redis"}


@dataclass
class Status:
    """How things stand at a moment. Waits are in seconds, each that of the oldest change of one KPI's last drain."""

    at: datetime
    changes: int
    kpis_waiting: int
    oldest_change: datetime | None
    last_drained: datetime | None
    waits: list[float]
    trouble: list[RollupLock]
    kpis: int
    verified: int
    last_verified: datetime | None
    verified_first: datetime | None
    differing: list[RollupLock]
    mail: dict[str, int]
    broker: str
    broker_answers: bool
    versions: dict[str, str]

    @property
    def waiting_for(self) -> float | None:
        """Seconds that the oldest change has waited; None where none does."""
        return self.oldest_change and max(0.0, (self.at - self.oldest_change).total_seconds())

    @property
    def median_wait(self) -> float | None:
        return median(self.waits) if self.waits else None

    @property
    def longest_wait(self) -> float | None:
        return max(self.waits, default=None)

    @cached_property
    def is_delayed(self) -> bool:
        return self.oldest_change is not None and self.at - self.oldest_change > A_MINUTE

    @property
    def as_json(self) -> dict:
        return {
            "at": self.at,
            "changes": {
                "waiting": self.changes,
                "kpis": self.kpis_waiting,
                "oldest_at": self.oldest_change,
                "oldest_waits_seconds": self.waiting_for,
            },
            "drain": {
                "last_at": self.last_drained,
                "recent_kpis": len(self.waits),
                "median_wait_seconds": self.median_wait,
                "longest_wait_seconds": self.longest_wait,
            },
            "trouble": [{"kpi": lock.kpi.code, "trouble": lock.trouble} for lock in self.trouble],
            "verification": {
                "kpis": self.kpis,
                "verified": self.verified,
                "last_at": self.last_verified,
                "longest_ago_at": self.verified_first,
                "differing": [{"kpi": lock.kpi.code, "differences": lock.differences} for lock in self.differing],
            },
            "deliveries": self.mail,
            "broker": {"kind": self.broker, "answers": self.broker_answers},
            "versions": self.versions,
        }


def status(*, at: datetime) -> Status:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*), COUNT(DISTINCT kpi_id) FROM kpis_mark")
        changes, kpis_waiting = cursor.fetchone()
    drained = RollupLock.objects.exclude(waited=None).order_by("-drained_at", "kpi")
    found = RollupLock.objects.aggregate(
        kpis=Count("pk"),
        verified=Count("verified_at"),
        last_drained=Max("drained_at"),
        last_verified=Max("verified_at"),
        verified_first=Min("verified_at"),
    )
    return Status(
        at=at,
        changes=changes,
        kpis_waiting=kpis_waiting,
        oldest_change=oldest_mark(),
        waits=list(drained.values_list("waited", flat=True)[:RECENT]),
        trouble=list(RollupLock.objects.exclude(trouble="").select_related("kpi").order_by("kpi__code")),
        differing=list(RollupLock.objects.filter(differences__gt=0).select_related("kpi").order_by("kpi__code")),
        mail=Delivery.objects.counted(at=at),
        broker=BROKERS.get(scheme := urlsplit(current_app.conf.broker_url).scheme, scheme),
        broker_answers=broker_answers(within=1.0),
        versions=versions(),
        **found,
    )


def broker_answers(*, within: float) -> bool:
    """Whether the broker takes a connection in so many seconds.

    It is asked beside this thread, which goes on without it when the time is up: a broker that is frozen, or a name
    that nobody resolves, keeps a library waiting for longer than it was told to.
    """
    answered = []
    asking = Thread(target=ask_the_broker, args=[answered], daemon=True)
    asking.start()
    asking.join(within)
    return bool(answered)


def ask_the_broker(answered: list):
    with current_app.connection_for_write() as broker:
        try:
            broker.connect()
        except broker.connection_errors + (OSError,):
            return
        answered.append(True)


def versions() -> dict[str, str]:
    database = ".".join(map(str, connection.get_database_version()))
    return {
        "Django": django.get_version(),
        "Python": platform.python_version(),
        connection.display_name: database,
    }
