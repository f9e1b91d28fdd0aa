import logging
from datetime import timedelta

from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from kpis.services import rollups, verifying

log = logging.getLogger(__name__)


@shared_task
def drain() -> int:
    """Beat: every five seconds; and woken on commit."""
    return rollups.drain(now=timezone.now(), gently=True)


@shared_task
def verify() -> int:
    """Beat: every night, for ten minutes at most. Changes made meanwhile are rolled up between two KPIs."""
    return verifying.verify_in_turn(clock=timezone.now, for_at_most=timedelta(minutes=10))


def wake():
    """Say that there is something to drain. Without a broker beat's next round, or the next worker's, does it."""
    try:
        drain.delay()
    except (OperationalError, OSError) as error:
        log.warning("background work is delayed: %s", error)
