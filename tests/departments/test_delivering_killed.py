"""Mail and workers that are many, or killed: real processes, and a mail server that counts."""

import random
from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from departments.models import Delivery, Department
from departments.services.delivering import LONGEST, deliver
from tests import make
from tests.crew import Crew
from tests.effort import LONG
from tests.test_serve import eventually

pytestmark = [pytest.mark.usefixtures("on_disk"), pytest.mark.process]
MANY, KILLS = (200, 60) if LONG else (30, 6)


def work():
    while True:
        deliver(clock=timezone.now)


def later():
    return timezone.now() + LONGEST + timedelta(minutes=1)


@pytest.fixture
def people(on_disk):
    """Each with something urgent to be told."""
    agency = Department.objects.create(name="Agency", slug="agency")
    found = [make.user(f"p{n}", email=f"p{n}@example.org", department=agency) for n in range(MANY)]
    for person in found:
        make.notification(person, subject=f"For {person.username}", urgent=True, at=timezone.now())
    return found


def received(post_office) -> Counter:
    return Counter(mail["To"] for mail in post_office.received)


def in_state(*states) -> set[str]:
    return set(Delivery.objects.filter(state__in=states).values_list("to__email", flat=True))


def test_of_many_workers_at_once_one_sends_each(people, post_office):
    with Crew() as workers:
        for _ in range(4):
            workers.start(work)
        eventually(lambda: Delivery.objects.filter(state="sent").count() == MANY, within=60)
    assert received(post_office) == {person.email: 1 for person in people}
    assert Delivery.objects.count() == MANY


@pytest.mark.parametrize(("held_at", "arrived"), [("text", 1), ("receiver", 0)])
def test_a_worker_killed_while_it_sends_leaves_what_nobody_sends_again(on_disk, post_office, held_at, arrived):
    make.notification(make.user("head", email="head@example.org"), urgent=True, at=timezone.now())
    post_office.held_at = held_at
    with Crew() as workers:
        worker = workers.start(work)
        assert post_office.is_held.wait(30)
        workers.kill(worker)
    post_office.held_at = ""
    post_office.may_go_on.set()
    assert (deliver(clock=timezone.now), Delivery.objects.get().state) == (0, "sending")
    assert (deliver(clock=later), Delivery.objects.get().state) == (0, "unsure")
    assert len(post_office.received) == arrived


def test_through_many_kills_nothing_is_sent_twice_and_nothing_is_lost(people, post_office):
    chance = random.Random(1)
    with Crew() as workers:
        for kill in range(KILLS):
            upto = min(len(post_office.received) + chance.randrange(1, 4), MANY - kill)
            worker = workers.start(work)
            eventually(lambda upto=upto: len(post_office.received) >= upto, within=60)
            workers.kill(worker)
    while Delivery.objects.filter(state__in=["waiting", "sending"]).exists():
        deliver(clock=later)
    counted = received(post_office)
    assert max(counted.values()) == 1
    assert in_state("sent") <= set(counted)
    assert in_state("sent", "unsure") == {person.email for person in people}
    assert len(in_state("unsure")) <= KILLS
