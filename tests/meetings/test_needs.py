from datetime import timedelta

import pytest

from departments.models import Delivery, Notification
from departments.services.delivering import collect
from meetings.models import WeeklyStatus
from meetings.services.sending import undo_sending
from tests import make
from tests.clock import NOW

MINUTE = timedelta(minutes=1)
NEEDS = "Creative needs something from Media"
TAKEN_BACK = ("media-head", "Creative took back what it needed from Media", "Numbers")


def told():
    return list(Notification.objects.order_by("pk").values_list("to__username", "subject", "text"))


def test_who_is_asked_for_the_other_department_hears_what_is_needed(creative, creative_head, media, media_head):
    make.status(creative, need="Numbers by Tuesday", need_of=media)

    assert told() == [("media-head", "Creative needs something from Media", "Numbers by Tuesday")]


def test_an_amendment_tells_it_again_only_if_it_is_another_need(creative, creative_head, media, media_head):
    first = make.status(creative, need="Numbers", need_of=media)
    second = make.status(creative, need="Numbers", need_of=media, instead_of=first, headline="Changed.")
    make.status(creative, need="Numbers and names", need_of=media, instead_of=second)

    assert [text for _, _, text in told()] == ["Numbers and names"]  # nobody had seen the first


def test_a_department_without_anybody_is_not_told(creative, creative_head, media):
    make.status(creative, need="Numbers", need_of=media)

    assert told() == []


def test_the_same_need_of_another_department_is_told_there(creative, creative_head, media, media_head, agency):
    make.head(make.department("IT", parent=agency), "it-head")
    first = make.status(creative, need="Numbers", need_of=media)
    make.status(creative, need="Numbers", need_of=agency.children.get(slug="it"), instead_of=first)

    assert [to for to, _, _ in told()] == ["it-head"]


class TestAmended:
    """A need that is not named any more does not stand, however it went."""

    @pytest.fixture
    def status(self, creative, creative_head, media, media_head):
        return make.status(creative, need="Numbers", need_of=media)

    @pytest.fixture
    def read(self, status):
        Notification.objects.all().read(at=NOW)

    def amend(self, status, **said):
        return make.status(status.department, instead_of=status, at=NOW + timedelta(days=4), **said)

    def test_what_nobody_saw_is_gone(self, status):
        self.amend(status)
        assert told() == []

    def test_who_read_it_is_told_so_once(self, status, read):
        self.amend(self.amend(status, headline="Better."), headline="Well.")
        assert told()[1:] == [TAKEN_BACK]

    def test_also_where_another_version_had_named_it_still(self, status, read, media):
        self.amend(self.amend(status, need="Numbers", need_of=media))
        assert told()[1:] == [TAKEN_BACK]

    def test_another_need_takes_its_place(self, status, read, media):
        self.amend(status, need="Names", need_of=media)
        assert told()[1:] == [TAKEN_BACK, ("media-head", NEEDS, "Names")]

    def test_undone_it_is_needed_again(self, status, read, creative_head):
        amended = self.amend(status)
        undo_sending(amended, by=creative_head, at=amended.sent_at + MINUTE)
        assert told()[1:] == [TAKEN_BACK, ("media-head", NEEDS, "Numbers")]

    def test_undone_again_it_is_taken_back_again(self, status, read, creative_head, media):
        for _ in range(2):
            status = self.amend(status)
            undo_sending(status, by=creative_head, at=status.sent_at + MINUTE)
            Notification.objects.all().read(at=NOW)
            status = WeeklyStatus.objects.current().get()
        assert [subject for _, subject, _ in told()] == [NEEDS, TAKEN_BACK[1], NEEDS, TAKEN_BACK[1], NEEDS]


class TestUndone:
    @pytest.fixture(autouse=True)
    def people(self, creative_head, media_head):
        media_head.email = "media@example.org"
        media_head.save()

    @pytest.fixture
    def status(self, creative, media):
        return make.status(creative, need="Numbers", need_of=media)

    def undo(self, status, creative_head):
        undo_sending(status, by=creative_head, at=NOW + MINUTE)

    def test_what_nobody_saw_is_gone(self, status, creative_head):
        make.notification(creative_head, subject="Another")
        self.undo(status, creative_head)
        assert [subject for _, subject, _ in told()] == ["Another"]

    def test_who_read_it_is_told_that_it_was_taken_back(self, status, creative_head):
        Notification.objects.all().read(at=NOW)
        self.undo(status, creative_head)
        assert told()[1:] == [TAKEN_BACK]

    def test_so_is_who_got_it_by_mail(self, status, creative_head):
        collect(now=NOW + timedelta(days=1))
        undo_sending(status, by=creative_head, at=NOW + MINUTE)
        assert told()[1:] == [TAKEN_BACK]

    def test_but_not_who_wants_no_mail(self, status, creative_head, media_head):
        media_head.email = ""
        media_head.save()
        collect(now=NOW)
        assert Delivery.objects.get().state == "omitted"
        self.undo(status, creative_head)
        assert told() == []

    @pytest.mark.parametrize(("state", "left"), [("waiting", 0), ("sending", 2)])
    def test_a_channel_that_heard_of_it_hears_the_rest(self, creative, creative_head, media, state, left):
        make.webhook()
        status = make.status(creative, need="Numbers", need_of=media)
        Delivery.objects.update(state=state)
        self.undo(status, creative_head)
        assert len(told()) == left

    def test_a_version_that_stood_again_takes_back_what_it_had_told(self, status, creative, creative_head, media):
        amended = make.status(creative, need="Numbers", need_of=media, instead_of=status, at=NOW + MINUTE)
        undo_sending(amended, by=creative_head, at=NOW + 2 * MINUTE)
        assert len(told()) == 1
        undo_sending(WeeklyStatus.objects.current().get(), by=creative_head, at=NOW + 3 * MINUTE)
        assert told() == []
