"""What two departments promise each other, as the page has it."""

import pytest

from issues.models import Agreement
from tests import make

PAGE = "/agreements/creative/media/"


@pytest.fixture
def agreed(creative, media):
    return make.agreement(creative, media)


def test_it_ends_whatever_else_the_form_says(client, agreed, media_head):
    client.force_login(media_head)
    assert 'name="end" formnovalidate' in client.get(PAGE).text
    page = client.post(PAGE, {"was": agreed.pk, "end": "", "accept_within": "soon"}, follow=True)
    assert "Agreement ended." in page.text
    assert not Agreement.objects.current().exists()


@pytest.mark.parametrize("was", ["", "999999", "x", "9" * 30])
def test_another_agreement_than_was_looked_at_does_not_end(client, agreed, media_head, was):
    client.force_login(media_head)
    page = client.post(PAGE, {"was": was, "end": ""}, follow=True)
    assert "this agreement meanwhile. It was not ended." in page.text
    assert Agreement.objects.current().get() == agreed
