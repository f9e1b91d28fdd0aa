from celery import shared_task
from django.utils import timezone

from departments.bell import Bell
from departments.services import clearing, delivering


@shared_task(expires=60)
def deliver() -> int:
    """Beat: every half minute; and woken on commit."""
    return delivering.deliver(clock=timezone.now)


@shared_task(expires=3600)
def clear_notifications() -> int:
    """Beat: every night."""
    return clearing.clear_away(now=timezone.now())


bell = Bell(deliver)


def wake():
    """Say that there is something to deliver, and wait for nobody."""
    bell.ring()
