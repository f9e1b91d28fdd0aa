import logging

from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from kpis.services import rollups

log = logging.getLogger(__name__)


@shared_task
def drain() -> int:
    """Beat: every five seconds; and woken on commit."""
    return rollups.drain(now=timezone.now())


def wake():
    """Say that there is something to drain. Without a broker beat's next round, or the next worker's, does it."""
    try:
        drain.delay()
    except (OperationalError, OSError) as error:
        log.warning("background work is delayed: %s", error)
