"""The page on which all weeks are read, and who reads what."""

from datetime import timedelta

import pytest
from django.urls import reverse

from meetings import weeks
from meetings.models import StatusReading
from meetings.selectors.board import board
from tests import make
from tests.clock import NOW, TODAY

WEEK = weeks.week_of(TODAY)
LAST = WEEK - timedelta(weeks=1)
BOARD = reverse("meetings:board")


@pytest.fixture
def reader(client, coo):
    client.force_login(coo)
    return client


def report(department, week=WEEK, **options):
    (found,) = board([department], week=week, on=TODAY, **options).reports
    return found


def test_what_is_unread_comes_first_then_what_was_not_sent_then_what_was_read(reader, coo, agency):
    read, silent, unread = (make.department(name, parent=agency, position=n) for n, name in enumerate(("A", "B", "C")))
    StatusReading.objects.create(status=make.status(read), user=coo, read_at=NOW)
    make.status(unread)

    page = reader.get(BOARD)

    assert [each.department for each in page.context["reports"]] == [unread, silent, read]
    assert "2 of 3 statuses of week 47 are in, 1 of them unread." in page.text


def test_differences_from_last_week_are_marked(creative):
    make.status(
        creative,
        week=LAST,
        health="on",
        headline="As ever.",
        confidence=90,
        plans=("x",),
        problems=("Printer", "Paper"),
    )
    make.status(
        creative, health="risk", headline="As ever.", confidence=60, plans=("y",), problems=("Printer", "Sign-off")
    )

    found = report(creative)

    assert (found.was_health, found.same_headline, found.by_confidence) == ("on", True, -30)
    assert [(item.text, is_new) for item, is_new in found.problems] == [("Printer", False), ("Sign-off", True)]
    assert [item.text for item in found.solved] == ["Paper"]


def test_acknowledged_by_one_key_the_writer_sees_who_has_read_it(reader, client, creative, creative_head):
    status = make.status(creative, by=creative_head)
    url = reverse("meetings:acknowledgement", args=[status.pk])

    fragment = reader.post(url, headers={"HX-Request": "true"})
    reader.post(url)

    assert "read by Coo" in fragment.text
    assert StatusReading.objects.count() == 1
    client.force_login(creative_head)
    assert "read by Coo" in client.get(reverse("meetings:status", args=["creative", WEEK])).text


def test_a_mistake_is_taken_back(reader, creative):
    status = make.status(creative)
    url = reverse("meetings:acknowledgement", args=[status.pk])
    reader.post(url)

    reader.post(url, {"back": "1"})

    assert not StatusReading.objects.exists()


def test_an_amended_status_is_unread_again(reader, coo, creative):
    first = make.status(creative)
    reader.post(reverse("meetings:acknowledgement", args=[first.pk]))
    make.status(creative, instead_of=first, headline="It was worse.")

    assert "1 of 1 status of week 47 is in, 1 of them unread." in reader.get(BOARD).text


def test_a_version_that_was_amended_meanwhile_is_not_acknowledged_unseen(reader, creative):
    first = make.status(creative)
    make.status(creative, instead_of=first)

    page = reader.post(reverse("meetings:acknowledgement", args=[first.pk]), follow=True)

    assert "was sent again or undone in the meantime" in page.text
    assert not StatusReading.objects.exists()


def test_staff_read_their_own_department_alone(client, designer, creative, media):
    make.status(creative, headline="For all of us.")
    make.status(media, headline="CANARY", need="CANARY", need_of=creative, problems=("CANARY",))
    client.force_login(designer)

    pages = [client.get(url) for url in (BOARD, "/search/?q=canary", "/departments/creative/", "/notifications/")]

    assert "For all of us." in pages[0].text
    assert not [page for page in pages if "CANARY" in page.text]


def test_as_known_before_it_was_sent_there_is_none_and_nothing_can_be_done(reader, creative):
    make.status(creative, week=LAST, at=NOW - timedelta(days=2))
    first = report(creative, LAST, known_at=NOW - timedelta(days=3))
    then = report(creative, LAST, known_at=NOW - timedelta(days=1))

    assert first.status is None
    assert then.status is not None
    day = (NOW - timedelta(days=1)).date()
    page = reader.get(reverse("meetings:status", args=["creative", LAST]) + f"?as_known_on={day}")
    assert "data-acknowledge" not in page.text
    assert "writing" not in page.text


def test_a_status_is_replied_to_and_its_writer_is_told(reader, creative, creative_head):
    make.status(creative, by=creative_head)

    reader.post(reverse("meetings:comments", args=["creative", WEEK]), {"text": "Who decides on sign-off?"})

    (told,) = creative_head.notifications.all()
    assert "Creative, week 47" in told.subject
    assert "Who decides on sign-off?" in reader.get(reverse("meetings:status", args=["creative", WEEK])).text
    assert reader.get(BOARD).context["reports"][0].topic.said == 1


def test_as_many_questions_for_forty_departments_as_for_two(reader, agency, django_assert_max_num_queries):
    for number in range(40):
        make.status(make.department(f"D{number}", parent=agency), plans=("a", "b"), confidence=50)
    reader.get(BOARD)

    with django_assert_max_num_queries(35):
        reader.get(BOARD)


def test_that_somebody_read_it_and_took_that_back_is_on_record(client, coo, creative):
    status = make.status(creative)
    client.force_login(coo)
    url = reverse("meetings:acknowledgement", args=[status.pk])
    client.post(url)
    client.post(url, {"back": "1"})
    kept = StatusReading.history.order_by("history_id")
    assert [(each.history_type, each.history_user) for each in kept] == [("+", coo), ("-", coo)]
