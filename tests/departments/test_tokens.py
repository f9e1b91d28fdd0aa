from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command

from departments.models import ApiToken
from kpis.models import Observation
from tests import make
from tests.clock import NOW


def issue(capsys, *arguments):
    call_command("api_token", *arguments)
    return capsys.readouterr()


def fetch(client, secret, method="get"):
    return getattr(client, method)("/api/v1/kpis/", headers={"Authorization": f"Bearer {secret}"})


def test_the_secret_is_printed_once_and_kept_as_a_hash(capsys, client, designer):
    secret = issue(capsys, "designer", "--name", "bookkeeping").out.strip()
    token = ApiToken.objects.get()
    assert secret.startswith("ops_")
    assert secret not in str(vars(token))
    assert (token.user, token.name, token.scope) == (designer, "bookkeeping", "read")
    assert token.expires_at == NOW + timedelta(90)
    assert fetch(client, secret).status_code == 200


def test_a_token_writes_only_where_that_was_asked_for(capsys, client, creative, creative_head):
    make.kpi(creative, code="rework")
    reading, writing = (issue(capsys, "creative-head", *more).out.strip() for more in ([], ["--write"]))
    row = {"department": "creative", "kpi": "rework", "date": "2026-11-09", "value": "5"}
    for secret, recorded in ((reading, 0), (writing, 1)):
        bearer = {"Authorization": f"Bearer {secret}"}
        client.post("/api/v1/observations/", [row], content_type="application/json", headers=bearer)
        assert Observation.objects.count() == recorded


def test_a_token_ends_when_it_was_said_to(capsys, client, designer, time_machine):
    secret = issue(capsys, "designer", "--days", "2").out.strip()
    time_machine.move_to(NOW + timedelta(days=2, seconds=-1))
    assert fetch(client, secret).status_code == 200
    time_machine.move_to(NOW + timedelta(days=2))
    assert fetch(client, secret).status_code == 401


def test_a_revoked_token_is_refused_at_the_next_request(capsys, client, designer):
    secret = issue(capsys, "designer").out.strip()
    ApiToken.objects.get().revoke(at=NOW)
    assert fetch(client, secret).status_code == 401


def test_a_leavers_token_is_refused_the_day_after_the_last(capsys, client, designer, time_machine):
    secret = issue(capsys, "designer").out.strip()
    designer.leaves_on = date(2026, 11, 18)
    designer.save()
    assert fetch(client, secret).status_code == 200
    time_machine.move_to(NOW + timedelta(days=1))
    assert fetch(client, secret).status_code == 401


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["nobody"], "nobody with the username “nobody”"),
        (["designer", "--days", "0"], "found 0, expected 1 to 3650"),
        (["designer", "--name", "x" * 81], "at most 80 characters"),
    ],
)
def test_what_cannot_be_issued_says_why(designer, arguments, why):
    with pytest.raises(CommandError, match=why) as refusal:
        call_command("api_token", *arguments)
    assert refusal.value.returncode == 1
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("gone", [{"leaves_on": date(2026, 11, 17)}, {"is_active": False}])
def test_nobody_gets_a_token_for_somebody_who_may_not_enter(designer, gone):
    type(designer).objects.filter(pk=designer.pk).update(**gone)
    with pytest.raises(CommandError, match="has left or may not sign in"):
        call_command("api_token", "designer")
    assert not ApiToken.objects.exists()
