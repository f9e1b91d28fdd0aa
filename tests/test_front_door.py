"""Default deny: what the permission table says is what happens, and nothing is missing from it."""

import re
from copy import copy
from datetime import date

import pytest
from django.contrib import admin
from django.db import transaction
from django.test import Client

from departments.models import ApiToken, Headship, User
from departments.services.muting import mute_token
from issues.services import mediating
from kpis.services.rollups import drain
from meetings.models import AgendaItem, CalendarFeed, Decision, Meeting
from tests import make, permissions
from tests.clock import NOW


@pytest.fixture
def world(agency, creative, media, coo, ceo, administrator, settings, tmp_path):
    """One of everything, all of it Creative's, and each actor signed in."""
    settings.ATTACHMENTS_DIR = tmp_path
    kpi = make.kpi(creative, code="revisions", headline=True)
    batch = make.observations(kpi, creative, {date(2026, 11, 9): 3}, by=coo).batch
    drain(now=NOW)
    target = make.target(kpi, upper=5)
    phase = make.phase(kpi, department=creative)
    signal = make.signal(kpi, creative)
    head, other = make.head(creative, "creative-head"), make.head(media, "media-head")
    member, gone = make.user("designer", department=creative), make.user("gone", department=creative)
    token, secret = ApiToken.objects.issue(user=head, scope="read", at=NOW)
    revoked, dead = ApiToken.objects.issue(user=head, scope="write", at=NOW)
    revoked.revoke(at=NOW)
    comment = make.comment(signal, by=head)
    actors = {"anonymous": Client()}
    people = {"member": member, "head": head, "other_head": other, "executive": ceo, "coo": coo}
    for name, user in (people | {"administrator": administrator, "deactivated": gone}).items():
        actors[name] = Client()
        actors[name].force_login(user)
    gone.is_active = False
    gone.save()
    actors["token_read"] = Client(headers={"Authorization": f"Bearer {secret}"})
    actors["token_revoked"] = Client(headers={"Authorization": f"Bearer {dead}"})
    rows = [agency, creative, kpi, batch, target, head, token, Headship.objects.first(), kpi.assignments.first()]
    rows += [phase, signal, make.event(creative), make.upload(head), batch.observations.first()]
    rows += [comment, comment.thread]
    rows += [make.absence(head), make.pause(creative), make.holiday(), make.calendar(), make.webhook()]
    rows += [make.notification(head), make.delivery(head), make.status(creative, by=head), make.deadline()]
    issue = make.issue(creative, media, by=head)
    attached = make.attachment(issue, by=head)
    rows += [
        make.agreement(creative, media),
        issue,
        attached,
        attached.changes.create(is_removal=False, by=head, at=NOW),
    ]
    rows += [make.event_log()]
    rows += mediated(make.mediation(issue, by=head), head, other, coo)
    rows += [make.commitment(head, media, by=coo)]
    rows += [make.measure(kpi, creative, by=head)]
    rows += [make.risk(creative, owner=head), make.appetite()]
    series = make.series(department=creative, chair=head)
    series.invited.create(who="staff", department=creative)
    meeting = make.meeting(series)
    item = make.agenda_item(meeting)
    decision = item.decisions.create(words="We hire.", recorded_at=NOW, recorded_by=head)
    rows += [series, meeting, item, decision, make.feed(head)]
    rows += [creative.history.first(), kpi.history.first(), head.history.first(), make.mute(head).history.first()]
    return actors, {type(row): row for row in [*rows, creative]}


def mediated(mediation, head, other, coo) -> list:
    """A mediation up to its follow-up, with all its rows."""
    views = [mediating.write_position(mediation, text="So we see it.", by=by, at=NOW) for by in (head, other)]
    at = {"by": coo, "at": NOW}
    terms = mediating.propose(mediation, terms="Half each.", follow_up_on=date(2026, 11, 27), instead_of=0, **at)
    said = mediating.answer(mediation, number=1, agrees=False, words="No.", by=head, at=NOW)
    settled = mediating.decide(mediation, words="All of it.", follow_up_on=date(2026, 11, 27), number=1, **at)
    return [mediation, views[0], terms, said, settled, mediating.follow_up(mediation, held=False, words="No.", **at)]


def address(route: str, rows) -> str:
    """The route with the world's rows in it."""
    words = {
        "<slug:slug>": "creative",
        "<slug:raiser>": "creative",
        "<slug:owner>": "media",
        "<code:code>": "revisions",
        "<format:kind>": "csv",
        "<str:period>": "2026-11-09",
        "<week:week>": "2026-W47",
        "<str:token>": mute_token(rows[User], ["comment"]),
        "<slug>": "creative",
        "<code>": "revisions",
    }
    if route.startswith("/admin/"):
        for model in admin.site._registry:
            if f"/{model._meta.app_label}/{model._meta.model_name}/" in route:
                key = str(key_of(rows, model))
                past = getattr(rows.get(model), "history", None)
                words = {"([^/]+)/history/([^/]+)": f"{key}/history/{past.first().pk if past else 1}"}
                words |= dict.fromkeys(("<path:object_id>", "<object_id>", "<id>"), key)
    else:
        named = {f"/{model._meta.verbose_name_plural}/": row.pk for model, row in rows.items()}
        named = {"/issues/logs/": named["/event logs/"]} | named  # before those of /issues/
        named["/effects/"] = named["/measures/"]
        named["/imports/"], named["/statuses/"] = named["/uploads/"], named["/weekly statuses/"]
        named["/calendar/"] = named["/calendar feeds/"]
        named["/meetings/"], named["/agenda-items/"] = named["/series/"], named["/agenda items/"]
        words["<day:day>"] = str(rows[Meeting].slot)
        words["<int:item>"], words["<int:decision>"] = str(rows[AgendaItem].pk), str(rows[Decision].pk)
        words["<int:pk>"] = next((str(pk) for name, pk in named.items() if route.startswith(name)), "1")
    if route.startswith("/calendar/"):
        words["<str:token>"] = rows[CalendarFeed].secret
    words = {
        "<uidb36>": "1",
        "<key>": "1-abc",
        "<format:kind>": "csv",
        "<url>": "nowhere",
        "<app_label>": "kpis",
        "<path:content_type_id>": "1",
        "<path:object_id>": "1",
    } | words
    for mark, word in words.items():
        route = route.replace(mark, word)
    asks = route in ("/api/v1/rollups/", "/api/v1/series/")
    return f"{route}?kpi=revisions&department=creative" if asks else route


def key_of(rows, model):
    row = rows.get(model) or model.objects.first()
    return row.pk if row else 1


def status(client, method, url, api) -> int:
    """What the request is answered with; whatever it changed is taken back."""
    client.raise_request_exception = False
    cookies = copy(client.cookies)
    with transaction.atomic():
        body = {"data": "[]", "content_type": "application/json"} if api and method != "GET" else {}
        answer = client.generic(method, url, **body) if api else getattr(client, method.lower())(url)
        transaction.set_rollback(True)
    client.cookies = cookies
    return answer.status_code


@pytest.mark.once
def test_every_address_answers_every_actor_as_the_table_says(world):
    actors, rows = world
    table, found = permissions.table(), []
    for route in permissions.routes():
        url, api = address(route, rows), route.startswith("/api/")
        assert not set("<(") & set(url), f"no row for {route}: name its parameters in address()"
        for method in permissions.methods(route):
            found.append(permissions.Line(method, route, tuple(status(c, method, url, api) for c in actors.values())))
    assert list(actors) == permissions.ACTORS
    wrong = [str(line) for line in found if table.get((line.method, line.route)) != line.statuses]
    assert not wrong, "differs from tests/permissions.txt; found:\n" + "\n".join(wrong)
    stale = table.keys() - {(line.method, line.route) for line in found}
    assert not stale, f"no longer there: {sorted(stale)}"


def test_nothing_in_the_table_is_a_server_error():
    assert not [key for key, statuses in permissions.table().items() if max(statuses) >= 500]


def said(response) -> str:
    """The page without what is drawn by lot for each."""
    return re.sub(r'"X-CSRFToken": "\w+"|name="csrfmiddlewaretoken" value="\w+"', "", response.text)


def test_an_upload_of_somebody_else_is_the_same_404_as_none(client, creative_head, media_head):
    theirs = make.upload(media_head)
    client.force_login(creative_head)
    there, nowhere = client.get(f"/imports/{theirs.pk}/"), client.get("/imports/999999/")
    assert (there.status_code, said(there)) == (404, said(nowhere))


def test_out_of_reach_and_nonexistent_are_the_same_404(client, designer, media):
    make.kpi(media, code="pacing")
    client.force_login(designer)
    pairs = [("/departments/media/", "/departments/nowhere/"), ("/kpis/pacing/", "/kpis/nothing/")]
    pairs += [
        ("/api/v1/departments/media/", "/api/v1/departments/nowhere/"),
        ("/api/v1/kpis/pacing/", "/api/v1/kpis/nothing/"),
    ]
    for hidden, absent in pairs:
        there, nowhere = client.get(hidden), client.get(absent)
        assert (there.status_code, said(there)) == (404, said(nowhere))
