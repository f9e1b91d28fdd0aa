"""The worker, on a real broker: embedded by default, Redis where BROKER_URL names it."""

from datetime import date
from threading import Event

import pytest
from celery.contrib.testing.worker import start_worker
from celery.signals import task_success

from config.celery import app
from departments.models import Department
from kpis import tasks
from kpis.models import Rollup
from tests import make


@pytest.mark.process
@pytest.mark.django_db(transaction=True)
def test_a_recorded_value_is_rolled_up_by_the_worker():
    agency = Department.objects.create(name="Agency", slug="agency")
    make.observations(make.kpi(agency), agency, {date(2026, 11, 9): 5})
    done = Event()
    task_success.connect(lambda **_: done.set(), sender=tasks.drain, weak=False)
    with start_worker(app, pool="solo", perform_ping_check=False, loglevel="ERROR"):
        tasks.wake()
        assert done.wait(20)
    assert Rollup.objects.filter(amount=5).count() == 4
