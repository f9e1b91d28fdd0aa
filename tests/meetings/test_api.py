"""Weekly statuses by program: what stands, of the departments one reaches."""

import pytest
from django.urls import reverse

from departments.models import ApiToken
from meetings.services.sending import Review
from tests import make
from tests.clock import NOW

pytestmark = pytest.mark.django_db
URL = "/api/v1/statuses/"


@pytest.fixture
def read(client):
    def asked(user, **query):
        _, secret = ApiToken.objects.issue(user=user, scope="read", at=NOW)
        return client.get(URL, query, headers={"authorization": f"Bearer {secret}"})

    return asked


def results(answer):
    return [(each["department"], each["week"], each["headline"]) for each in answer.json()["results"]]


def test_a_status_is_told_whole_as_it_stands(read, creative, media, creative_head):
    last = make.status(creative, week=make.weeks_ago(1), plans=("Film", "Book"), confidence=70)
    film, book = last.items.all()
    reviews = (Review(film, "carried"), Review(book, "dropped", "No client"))
    said = {"reviews": reviews, "problems": ("Printer",), "confidence": 60, "need": "Numbers", "need_of": media}
    first = make.status(creative, headline="First.")
    status = make.status(creative, headline="Second.", health="risk", instead_of=first, due_at=NOW, **said)

    (told, before) = read(creative_head).json()["results"]

    assert before["headline"] == "A quiet week."
    assert told == {
        "id": status.pk,
        "department": "creative",
        "week": "2026-W47",
        "health": "risk",
        "confidence": 60,
        "headline": "Second.",
        "items": [
            {"kind": "plan", "text": "Film", "carried": 1},
            {"kind": "problem", "text": "Printer", "carried": 0},
        ],
        "reviews": [
            {"plan": "Film", "outcome": "carried", "reason": ""},
            {"plan": "Book", "outcome": "dropped", "reason": "No client"},
        ],
        "need": "Numbers",
        "need_of": "media",
        "data_say": "unknown",
        "data_in_words": status.data_words,
        "due_at": told["due_at"],
        "sent_at": told["sent_at"],
        "sent_by": "creative-head",
        "is_late": False,
        "is_amendment": False,
    }
    assert told["due_at"] == told["sent_at"] is not None


def test_by_department_and_week(read, creative, media, coo):
    for department in (creative, media):
        for back in (0, 1):
            make.status(department, week=make.weeks_ago(back), headline=f"{department} {back}")

    assert results(read(coo, department="media", week="2026-W46")) == [("media", "2026-W46", "Media 1")]
    assert len(results(read(coo, week="2026-W47"))) == 2
    assert len(results(read(coo, **{"from": "2026-11-16"}))) == 2
    assert len(results(read(coo))) == 4


@pytest.mark.parametrize("week", ["47", "2026-W54", "2026-11-16", "2026-W4\0", "9" * 500, "0000-W01"])
def test_what_is_no_week_is_told(read, coo, week):
    answer = read(coo, week=week)
    assert answer.status_code == 400
    assert "week" in answer.json()


def test_other_departments_are_out_of_reach(read, designer, creative, media):
    make.status(media, headline="Secret.")
    make.status(creative, headline="Ours.")

    assert results(read(designer)) == [("creative", "2026-W47", "Ours.")]
    assert read(designer, department="media").status_code == 400


def test_the_search_finds_what_was_written_within_reach(client, designer, creative, media):
    make.status(media, headline="The printer is theirs.")
    first = make.status(creative, headline="Calm.", problems=("The printer is out.",))
    client.force_login(designer)

    page = client.get("/search/?q=PRINTER").text

    assert "The printer is out." in page
    assert reverse("meetings:status", args=["creative", first.week]) in page
    assert "theirs" not in page
    dropped = Review(
        make.status(creative, week=make.weeks_ago(1), plans=("Ink",)).items.get(), "dropped", "Printer gone"
    )
    make.status(creative, headline="Calm.", instead_of=first, reviews=[dropped])
    assert "Printer gone" in client.get("/search/?q=printer").text
    assert "The printer is out." not in client.get("/search/?q=printer").text
