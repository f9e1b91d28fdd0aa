"""Taking back what was sent: in chains, by others, and what was said with it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from kpis.models import Observation, Signal
from meetings.models import WeeklyStatus
from meetings.services.sending import TooLateToUndo, undo_sending
from tests import make
from tests.clock import NOW

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def current(department):
    return WeeklyStatus.objects.current().get(department=department)


class TestOfAnAmendment:
    def test_what_was_sent_long_ago_is_not_undone_because_an_amendment_of_it_was(self, creative, coo):
        first = make.status(creative, headline="Sent yesterday.", at=NOW - timedelta(days=1))
        second = make.status(creative, headline="Amended.", instead_of=first, at=NOW)
        undo_sending(second, by=coo, at=NOW + MINUTE)

        with pytest.raises(TooLateToUndo):
            undo_sending(current(creative), by=coo, at=NOW + 2 * MINUTE)
        assert current(creative).headline == "Sent yesterday."

    def test_its_page_offers_no_way_to_do_so(self, client, creative, coo):
        first = make.status(creative, at=NOW - timedelta(days=1))
        second = make.status(creative, instead_of=first, at=NOW)
        undo_sending(second, by=coo, at=NOW)
        client.force_login(coo)

        page = client.get(reverse("meetings:status", args=["creative", first.week]))

        assert "Undo sending" not in page.text

    def test_words_about_signals_go_with_the_version_that_said_them(self, creative, coo):
        signal = make.signal(make.kpi(creative), creative)
        first = make.status(creative, explained=((signal, "Two were ill."),), by=coo, at=NOW)
        second = make.status(creative, instead_of=first, by=coo, at=NOW + MINUTE)
        undo_sending(second, by=coo, at=NOW + 2 * MINUTE)
        assert Signal.objects.get().explanation == "Two were ill."

        undo_sending(current(creative), by=coo, at=NOW + 3 * MINUTE)

        assert Signal.objects.get().explanation == ""

    def test_a_chain_of_them_comes_back_one_by_one(self, creative, coo):
        one = make.status(creative, headline="One.", plans=("Film",), confidence=50, at=NOW)
        two = make.status(creative, headline="Two.", plans=("Book",), confidence=50, instead_of=one, at=NOW + MINUTE)
        three = make.status(creative, headline="Three.", instead_of=two, at=NOW + 2 * MINUTE)

        undo_sending(three, by=coo, at=NOW + 3 * MINUTE)
        assert current(creative).headline == "Two."
        undo_sending(current(creative), by=coo, at=NOW + 4 * MINUTE)
        assert [item.text for item in current(creative).items.all()] == ["Film"]
        undo_sending(current(creative), by=coo, at=NOW + 5 * MINUTE)
        assert not WeeklyStatus.objects.current().exists()

    def test_who_had_read_the_version_that_stands_again_has_read_it(self, creative, coo, ceo):
        first = make.status(creative, at=NOW)
        first.readings.create(user=ceo, read_at=NOW)
        second = make.status(creative, instead_of=first, at=NOW + MINUTE)

        undo_sending(second, by=coo, at=NOW + 2 * MINUTE)

        assert [reading.user for reading in current(creative).readings.all()] == [ceo]


def test_what_somebody_corrected_since_is_not_undone(client, creative, creative_head, coo):
    kpi = make.kpi(creative)
    client.force_login(creative_head)
    client.post(
        reverse("meetings:writing", args=["creative", make.weeks_ago(0)]),
        {"health": "on", "headline": "Calm.", f"v-{kpi.pk}-{make.weeks_ago(0)}": "5"},
    )
    make.observations(kpi, creative, {make.weeks_ago(0): 7}, by=coo)

    page = client.post(reverse("meetings:reversal", args=[current(creative).pk]), follow=True)

    assert "built upon in the meantime" in page.text
    assert current(creative).headline == "Calm."
    assert Observation.objects.current().get().value == 7


def test_twice_is_once(client, creative, coo):
    status = make.status(creative)
    client.force_login(coo)
    address = reverse("meetings:reversal", args=[status.pk])
    client.post(address)

    page = client.post(address, follow=True)

    assert page.status_code == 200
    assert "changed or undone in the meantime" in page.text
