"""The list, the bell, the settings and the link that mutes."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from departments.models import Mailing, Mute, Notification, User
from departments.services.muting import BY_LINK, asked_by, mute, mute_just, mute_token, unmute
from tests import make
from tests.clock import NOW, TODAY


def page(client, user, path="/notifications/", **fields):
    client.force_login(user)
    return client.post(path, fields, follow=True) if fields else client.get(path, follow=True)


# --- The list and the bell ----------------------------------------------------------------------


def test_what_is_unread_stands_first_and_is_somebodys_own(client, coo, ceo):
    old = make.notification(coo, subject="Old and unread", at=NOW - timedelta(days=9))
    read = make.notification(coo, subject="New and read")
    Notification.objects.filter(pk=read.pk).read(at=NOW)
    make.notification(ceo, subject="Somebody else's")
    text = page(client, coo).text
    assert text.index("Old and unread") < text.index("New and read")
    assert "Somebody else" not in text
    assert "1 of them unread." in text
    assert old.url == "/overview/"


def test_opening_one_leads_where_it_points_and_reads_it_once(client, coo, ceo):
    told = make.notification(coo, url="/kpis/")
    client.force_login(coo)
    for moment in (NOW, NOW):
        assert client.get(f"/notifications/{told.pk}/")["Location"] == "/kpis/"
        told.refresh_from_db()
        assert told.read_at == moment
    client.force_login(ceo)
    assert client.get(f"/notifications/{told.pk}/").status_code == 404


def test_all_that_were_on_the_page_are_read_and_what_came_meanwhile_is_not(client, coo):
    seen = [make.notification(coo) for _ in range(2)]
    assert f'name="upto" value="{seen[-1].pk}"' in page(client, coo).text
    later = make.notification(coo)
    assert "2 marked as read." in page(client, coo, "/notifications/reading/", upto=seen[-1].pk).text
    assert list(coo.notifications.unread()) == [later]
    assert "Nothing was left to read." in page(client, coo, "/notifications/reading/", upto="everything").text


def test_a_long_list_has_pages_and_htmx_gets_the_list_alone(client, coo):
    for number in range(31):
        make.notification(coo, subject=f"Number {number} here")
    first, second = page(client, coo).text, page(client, coo, "/notifications/?page=2").text
    assert ("Number 30 here" in first, "Number 0 here" in first, "Number 0 here" in second) == (True, False, True)
    fragment = client.get("/notifications/", headers={"HX-Request": "true"}).text
    assert "<h1>" not in fragment
    assert fragment.strip() in first


def test_text_of_others_is_inert_in_the_list(client, coo):
    make.notification(coo, subject="<b>x</b>", text="<script>1</script>")
    assert "<script>1" not in page(client, coo).text
    assert "&lt;b&gt;x&lt;/b&gt;" in page(client, coo).text


@pytest.mark.parametrize("path", ["/overview/", "/kpis/", "/search/", "/notifications/settings/"])
def test_the_bell_counts_what_is_unread_and_costs_no_question_of_its_own(client, coo, agency, path):
    page(client, coo, path)
    with CaptureQueriesContext(connection) as before:
        assert "unread" not in client.get(path).text
    for _ in range(3):
        make.notification(coo)
    with CaptureQueriesContext(connection) as after:
        assert 'aria-label="Notifications: 3 unread"' in client.get(path).text
    assert len(after) == len(before)


def test_a_page_that_did_not_change_is_made_anew_for_who_was_told_something(client, coo, ceo, agency):
    client.force_login(coo)
    client.get("/accounts/password/change/")

    def asked_again(tag):
        return client.get("/overview/", headers={"If-None-Match": tag}).status_code

    tag = client.get("/overview/")["ETag"]
    make.notification(ceo)
    assert asked_again(tag) == 304
    make.notification(coo)
    assert asked_again(tag) == 200
    tag = client.get("/overview/")["ETag"]
    Notification.objects.all().read(at=NOW)
    assert asked_again(tag) == 200


# --- Settings -----------------------------------------------------------------------------------


def test_who_never_said_anything_gets_a_digest_at_eight_about_everything(client, coo):
    form = page(client, coo, "/notifications/settings/").context["form"]
    assert (form["is_on"].value(), form["rhythm"].value(), form["hour"].value()) == (True, "daily", 8)
    assert len(form["told"].value()) == len(Notification.Kind.values)


def test_what_is_chosen_is_kept(client, coo):
    sent = {"is_on": "on", "rhythm": "at_once", "hour": "17", "told": ["mention", "comment"]}
    assert "Saved." in page(client, coo, "/notifications/settings/", **sent).text
    assert (coo.mailing.rhythm, coo.mailing.hour, coo.mailing.is_on) == ("at_once", 17, True)
    assert set(coo.mutes.values_list("kind", flat=True)) == set(Notification.Kind.values) - {"mention", "comment"}
    page(client, coo, "/notifications/settings/", rhythm="daily", hour="8", told=Notification.Kind.values)
    coo.mailing.refresh_from_db()
    assert (coo.mailing.is_on, coo.mutes.count()) == (False, 0)


def test_what_is_no_hour_and_no_kind_is_said_and_nothing_saved(client, coo):
    refused = page(client, coo, "/notifications/settings/", rhythm="daily", hour="25", told=["gossip"])
    assert refused.text.count("Select a valid choice") >= 2
    assert not Mailing.objects.exists()


# --- The link in a mail -------------------------------------------------------------------------


def test_the_link_asks_before_it_mutes_and_what_it_did_can_be_undone(client, coo):
    url = f"/mute/{mute_token(coo, ['comment'])}/"
    assert "A comment" in client.get(url).text
    assert coo.mutes.count() == 0
    for _ in range(2):
        assert "Muted" in client.post(url).text
    assert [each.kind for each in coo.mutes.all()] == ["comment"]
    assert "Less e-mail for" in client.post(url, {"undo": "1"}).text
    assert coo.mutes.count() == 0


def test_a_link_is_good_for_whom_it_was_made_and_only_while_they_work_here(client, coo, ceo):
    token = mute_token(coo, ["comment"])
    assert asked_by(token, on=TODAY) == (coo, ["comment"])
    assert client.get(f"/mute/{token[:-1]}x/").status_code == 404
    User.objects.filter(pk=coo.pk).update(leaves_on=date(2026, 11, 17))
    assert (client.get(f"/mute/{token}/").status_code, client.post(f"/mute/{token}/").status_code) == (404, 404)
    assert coo.mutes.count() == 0


def test_a_link_about_a_kind_that_is_no_more_leads_nowhere(coo):
    assert asked_by(mute_token(coo, ["gossip"]), on=TODAY) is None
    assert asked_by(mute_token(coo, ["gossip", "mention"]), on=TODAY).labels == ["A mention"]


def test_no_other_site_needs_a_secret_of_forms_to_mute(coo, settings, client):
    client.handler.enforce_csrf_checks = True
    assert client.post(f"/mute/{mute_token(coo, ['comment'])}/").status_code == 200


def test_muting_is_once_and_just_these(coo):
    mute(coo, ["comment"], at=NOW)
    mute(coo, ["comment", "mention"], at=NOW)
    mute_just(coo, ["mention"], at=NOW)
    assert [each.kind for each in coo.mutes.all()] == ["mention"]


# --- What was muted when, and how, stays on record -----------------------------------------------


def on_record(model=Mute):
    rows = model.history.order_by("history_date", "history_id")
    return [(row.history_type, row.history_user, row.history_date, row.history_change_reason) for row in rows]


def test_each_muting_is_on_record_once_and_so_is_its_end(client, coo):
    url = f"/mute/{mute_token(coo, ['comment'])}/"
    for _ in range(2):
        client.post(url)
    page(client, coo, "/notifications/settings/", rhythm="daily", hour="8", told=Notification.Kind.values)

    assert on_record() == [("+", coo, NOW, BY_LINK), ("-", coo, NOW, None)]
    assert {(row.user, row.kind) for row in Mute.history.all()} == {(coo, "comment")}


def test_how_somebody_wanted_mail_before_is_on_record(client, coo):
    for hour in ("8", "17"):
        page(client, coo, "/notifications/settings/", is_on="on", rhythm="daily", hour=hour, told=["mention"])

    assert [row.hour for row in Mailing.history.order_by("history_id")] == [8, 17]
    assert [kind for kind, *_ in on_record(Mailing)] == ["+", "~"]


def test_the_administration_shows_what_was_muted_and_changes_nothing(client, coo, administrator):
    mute(coo, ["comment"], at=NOW)
    unmute(coo, ["comment"], at=NOW)
    shown = page(client, administrator, "/admin/departments/historicalmute/").text

    assert (shown.count(">A comment</td>"), shown.count("Muted"), shown.count("Not muted any more")) == (2, 1, 1)
    assert client.get("/admin/departments/historicalmute/add/").status_code == 403


def test_ticking_nothing_is_an_answer_too_and_not_called_optional(client, coo):
    client.force_login(coo)
    assert "(optional)" not in client.get("/notifications/settings/").text
