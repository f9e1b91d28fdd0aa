from celery import shared_task
from django.utils import timezone

from meetings.services import chasing


@shared_task(expires=300)
def chase() -> int:
    """Beat: every minute."""
    return chasing.chase(now=timezone.now())
