"""What no form of Opsroom sends, and what no database takes: never a failure, and nothing that was typed is lost."""

import pytest
from django.urls import reverse

from meetings.models import StatusDraft, WeeklyStatus
from tests import make


@pytest.fixture
def writer(client, creative_head):
    client.force_login(creative_head)
    return client


def address(name="writing"):
    return reverse(f"meetings:{name}", args=["creative", make.weeks_ago(0)])


def typed(**fields):
    return {"health": "on", "headline": "Calm.", "edition": "0", "base": "", **fields}


@pytest.mark.parametrize("field", ["headline", "progress", "plans", "problems", "need"])
def test_a_character_that_no_text_has_is_refused_and_the_rest_is_kept(writer, field):
    page = writer.post(address(), typed(**{field: "Printer\0 broken"}))

    assert "Found a character that no text has" in page.context["form"].errors[field][0]
    assert not WeeklyStatus.objects.exists()
    assert StatusDraft.objects.get().content[field] == "Printer broken"


@pytest.mark.parametrize("field", ["health", "confidence", "need_of", "headline"])
def test_a_draft_is_kept_without_such_a_character(writer, field):
    assert writer.post(address("draft"), typed(**{field: "5\0"})).status_code == 200
    assert StatusDraft.objects.get().content[field] == "5"


@pytest.mark.parametrize("edition", ["5", "999999999999999999"])
@pytest.mark.parametrize("name", ["draft", "writing"])
def test_an_edition_of_a_draft_that_never_was_begins_one(writer, name, edition):
    assert writer.post(address(name), typed(edition=edition)).status_code in (200, 302)
    assert StatusDraft.objects.get().content["headline"] == "Calm."


class TestMoreThanADraftKeeps:
    LONG = "word " * 1001

    def test_the_answer_says_what_was_found_and_what_fits_and_nothing_is_cut(self, writer):
        writer.post(address("draft"), typed(progress="Short."))

        answer = writer.post(address("draft"), typed(progress=self.LONG, edition="1"))

        assert answer.status_code == 400
        assert "Progress: Found 5,005 characters, a draft keeps at most 5,000." in answer.json()["why"]
        assert StatusDraft.objects.get().content["progress"] == "Short."

    @pytest.mark.parametrize("more", [{"save": "1"}, {}])
    def test_the_page_says_so_and_keeps_the_text(self, writer, more):
        page = writer.post(address(), typed(progress=self.LONG, **more))

        assert page.status_code == 200
        assert "Found 5,005 characters, a draft keeps at most 5,000." in page.text
        assert self.LONG.strip() in page.text
        assert not StatusDraft.objects.exists()
        assert not WeeklyStatus.objects.exists()

    def test_up_to_that_all_of_it_is_kept(self, writer):
        assert writer.post(address("draft"), typed(progress="x" * 5000)).status_code == 200
        assert len(StatusDraft.objects.get().content["progress"]) == 5000
