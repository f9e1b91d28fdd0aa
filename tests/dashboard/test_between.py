"""What lies between departments stands on the overview."""

import re
from datetime import timedelta

from dashboard.selectors.between import added, between
from departments.models import Department
from issues.flow import Act
from issues.services import mediating
from issues.services.escalating import escalate
from issues.services.mediating import write_position
from issues.services.moving import move
from kpis.services.rollups import drain
from tests import make
from tests.clock import NOW, TODAY

A_DAY = timedelta(days=1)


def seen(client, user):
    client.force_login(user)
    page = client.get("/overview/").text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)), page


def measured(*departments):
    kpi = make.kpi(*departments)
    for each in departments:
        make.observations(kpi, each, {make.weeks_ago(1): 3})
    drain(now=NOW)


def test_balls_overdue_ones_and_what_is_stuck_are_told(client, coo, creative, media, creative_head, media_head):
    measured(creative, media)
    issue = make.issue(creative, media, title="Sizes", at=NOW - 7 * A_DAY)
    for day in range(7):
        escalate(now=NOW - (6 - day) * A_DAY)
    make.issue(creative, media, title="Texts")
    words, page = seen(client, coo)
    assert f"Media did not accept or return #{issue.pk} Sizes" in words
    assert 'aria-label="2 issues in the court of Media, 1 overdue"' in page
    assert 'aria-label="0 issues in the court of Creative"' in page
    move(issue, Act.WITHDRAW, edition=1, words="Found.", by=creative_head, at=NOW)
    words, page = seen(client, coo)
    assert "did not accept" not in words
    assert 'aria-label="1 issue in the court of Media"' in page


def test_what_is_stuck_stays_so_after_a_round_trip(client, coo, creative, media, creative_head, media_head):
    measured(creative, media)
    issue = make.issue(creative, media, title="Sizes", severity="critical", at=NOW - 7 * A_DAY)
    move(issue, Act.ACCEPT, edition=1, by=media_head, at=NOW - 7 * A_DAY)
    for day in range(7):
        escalate(now=NOW - (6 - day) * A_DAY)
    move(issue, Act.PASS, edition=2, words="Yours.", to=creative, by=media_head, at=NOW)
    assert "did not resolve" not in seen(client, coo)[0]
    move(issue, Act.PASS, edition=3, words="No, yours.", to=media, by=creative_head, at=NOW)
    words, page = seen(client, coo)
    assert f"Media did not resolve #{issue.pk} Sizes" in words
    assert 'aria-label="1 issue in the court of Media, 1 overdue"' in page


def test_what_waits_for_the_coo_is_told(client, coo, agency, creative, media, creative_head, media_head):
    measured(creative, media)
    make.issue(creative, agency, title="A rule")
    words, _ = seen(client, coo)
    assert "An issue waits for the COO" in words
    found = make.mediation(make.issue(creative, media))
    assert "mediation of" not in seen(client, coo)[0]
    for head in (creative_head, media_head):
        write_position(found, text="My view.", by=head, at=NOW)
    assert f"The mediation of #{found.issue_id} waits for the COO" in seen(client, coo)[0]
    terms = mediating.propose(found, terms="Half each.", follow_up_on=TODAY + A_DAY, instead_of=0, by=coo, at=NOW)
    assert "mediation of" not in seen(client, coo)[0]
    mediating.answer(found, number=terms.number, agrees=False, words="No.", by=media_head, at=NOW)
    assert f"The mediation of #{found.issue_id} waits for the COO" in seen(client, coo)[0]
    second = make.mediation(make.issue(creative, media))
    for head in (creative_head, media_head):
        write_position(second, text="My view.", by=head, at=NOW)
    assert f"2 mediations wait for the COO #{found.issue_id} first." in seen(client, coo)[0]


def test_what_a_mediation_settled_comes_back(client, coo, creative, media, creative_head, media_head):
    measured(creative, media)
    found = make.mediation(make.issue(creative, media), at=NOW - 9 * A_DAY)
    for head in (creative_head, media_head):
        write_position(found, text="My view.", by=head, at=NOW - 9 * A_DAY)
    agreed = {"terms": "Half each.", "follow_up_on": TODAY - A_DAY, "instead_of": 0}
    mediating.propose(found, **agreed, by=coo, at=NOW - 8 * A_DAY)
    for head in (creative_head, media_head):
        mediating.answer(found, number=1, agrees=True, words="", by=head, at=NOW - 7 * A_DAY)
    assert "came back" not in seen(client, coo)[0]
    mediating.bring_back(now=NOW)
    assert f"The mediation of #{found.issue_id} came back Say whether what was settled is held." in seen(client, coo)[0]
    mediating.follow_up(found, held=True, words="", by=coo, at=NOW)
    assert "came back" not in seen(client, coo)[0]


def test_commitments_and_risks_are_counted_by_department(client, coo, creative, media, creative_head, media_head):
    measured(creative, media)
    late = NOW - 21 * A_DAY
    make.commitment(creative_head, media, due_on=(TODAY - 14 * A_DAY), at=late)
    make.appetite(level="low")
    make.risk(media, residual=(4, 4))
    words, page = seen(client, coo)
    assert "1 commitment is overdue" in words
    assert "1 risk is above what is accepted" in words
    assert 'aria-label="0 of 1 promises kept by Creative"' in page
    assert client.get("/commitments/?state=overdue").status_code == 200
    assert client.get("/risks/?above=yes").status_code == 200


def test_what_the_agency_owes_and_risks_itself_is_told_without_a_kpi_of_its_own(client, coo, agency, creative, media):
    measured(creative, media)
    make.commitment(coo, media, department=agency, due_on=TODAY - 14 * A_DAY, at=NOW - 21 * A_DAY)
    make.appetite(level="low")
    make.risk(agency, residual=(4, 4))
    words, page = seen(client, coo)
    assert "1 commitment is overdue Agency 1" in words
    assert "1 risk is above what is accepted Agency 1" in words
    assert 'aria-label="0 of 1 promises kept by Agency"' in page


def test_before_there_are_values_it_tells_what_waits_and_where_balls_lie(client, coo, creative, media):
    make.issue(creative, media, title="Sizes")
    make.appetite(level="low")
    make.risk(media, residual=(4, 4))
    words, page = seen(client, coo)
    assert "No values yet" in words
    assert "1 risk is above what is accepted" in words
    assert 'aria-label="1 issue in the court of Media"' in page


def test_what_does_not_fit_is_folded_and_never_left_out(client, coo, agency):
    measured(make.department("Audio", parent=agency))
    for name in ("Art", "Copy", "Design", "Film", "Print", "Sound", "Web"):
        make.kpi(make.department(name, parent=agency))
    words, page = seen(client, coo)
    assert words.count("has not reported") == 7
    assert words.index("3 more") < words.index("Web has not reported") < words.index("8 departments have no head")
    assert "Agency has no head" not in words


def test_as_known_on_a_day_a_ball_lies_where_it_lay_then(creative, media, creative_head, media_head):
    def balls(then):
        found = Department.objects.annotate(**between(on=TODAY, known_at=then))
        return added([found.get(pk=media.pk)])["balls"], added([found.get(pk=creative.pk)])["balls"]

    issue = make.issue(creative, media, at=NOW - 3 * A_DAY)
    move(issue, Act.RETURN, edition=1, words="No sizes.", by=media_head, at=NOW - A_DAY)
    assert [balls(NOW - n * A_DAY) for n in (4, 2, 0)] == [(0, 0), (1, 0), (0, 1)]
    assert balls(None) == (0, 1)


def test_a_departments_page_shows_what_it_has_to_do_with_others(client, creative, media, creative_head, media_head):
    mine, theirs = make.issue(media, creative, title="Texts"), make.issue(creative, media, title="Sizes")
    make.commitment(creative_head, media, what="Send the brief")
    make.appetite(level="low")
    make.risk(creative, title="A client leaves")
    client.force_login(creative_head)
    page = client.get("/departments/creative/").text
    court, waits = page.index("In its court"), page.index("It waits for")
    assert court < page.index(f"#{mine.pk} Texts") < waits < page.index(f"#{theirs.pk} Sizes")
    assert "Send the brief" in page
    assert "A client leaves" in page
    assert "In its court" not in client.get(f"/departments/creative/?as_known_on={TODAY - A_DAY}").text


def test_the_search_finds_issues_commitments_and_risks_within_reach(client, agency, creative, media, creative_head):
    other = make.department("IT", parent=agency)
    make.head(media)
    make.issue(creative, media, title="Canary sizes")
    make.issue(media, other, title="Canary hidden")
    make.commitment(creative_head, media, what="Feed the canary")
    make.risk(creative, title="The canary leaves")
    make.risk(media, title="Canary risk hidden")
    client.force_login(make.user(department=creative))
    page = client.get("/search/?q=canary").text
    for words in ("Canary sizes", "Feed the canary", "The canary leaves"):
        assert words in page
    assert "hidden<" not in page
    assert "hidden</a>" not in page


def test_where_a_departments_page_shows_some_all_are_as_many_as_it_says(
    client, creative, media, creative_head, media_head
):
    below = make.department("Photo", parent=creative)
    make.appetite(level="low")
    for number in range(6):
        make.issue(media, below, title=f"Texts {number}")
        make.issue(creative, media, title=f"Sizes {number}")
        make.commitment(creative_head, media, due_on=TODAY)
        make.risk(below, f"Risk {number}", residual=(4, 4))
    back = make.issue(creative, media)
    move(back, Act.RETURN, edition=1, words="No sizes.", by=media_head, at=NOW)
    make.commitment(creative_head, media, due_on=TODAY + 30 * A_DAY)
    make.risk(creative, residual=(1, 1), at=NOW)
    client.force_login(creative_head)
    links = re.findall(r'href="([^"]+)">all (\d+)', client.get("/departments/creative/").text)
    assert [number for _, number in links] == ["7", "6", "6", "6"]
    for link, number in links:
        assert client.get(link.replace("&amp;", "&")).context["paginator"].count == int(number), link


def test_the_overview_counts_what_its_link_lists(client, coo, creative, media, creative_head, media_head):
    measured(creative, media)
    make.issue(creative, make.department("Photo", parent=media))
    make.issue(creative, media)
    _, page = seen(client, coo)
    link, number = re.search(r'href="([^"]*)" aria-label="(\d+) issues in the court of Media"', page).groups()
    assert client.get(link).context["paginator"].count == int(number) == 2
