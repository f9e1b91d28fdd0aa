"""At most ten tries for an account, whichever of its names is typed."""

import pytest

from tests import make

PASSWORD = "a long password"


@pytest.fixture
def ada(db):
    return make.user("ada", email="ada@agency.example")


def try_in(client, name, password="wrong"):
    return client.post("/accounts/login/", {"login": name, "password": password}).status_code


def test_a_name_or_an_address_and_the_password_let_in(client, ada):
    assert try_in(client, "ada", PASSWORD) == 302
    client.logout()
    assert try_in(client, "ADA@agency.example", PASSWORD) == 302


def test_ten_wrong_tries_are_the_last_however_the_name_is_spelt(client, ada):
    names = ["ada", "Ada", "ADA", "ada@agency.example", "Ada@Agency.example"] * 2
    answers = [try_in(client, name) for name in names]
    assert answers[:9] == [200] * 9
    assert answers[9] == 429
    assert try_in(client, "aDa", PASSWORD) == 429
    assert try_in(client, "ada@AGENCY.example", PASSWORD) == 429


def test_somebody_who_does_not_exist_is_refused_in_the_same_words(client, ada):
    known, unknown = (client.post("/accounts/login/", {"login": n, "password": "x"}) for n in ("ada", "nobody"))
    words = "not correct"
    assert known.status_code == unknown.status_code == 200
    assert (words in known.text) == (words in unknown.text)


def test_others_are_not_locked_out_with_them(client, ada):
    make.user("bea")
    for _ in range(10):
        try_in(client, "ada")
    assert try_in(client, "bea", PASSWORD) == 302
