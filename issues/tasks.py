from celery import shared_task
from django.utils import timezone

from issues.services import escalating, reminding


@shared_task(expires=300)
def escalate() -> int:
    """Beat: every minute."""
    return escalating.escalate(now=timezone.now())


@shared_task(expires=300)
def remind_of_risks() -> int:
    """Beat: every five minutes."""
    return reminding.remind(now=timezone.now())
