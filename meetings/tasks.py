from celery import shared_task
from django.utils import timezone

from meetings.services import chasing, inviting, memos


@shared_task(expires=300)
def chase() -> int:
    """Beat: every minute."""
    return chasing.chase(now=timezone.now())


@shared_task(expires=300)
def draft_memos() -> int:
    """Beat: every five minutes."""
    return memos.draft_due(now=timezone.now())


@shared_task(expires=600)
def invite() -> int:
    """Beat: every ten minutes."""
    return inviting.tell_all(at=timezone.now())
