from celery import shared_task
from django.utils import timezone

from issues.services import alerting, escalating, looking_again, mediating, reminding


@shared_task(expires=300)
def escalate() -> int:
    """Beat: every minute."""
    return escalating.escalate(now=timezone.now())


@shared_task(expires=300)
def bring_back() -> int:
    """Beat: every minute."""
    now = timezone.now()
    mediating.remind_of_views(now=now)
    return mediating.bring_back(now=now)


@shared_task(expires=300)
def remind() -> int:
    """Beat: every minute."""
    return reminding.remind(now=timezone.now())


@shared_task(expires=300)
def remind_of_risks() -> int:
    """Beat: every five minutes."""
    return alerting.remind(now=timezone.now())


@shared_task(expires=600)
def tell_effects() -> int:
    """Beat: every ten minutes."""
    return looking_again.tell_effects(now=timezone.now())
