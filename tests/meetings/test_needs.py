from departments.models import Notification
from tests import make


def told():
    return list(Notification.objects.order_by("pk").values_list("to__username", "subject", "text"))


def test_who_is_asked_for_the_other_department_hears_what_is_needed(creative, creative_head, media, media_head):
    make.status(creative, need="Numbers by Tuesday", need_of=media)

    assert told() == [("media-head", "Creative needs something from Media", "Numbers by Tuesday")]


def test_an_amendment_tells_it_again_only_if_it_is_another_need(creative, creative_head, media, media_head):
    first = make.status(creative, need="Numbers", need_of=media)
    second = make.status(creative, need="Numbers", need_of=media, instead_of=first, headline="Changed.")
    make.status(creative, need="Numbers and names", need_of=media, instead_of=second)

    assert [text for _, _, text in told()] == ["Numbers", "Numbers and names"]


def test_a_department_without_anybody_is_not_told(creative, creative_head, media):
    make.status(creative, need="Numbers", need_of=media)

    assert told() == []
