"""What is old and read goes; what somebody may still have to see or to send stays."""

from datetime import timedelta

import pytest

from departments.models import Delivery, Notification
from departments.services.clearing import KEPT_FOR, clear_away
from departments.services.commenting import change
from departments.services.delivering import deliver
from tests import make
from tests.clock import NOW

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LONG_AGO = NOW - KEPT_FOR - DAY


def test_what_was_read_more_than_a_year_ago_goes_with_its_delivery(coo, post_office):
    coo.email = "coo@example.org"
    coo.save()
    for read_at in (LONG_AGO, NOW - KEPT_FOR + DAY, None):
        told = make.notification(coo, at=LONG_AGO, urgent=True)
        deliver(clock=lambda: LONG_AGO)
        Notification.objects.filter(pk=told.pk).update(read_at=read_at)
    assert len(post_office.received) == 3

    assert clear_away(now=NOW) == 2
    assert clear_away(now=NOW) == 0

    assert Notification.objects.count() == Delivery.objects.count() == 2
    deliver(clock=lambda: NOW)
    assert len(post_office.received) == 3  # what was not read is not sent again


@pytest.mark.parametrize(
    ("state", "left"), [("waiting", 1), ("sending", 1), ("sent", 0), ("failed", 0), ("unsure", 0), ("omitted", 0)]
)
def test_a_delivery_that_is_still_to_go_stays(coo, state, left):
    make.delivery(coo, state=state, at=LONG_AGO)
    make.delivery(coo, state=state, at=NOW)
    clear_away(now=NOW)
    assert Delivery.objects.filter(created_at=LONG_AGO).count() == left
    assert Delivery.objects.filter(created_at=NOW).count() == 1


@pytest.mark.parametrize(("read_at", "left"), [(LONG_AGO, 0), (None, 1)])
def test_a_channel_is_not_told_again_of_what_somebody_has_not_read(coo, read_at, left):
    make.webhook()
    told = make.notification(coo, at=LONG_AGO)
    Notification.objects.filter(pk=told.pk).update(read_at=read_at)
    Delivery.objects.update(state="sent", sent_at=LONG_AGO)
    clear_away(now=NOW)
    assert Delivery.objects.count() == left


def test_the_same_words_of_an_old_comment_tell_nobody_anew(creative, creative_head, coo):
    signal = make.signal(make.kpi(creative), creative)
    said = make.comment(signal, "Seen.", by=coo, at=LONG_AGO)
    Notification.objects.update(read_at=LONG_AGO)
    clear_away(now=NOW)

    change(said, "Seen.", was=said.wordings.get().pk, topic=said.thread.topic, at=NOW)

    assert not Notification.objects.exists()
