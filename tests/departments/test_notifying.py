"""Telling somebody something: once, whoever asks and however often."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction

from departments.models import Delivery, Notification, User
from departments.services.notifying import notify
from tests import make
from tests.clock import NOW


class Changed(Exception):
    """The caller changed their mind."""


def test_the_same_key_is_told_the_same_person_once(coo, ceo):
    first = make.notification(coo, key="status-due:creative:2026-W47", subject="Once")
    assert make.notification(coo, key="status-due:creative:2026-W47", subject="Twice") is None
    assert make.notification(ceo, key="status-due:creative:2026-W47") is not None
    assert (Notification.objects.filter(to=coo).get(), first.subject) == (first, "Once")


def test_whoever_is_gone_is_told_nothing(designer):
    User.objects.filter(pk=designer.pk).update(leaves_on=date(2026, 11, 17))
    designer.refresh_from_db()
    assert make.notification(designer) is None
    designer.leaves_on, designer.is_active = None, False
    assert make.notification(designer) is None
    assert not Notification.objects.exists()


def test_it_is_part_of_what_the_caller_does_and_undone_with_it(coo):
    def change():
        make.notification(coo, key="one")
        make.notification(coo, key="one")  # told already: the caller's transaction goes on
        assert Notification.objects.count() == 1
        raise Changed

    with pytest.raises(Changed), transaction.atomic():
        change()
    assert not Notification.objects.exists()


def test_lines_become_one_and_what_is_too_long_is_cut(coo):
    told = make.notification(coo, subject="Status\r\nBcc: everybody@example.org", why="x" * 300)
    assert told.subject == "Status Bcc: everybody@example.org"
    assert (len(told.why), told.why[-1]) == (200, "…")


@pytest.mark.parametrize(
    ("fields", "law"),
    [
        ({"url": "https://elsewhere.example"}, "leads_into_opsroom"),
        ({"url": "//elsewhere.example"}, "leads_into_opsroom"),
        ({"url": "/\\elsewhere.example"}, "leads_into_opsroom"),
        ({"kind": "gossip"}, "kind_is_known"),
        ({"subject": " "}, "is_complete"),
    ],
)
def test_what_makes_no_notification_is_refused_by_the_database(coo, fields, law):
    with pytest.raises(IntegrityError, match=law):
        make.notification(coo, **fields)


def test_a_webhook_hears_once_of_a_key_that_many_are_told(coo, ceo):
    slack, other = make.webhook(), make.webhook("Other", kinds=["mention"])
    off = make.webhook("Off", is_on=False)
    for person in (coo, ceo):
        make.notification(person, key="status-missing:creative:2026-W47", kind="status_missing")
    make.notification(coo, key="mention:7", kind="mention")
    told = [list(each.deliveries.order_by("pk").values_list("key", flat=True)) for each in (slack, other, off)]
    assert told == [["status-missing:creative:2026-W47", "mention:7"], ["mention:7"], []]
    assert set(Delivery.objects.values_list("state", flat=True)) == {"waiting"}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one write at a time: nothing can race.")
@pytest.mark.django_db(transaction=True)
def test_of_many_at_the_same_moment_one_tells():
    coo, start = make.user("coo"), Barrier(6)

    def tell(number):
        try:
            start.wait(10)
            with transaction.atomic():
                return make.notification(coo, key="the same")
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as people:
        told = [each for each in people.map(tell, range(6)) if each]
    assert [each.pk for each in told] == [Notification.objects.get().pk]


def test_its_arguments_are_those_that_were_agreed_on(coo):
    told = notify(to=coo, kind="comment", key="k", subject="S", text="T", url="/", why="W", at=NOW, urgent=True)
    assert (told.to, told.created_at, told.urgent, told.read_at) == (coo, NOW, True, None)
