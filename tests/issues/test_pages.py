"""Raising, finding, and triaging issues in the browser's place."""

import random
import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from issues.flow import Act
from issues.models import Issue, SavedView
from issues.selectors.story import story
from issues.services.moving import move
from issues.views.listing import IssueList
from tests import make
from tests.clock import NOW, TODAY


@pytest.fixture
def desk(client, creative_head, media_head):
    client.force_login(creative_head)
    return client


def given(**fields):
    said = {"raiser": "creative", "owner": "media", "title": "No sizes", "needed": "The list of sizes."}
    return said | {"severity": "high"} | fields


def test_an_issue_is_raised_with_what_it_came_from(desk, creative, media, creative_head):
    address = "/issues/new/?from=/status/creative/2026-W47/&from_words=Weekly+status+of+Creative"
    assert "Weekly status of Creative" in desk.get(address).text
    response = desk.post(address, given(needed_by="2026-11-20"), follow=True)
    issue = Issue.objects.get()
    assert (issue.raiser, issue.owner, issue.raised_by, issue.severity) == (creative, media, creative_head, "high")
    assert (issue.origin, issue.origin_url) == ("Weekly status of Creative", "/status/creative/2026-W47/")
    assert 'href="/status/creative/2026-W47/"' in response.text


def test_a_signal_hands_on_its_kpi_and_shows_what_was_raised(desk, creative, media, creative_head):
    signal = make.signal(make.kpi(creative, code="rework"), creative)
    address = f"/issues/new/?signal={signal.pk}"
    assert 'value="Rework: concern"' in desk.get(address).text
    desk.post(address, given(kpi="rework"))
    issue = Issue.objects.get()
    assert (issue.kpi, issue.signal) == (signal.kpi, signal)
    page = desk.get(reverse("kpis:signal", args=[signal.pk])).text
    assert f"#{issue.pk} No sizes" in page


def test_a_need_of_a_status_leads_to_an_issue(desk, creative, media, creative_head):
    status = make.status(creative, need="Sizes, **please**.", need_of=media)
    page = desk.get(reverse("meetings:status", args=["creative", status.week])).text
    link = re.search(r'href="(/issues/new/[^"]*)"', page)[1].replace("&amp;", "&")
    form = desk.get(link).text
    assert "Sizes, **please**.</textarea>" in form
    desk.post(link, given())
    assert "Raised as" in desk.get(reverse("meetings:status", args=["creative", status.week])).text


def chosen(page):
    """From whom to whom, as the form proposes it."""
    raiser = re.search(r'<input type="hidden" name="raiser" value="([^"]*)"', page)
    return raiser and raiser[1], re.findall(r'<option value="([^"]*)" selected', page)


def test_of_what_another_department_shows_that_one_is_asked(desk, creative, media, creative_head, media_head):
    make.agreement(creative, media, ready="Sizes are listed")
    signal = make.signal(make.kpi(media, code="rework"), media)
    status = make.status(media, need="Sizes", need_of=creative)
    page = desk.get(reverse("meetings:status", args=["media", status.week])).text
    need = re.search(r'href="(/issues/new/[^"]*)"', page)[1].replace("&amp;", "&")
    for address in (f"/issues/new/?signal={signal.pk}", need):
        form = desk.get(address).text
        raiser, others = chosen(form)
        assert (raiser, "media" in others) == ("creative", True)
        assert "Sizes are listed" in form
        assert desk.post(address, given(raiser=raiser)).status_code == 302


def test_who_may_raise_for_all_raises_for_the_department_that_shows_it(client, coo, creative, media):
    client.force_login(coo)
    signal = make.signal(make.kpi(media, code="rework"), media)
    form = client.get(f"/issues/new/?signal={signal.pk}").context["form"]
    assert (form.initial["raiser"], form.initial.get("owner", "")) == ("media", "")


@pytest.mark.parametrize("asked", ["owner=%00", "raiser=%00", "owner=media&raiser=%00", "owner=media&owner=%00"])
def test_a_department_that_there_cannot_be_is_none(desk, media, asked):
    assert desk.get(f"/issues/new/?{asked}").status_code == 200
    assert desk.post("/issues/new/", given(owner="me\0dia")).status_code == 200


def test_the_definition_of_ready_is_shown_and_what_is_open_is_kept(desk, creative, media):
    make.agreement(creative, media, ready="Sizes are listed\nBudget is agreed")
    form = desk.get("/issues/new/?owner=media").text
    assert "Sizes are listed" in form
    desk.post("/issues/new/", given(ready=["Sizes are listed"]))
    assert Issue.objects.get().unready == ["Budget is agreed"]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"owner": "creative"}, "Choose one of the departments listed."),
        ({"needed_by": str(TODAY - timedelta(days=1))}, "Found 17 November 2026, expected today or later"),
        ({"needed_by": "31.02.2026"}, "Enter a valid date"),
        ({"title": ""}, "This field is required"),
        ({"title": "x" * 141}, "at most 140 characters"),
        ({"needed": "a\0b"}, "Null characters are not allowed"),
        ({"severity": "huge"}, "Select a valid choice"),
        ({"raiser": "media"}, "Found “media”, expected one of the departments listed."),
    ],
)
def test_what_cannot_be_raised_says_why_and_loses_nothing(desk, fields, why):
    page = desk.post("/issues/new/", given(matters="Both launches hang on it.", **fields))
    assert page.status_code == 200
    assert why in page.text
    assert "Both launches hang on it." in page.text
    assert not Issue.objects.exists()


def test_the_coo_cannot_raise_one_from_a_department_to_itself(client, coo, creative, media):
    client.force_login(coo)
    assert "Media raises it itself" in client.post("/issues/new/", given(raiser="media")).text


ELSEWHERE = ["//evil.example", "https://evil.example/", "javascript:alert(1)", "/\\evil.example", "/\t/evil", "/\n/e"]


@pytest.mark.parametrize("path", [*ELSEWHERE, "/a\x01b/"])
def test_an_origin_elsewhere_is_no_origin(desk, path):
    desk.post(f"/issues/new/?from={quote(path)}&from_words=Here", given())
    assert Issue.objects.get().origin_url == ""


@pytest.mark.parametrize("path", ELSEWHERE)
def test_the_database_refuses_an_origin_elsewhere(creative, media, path):
    issue = make.issue(creative, media)
    with pytest.raises(IntegrityError, match="issue_origin_is_within_opsroom"), transaction.atomic():
        Issue.objects.filter(pk=issue.pk).update(origin_url=path)


def test_staff_raise_issues_for_their_department_and_see_no_others(client, designer, agency, media, media_head):
    other = make.issue(media, make.department("IT", parent=agency), title="Secret between two")
    client.force_login(designer)
    client.post("/issues/new/", given())
    mine = Issue.objects.get(raised_by=designer)
    page = client.get("/issues/?state=all").text
    assert str(mine.title) in page
    assert "Secret between two" not in page
    assert client.get(reverse("issues:issue", args=[other.pk])).status_code == 404
    assert "Secret between two" not in client.get("/issues/?q=Secret").text


def test_lists_are_filtered_by_what_the_address_asks(desk, agency, creative, media, creative_head, media_head):
    it = make.department("IT", parent=agency)
    first = make.issue(creative, media, title="Sizes", needed_by=TODAY)
    second = make.issue(media, creative, title="Texts", severity="critical")
    third = make.issue(media, it, title="Access", needed="A password")
    move(third, Act.WITHDRAW, edition=1, words="Found it", by=media_head, at=NOW)

    def found(query):
        return {int(n) for n in re.findall(r'/issues/(\d+)/"', desk.get(f"/issues/?{query}").text)}

    assert found("") == {first.pk, second.pk}
    assert found("ball=mine") == {second.pk}
    assert found("ball=theirs") == {first.pk}
    assert found("ball=media") == {first.pk}
    assert found("raiser=media&state=all") == {second.pk, third.pk}
    assert found("owner=it&state=closed") == {third.pk}
    assert found("state=withdrawn&q=found") == {third.pk}
    assert found("severity=critical") == {second.pk}
    assert found(f"q=%23{first.pk}") == {first.pk}
    assert found("q=password&state=all") == {third.pk}
    assert desk.get("/issues/?severity=huge").status_code == 400
    assert desk.get("/issues/?page=x").status_code == 404


def test_the_court_of_a_department_is_that_of_those_below_it_too(client, coo, agency, creative, media):
    make.issue(creative, make.department("Photo", parent=media), title="Sizes")
    make.issue(creative, agency, title="A rule")
    client.force_login(coo)
    assert [row.issue.title for row in client.get("/issues/?ball=media").context["rows"]] == ["Sizes"]
    assert [row.issue.title for row in client.get("/issues/?ball=agency").context["rows"]] == ["A rule"]


def test_the_longest_wait_comes_first_as_the_column_shows_it_and_what_is_closed_last(
    desk, creative, media, creative_head, media_head, monkeypatch
):
    lot, closed = random.Random(5), []
    make.pause(media, starts_on=TODAY - timedelta(days=20), ends_on=TODAY - timedelta(days=12))
    for number in range(24):
        raiser, owner = lot.sample([creative, media], 2)
        by = media_head if owner == media else creative_head
        at = NOW - timedelta(minutes=lot.randrange(50 * 24 * 60))
        issue, later = make.issue(raiser, owner, at=at), at + (NOW - at) * lot.random()
        if number % 3 == 0:
            move(issue, Act.PAUSE, edition=1, words="The client.", by=by, at=later)
        if number % 6 == 0:
            move(issue, Act.RESUME, edition=2, by=by, at=later + (NOW - later) * lot.random())
        if number % 8 == 1:
            other = creative_head if raiser == creative else media_head
            move(issue, Act.WITHDRAW, edition=issue.edition, words="Found.", by=other, at=later)
            closed.append(issue)
    monkeypatch.setattr(IssueList, "paginate_by", 7)
    found = []
    for page in (1, 2, 3, 4):
        found += desk.get(f"/issues/?state=all&sort=waiting&page={page}").context["rows"]
    waits = [row.held for row in found if row.held is not None]
    assert len(waits) == len({row.issue.pk for row in found}) - len(closed) == 21
    assert waits == sorted(waits, reverse=True)
    assert {row.issue.pk for row in found[21:]} == {issue.pk for issue in closed}


def test_the_filters_say_that_only_overdue_ones_are_listed(desk, creative, media):
    make.issue(creative, media)
    assert '<option value="yes" selected>overdue</option>' in desk.get("/issues/?late=yes").text
    assert desk.get("/issues/?raised=soon").status_code == 400


def test_staff_find_what_lies_with_their_department_and_what_it_waits_for(client, creative, media, designer):
    mine, theirs = make.issue(media, creative), make.issue(creative, media, by=designer)
    client.force_login(designer)
    assert [row.issue for row in client.get("/issues/?ball=mine").context["rows"]] == [mine]
    assert [row.issue for row in client.get("/issues/?ball=theirs").context["rows"]] == [theirs]


def test_all_of_a_lane_are_those_that_the_board_was_asked_for(client, coo, agency, creative, media):
    for number in range(21):
        make.issue(creative, media, title=f"Sizes {number}")
    make.issue(creative, agency)
    client.force_login(coo)
    link, number = re.search(r'href="([^"]*)">all (\d+)', client.get("/issues/board/?owner=media").text).groups()
    assert client.get(link.replace("&amp;", "&")).context["paginator"].count == int(number) == 21


def test_htmx_gets_the_very_list_and_board_that_the_pages_include(desk, creative, media):
    make.issue(creative, media)
    for address in ("/issues/", "/issues/board/"):
        page, fragment = desk.get(address), desk.get(address, headers={"HX-Request": "true"})
        assert "<h1>" not in fragment.text
        without = [re.sub(r'value="[A-Za-z0-9]{64}"', "", each.text).strip() for each in (page, fragment)]
        assert without[1] in without[0]


def test_several_are_triaged_at_once_and_who_refuses_is_named(client, creative, media, creative_head, media_head):
    first, second = make.issue(creative, media, title="One"), make.issue(creative, media, title="Two")
    move(second, Act.ACCEPT, edition=1, by=media_head, at=NOW)
    client.force_login(media_head)
    chosen = [f"{first.pk}:1", f"{second.pk}:2", "999:1", "x:1", "1", f"{first.pk}:99999999999"]
    page = client.post("/issues/triage/?sort=new", {"issue": chosen, "act": "accept"})
    assert f"You accepted it: #{first.pk}." in page.text
    assert "It is accepted: nobody accepted it now." in page.text
    assert page.context["asked"] == {"sort": "new"}
    assert "No issue was chosen" in client.post("/issues/triage/", {"act": "accept"}).text
    done = client.post("/issues/triage/?sort=new", {"issue": f"{first.pk}:2", "act": "start"})
    assert done.url == client.get("/issues/triage/?sort=new").url == "/issues/?sort=new"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"act": "return"}, "accepted it meanwhile. Nothing was done; what you wrote is below."),
        ({"act": ""}, "Choose what to do with them."),
        ({"act": "pass"}, "Choose the department that has to do something now."),
        ({"act": "return", "words": ""}, "Say it: what is missing."),
    ],
)
def test_what_was_typed_and_chosen_stays_when_a_triage_is_refused(
    client, creative, media, creative_head, media_head, said, why
):
    first = make.issue(creative, media, title="One")
    make.issue(creative, media, title="Two")
    move(first, Act.ACCEPT, edition=1, by=media_head, at=NOW)
    client.force_login(media_head)
    said = {"issue": f"{first.pk}:1", "to": "creative" if said["act"] != "pass" else "", "words": "Sizes?", **said}
    page = client.post("/issues/triage/?sort=new", said).text
    assert why in page
    assert re.findall(r'value="([0-9:]+)" aria-label="[^"]*" checked', page) == [f"{first.pk}:2"]
    assert ('value="Sizes?"' in page) == bool(said["words"])
    assert set(re.findall(r'<option value="(\w+)" selected', page)) >= {said["act"], said["to"]} - {""}


def test_words_stay_where_no_issue_is_left_to_say_them_of(client, creative, media, creative_head, media_head):
    issue = make.issue(creative, media)
    move(issue, Act.ACCEPT, edition=1, by=media_head, at=NOW)
    client.force_login(media_head)
    said = {"issue": f"{issue.pk}:1", "act": "return", "words": "Sizes?"}
    assert "What you wrote: Sizes?" in client.post("/issues/triage/?state=open&q=gone&page=7", said).text


def test_a_view_is_saved_under_a_name_and_forgotten(desk, creative_head):
    desk.post("/issues/views/", {"name": "Hot", "query": "severity=critical"})
    assert 'href="?severity=critical"' in desk.get("/issues/").text
    desk.post("/issues/views/", {"name": "Hot", "query": "severity=high"})
    view = SavedView.objects.get()
    assert view.query == "severity=high"
    for name, query in (("", "a=b"), ("Hot", ""), ("x", "a" * 501), ("a\0", "b=c")):
        page = desk.post("/issues/views/", {"name": name, "query": query}, follow=True)
        assert "A view needs a name" in page.text
    desk.post(reverse("issues:view-removal", args=[view.pk]))
    assert not SavedView.objects.exists()


def test_what_was_typed_stays_when_an_act_is_refused(client, creative, media, creative_head, media_head):
    issue = make.issue(creative, media)
    move(issue, Act.ACCEPT, edition=1, by=media_head, at=NOW)
    client.force_login(media_head)
    resolution = reverse("issues:resolve", args=[issue.pk])
    assert "What was done" in client.post(resolution, {"words": "", "edition": 2}).text
    page = client.post(resolution, {"words": "Sizes are sent.", "edition": 1}).text
    assert "Media-Head accepted it meanwhile" in page
    assert "Sizes are sent.</textarea>" in page
    assert Issue.objects.get().state == "accepted"
    client.force_login(creative_head)
    page = client.post(resolution, {"words": "Mine.", "edition": 2}).text
    assert "That is for Media to do." in page


def test_an_issue_as_known_on_a_day_shows_what_had_happened_by_then(client, creative, media, coo, media_head):
    yesterday = NOW - timedelta(days=1)
    issue = make.issue(creative, media, by=coo, at=yesterday)
    move(issue, Act.ACCEPT, edition=1, by=media_head, at=NOW)
    client.force_login(coo)
    then = client.get(reverse("issues:issue", args=[issue.pk]) + f"?as_known_on={yesterday.date()}").text
    assert "accepted it" not in then
    assert "accepted it" in client.get(reverse("issues:issue", args=[issue.pk])).text
    before = yesterday.date() - timedelta(days=1)
    assert client.get(reverse("issues:issue", args=[issue.pk]) + f"?as_known_on={before}").status_code == 404


def test_an_issue_as_known_on_a_day_says_since_when_and_what_was_overdue_then(client, creative, media, coo, media_head):
    issue = make.issue(creative, media, needed_by=TODAY - timedelta(days=1), at=NOW - timedelta(days=6))
    move(issue, Act.RETURN, edition=1, words="No sizes.", by=media_head, at=NOW)
    client.force_login(coo)
    address = reverse("issues:issue", args=[issue.pk])
    now, then = client.get(address).text, client.get(f"{address}?as_known_on={TODAY - timedelta(days=2)}").text
    assert "since Wed 18 Nov 10:00" in now
    assert "overdue</span>" in now
    assert "since Thu 12 Nov 10:00" in then
    assert "overdue</span>" not in then


def test_the_bar_shows_a_pause_in_the_midst_of_a_turn_to_scale(creative, media, creative_head, media_head):
    issue = make.issue(creative, media)  # on Wednesday at 10:00, an hour after opening
    make.pause(media, starts_on=TODAY + timedelta(days=1), ends_on=TODAY + timedelta(days=1))
    told = story(issue, at=NOW + timedelta(days=2))
    assert [(part.is_paused, round(part.width)) for part in told.bar] == [(False, 438), (True, 500), (False, 62)]
