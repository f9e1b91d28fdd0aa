from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from departments.bell import Bell
from kpis.services import judging, rollups, uploading, verifying, working


@shared_task(expires=60)
def drain() -> int:
    """Beat: every five seconds; and woken on commit."""
    drained = rollups.drain(now=timezone.now(), gently=True)
    judging.judge(on=timezone.localdate(), now=timezone.now())
    return drained


@shared_task
def verify() -> int:
    """Beat: every night, for ten minutes at most. Changes made meanwhile are rolled up between two KPIs."""
    return verifying.verify_in_turn(clock=timezone.now, for_at_most=timedelta(minutes=10))


@shared_task(expires=60)
def take_up_uploads() -> int:
    """Beat: every five seconds; and woken on commit."""
    worked = working.work_through(clock=timezone.now)
    if worked:
        wake()  # what was imported is to be rolled up
    return worked


@shared_task(expires=3600)
def clear_uploads() -> int:
    """Beat: every hour."""
    return uploading.clear_away(now=timezone.now())


bell, upload_bell = Bell(drain), Bell(take_up_uploads)


def wake():
    """Say that there is something to drain, and wait for nobody."""
    bell.ring()


def wake_for_uploads():
    """Say that an upload waits, and wait for nobody."""
    upload_bell.ring()
