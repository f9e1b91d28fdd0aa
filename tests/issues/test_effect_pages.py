"""The pages of measures: taking one, its page, the strip, the ledger, and who hears of a verdict."""

import csv
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.db import connection
from django.urls import reverse

from departments.models import Notification
from issues.ledger import Act
from issues.models import Measure, MeasureWithdrawal
from issues.selectors.effect_ledger import by_department, by_kind
from issues.selectors.effects import verdicts
from issues.selectors.strip import Station, strip
from issues.services.committing import do
from issues.services.looking_again import tell_effects
from issues.services.measuring import withdraw
from kpis.effect import Effect
from kpis.models import Phase
from kpis.services.rollups import drain
from tests import make
from tests.clock import NOW, TODAY
from tests.issues.test_effects import A_SPACE, DAY, WEEK, handed_in, weeks_ago


@pytest.fixture
def kpi(creative):
    return make.kpi(creative, code="on-time", name="On-time delivery", unit="%")


@pytest.fixture
def worked(kpi, creative, creative_head):
    handed_in(kpi, creative, after=112)
    return make.measure(kpi, creative, by=creative_head)


@pytest.fixture
def visit(client):
    def open_page(path, by, **asked):
        client.force_login(by)
        return client.get(path, asked)

    return open_page


class TestTaking:
    SAID = {
        "series": "on-time@creative", "what": "A checklist", "kind": "process", "way": "up", "size": "10",
        "effective_on": "2026-11-23", "look_on": "2027-03-01",
    }  # fmt: skip

    @pytest.fixture(autouse=True)
    def half_a_year(self, kpi, creative):
        handed_in(kpi, creative)

    def send(self, client, by, query="", **said):
        client.force_login(by)
        return client.post(f"/effects/new/{query}", self.SAID | said)

    def test_a_measure_is_recorded_and_how_long_it_takes_is_told(self, client, creative_head, kpi, creative):
        answer = self.send(client, creative_head)
        made = Measure.objects.get()
        assert answer.headers["Location"] == made.url == f"/effects/{made.pk}/"
        assert (made.kpi, made.department, made.size, made.made_by) == (kpi, creative, Decimal(10), creative_head)
        assert Phase.objects.get().starts_on == made.effective_on
        told = client.get(made.url).text
        assert f"Recorded: A checklist. +10{A_SPACE}pts would be found within" in told

    @pytest.mark.parametrize(
        ("said", "field", "words"),
        [
            ({"size": "0"}, "size", "Found “0”, expected a number above 0"),
            ({"size": "-3"}, "size", "Found “-3”, expected a number above 0"),
            ({"size": "a lot"}, "size", "Found “a lot”, expected a number"),
            ({"size": "1.234"}, "size", "expected 1234 or 1.2340"),
            ({"size": ""}, "size", "required"),
            ({"size": "0,0000001"}, "size", "six decimals"),
            ({"look_on": "2026-11-23"}, "look_on", "Found 23 November 2026, expected a day from 24 November 2026"),
            ({"look_on": "2099-01-01"}, "look_on", "expected a day from"),
            ({"effective_on": "2020-01-01"}, "effective_on", "Found 1 January 2020, expected a day from"),
            ({"effective_on": "soon"}, "effective_on", "Enter a valid date"),
            ({"series": "on-time@media"}, "series", "Found “on-time@media”, expected one of the KPIs listed"),
            ({"series": ""}, "series", "Choose one"),
            ({"kind": ""}, "kind", "Choose one"),
            ({"kind": "luck"}, "kind", "not one of the available choices"),
            ({"what": "x" * 141}, "what", "at most 140 characters"),
            ({"what": "A\0list"}, "what", "Null characters"),
        ],
        ids=str,
    )
    def test_what_cannot_be_is_said_and_what_was_typed_stays(self, client, creative_head, said, field, words):
        answer = self.send(client, creative_head, **said)
        assert answer.status_code == 200
        assert words in str(answer.context["form"].errors[field])
        assert answer.context["form"]["what"].value() == said.get("what", "A checklist")
        assert not Measure.objects.exists()

    def test_what_is_too_little_to_be_found_is_said_at_once_and_recorded_all_the_same_where_somebody_insists(
        self, client, creative_head
    ):
        refused = self.send(client, creative_head, size="1")
        assert f"Found 1.0{A_SPACE}pts, expected 2.0" in str(refused.context["form"].errors["size"])
        assert "more than 52 weeks to tell" in refused.text
        assert 'name="anyway"' in refused.text
        assert not Measure.objects.exists()
        assert self.send(client, creative_head, size="1", anyway="on").status_code == 302

    def test_too_few_values_before_are_said_at_once(self, client, creative_head, creative):
        make.kpi(creative, code="fresh")
        refused = self.send(client, creative_head, series="fresh@creative")
        assert "Found 0 weeks with a value before it, expected 8 or more" in refused.text

    def test_from_a_kpi_and_from_an_issue_the_series_is_chosen_already(
        self, visit, creative_head, kpi, creative, media
    ):
        page = visit("/effects/new/", creative_head, kpi="on-time", department="creative")
        assert page.context["form"].initial["series"] == "on-time@creative"
        assert page.context["form"].initial["way"] == "up"
        assert "in the last 26 weeks, varying by about" in page.text
        issue = make.issue(media, creative, kpi=kpi)
        page = visit("/effects/new/", creative_head, issue=issue.pk)
        assert page.context["form"].initial["series"] == "on-time@creative"
        assert visit("/effects/new/", creative_head, kpi="nothing").context["form"].initial["series"] == ""

    def test_what_is_known_of_a_series_follows_what_is_chosen(self, visit, creative_head, creative):
        other = make.kpi(creative, code="other", name="Rework")
        handed_in(other, creative, before=10, after=10)
        page = visit("/effects/new/", creative_head, kpi="on-time", series="other@creative")
        assert "Rework in Creative: " in page.context["known"]
        assert page.context["form"]["series"].value() == "other@creative"

    def test_on_an_issue_it_stands_there(self, client, creative_head, creative, media):
        issue = make.issue(media, creative, by=creative_head)
        self.send(client, creative_head, f"?issue={issue.pk}")
        assert Measure.objects.get().issue == issue
        page = client.get(reverse("issues:issue", args=[issue.pk])).text
        assert "Effect of A checklist, 23 Nov 2026" in page
        assert "too early: 14 more weeks" in page

    def test_who_writes_nowhere_records_none_and_nobody_elsewhere(self, client, visit, designer, ceo, media_head):
        for by in (designer, ceo):
            assert visit("/effects/new/", by).status_code == 404
            assert "Record a measure" not in visit("/effects/", by).text
        assert self.send(client, media_head).context["form"].errors["series"]
        assert visit("/effects/new/", media_head, issue=99).status_code == 404
        assert visit("/effects/new/", media_head, issue="x").status_code == 404


class TestItsPage:
    def test_it_says_what_the_verdict_rests_on(self, visit, worked, creative_head):
        page = visit(worked.url, creative_head)
        assert page.context["verdict"].effect == Effect.WORKED
        assert f"99.7 → 112.0{A_SPACE}%, from 26 weeks before it to 13 weeks after" in page.text
        assert [point.detail for point in page.context["points"]] == ["after"] * 13 + ["before"] * 26
        assert {point.kind for point in page.context["points"] if point.rules} == {"improvement"}
        assert "After values had come in" in page.text

    def test_out_of_reach_is_as_if_it_were_none(self, visit, worked, media):
        planner = make.user("planner", department=media)
        assert visit(worked.url, planner).status_code == visit("/effects/999/", planner).status_code == 404

    def test_it_is_withdrawn_with_a_reason_and_brought_back(self, client, worked, creative_head, media_head):
        client.force_login(creative_head)
        refused = client.post(f"{worked.url}withdrawal/", {"why": ""})
        assert "Say why" in refused.text
        client.post(f"{worked.url}withdrawal/", {"why": "It was never begun."})
        page = client.get(worked.url).text
        assert "Withdrawn: It was never begun." in page
        assert not Phase.objects.current()
        client.post(f"{worked.url}restoration/")
        assert Measure.objects.standing().get() == worked
        assert Phase.objects.current().count() == 1
        client.force_login(media_head)
        assert client.post(f"{worked.url}withdrawal/", {"why": "No."}).status_code == 404
        assert client.post(f"{worked.url}restoration/").status_code == 404

    def test_who_withdraws_second_is_told(self, client, worked, creative_head, coo):
        withdraw(worked, "Wrong KPI.", by=coo, at=NOW)
        client.force_login(creative_head)
        answer = client.post(f"{worked.url}withdrawal/", {"why": "Never done."})
        assert "Coo withdrew it already: Wrong KPI." in answer.text
        assert "Never done." in answer.text
        assert MeasureWithdrawal.objects.count() == 1

    def test_as_known_before_it_was_taken_there_is_none(self, visit, worked, creative_head):
        assert visit(worked.url, creative_head, as_known_on="2026-11-17").status_code == 404
        assert "Withdraw" in visit(worked.url, creative_head).text

    def test_as_known_on_a_day_it_shows_the_verdict_of_then(self, visit, kpi, creative, creative_head):
        handed_in(kpi, creative, after=112, at=NOW - 2 * WEEK)
        measure = make.measure(kpi, creative, by=creative_head, at=NOW - 9 * WEEK, look_on=weeks_ago(2))
        make.event(creative, starts_on=weeks_ago(6))
        assert visit(measure.url, creative_head).context["verdict"].effect == Effect.UNKNOWN
        then = visit(measure.url, creative_head, as_known_on=str(weeks_ago(1)))
        assert then.context["verdict"].effect == Effect.WORKED
        assert "Withdraw" not in then.text


class TestStrip:
    @pytest.fixture
    def loop(self, kpi, creative, creative_head, media, media_head, designer):
        """A signal, an issue of it, two promises, and a measure that worked."""
        handed_in(kpi, creative, after=112)
        signal = make.signal(kpi, creative, period=weeks_ago(20))
        issue = make.issue(media, creative, "Late briefs", by=media_head, kpi=kpi, signal=signal, at=NOW - 15 * WEEK)
        kept = make.commitment(designer, media, due_on=TODAY, issue=issue)
        do(kept, Act.DONE, edition=1, by=designer, at=NOW)
        make.commitment(creative_head, media, due_on=TODAY + WEEK, issue=issue)
        return make.measure(kpi, creative, issue=issue)

    def stations(self, measure, reader, **more):
        (found,) = verdicts(Measure.objects.filter(pk=measure.pk), on=TODAY)
        return strip(reader=reader, on=TODAY, verdict=found, **more)

    def test_from_the_signal_to_the_effect(self, loop, creative_head):
        signal, agenda, issue, promises, effect = self.stations(loop, creative_head)
        assert (signal.words, signal.on, signal.url) == (
            "beyond a limit", weeks_ago(20), f"/signals/{loop.issue.signal_id}/",
        )  # fmt: skip
        assert (agenda.words, agenda.nothing) == ("", "not on one")
        assert (issue.name, issue.words, issue.on) == (
            f"Issue {loop.issue_id}", "Late briefs, open", (NOW - 15 * WEEK).date(),
        )  # fmt: skip
        assert (promises.name, promises.words) == ("2 promises", "1 kept, 1 open")
        assert (effect.words, effect.url, effect.kind) == (f"worked: 99.7 → 112.0{A_SPACE}%", loop.url, "worked")

    def test_the_agenda_comes_from_whoever_knows_it(self, loop, creative_head):
        met = Station("Agenda", "accepted, 8 min", "/meetings/3/", weeks_ago(19))
        assert self.stations(loop, creative_head, agenda=met)[1] == met

    def test_without_an_issue_there_is_its_effect_alone(self, worked, creative_head):
        assert [bool(each.words) for each in self.stations(worked, creative_head)] == [False] * 4 + [True]

    def test_of_an_issue_out_of_reach_nothing_is_told(self, kpi, creative, agency, designer, coo):
        handed_in(kpi, creative)
        one, other = make.department("One", parent=agency), make.department("Other", parent=agency)
        issue = make.issue(one, other, "Between the two", by=coo)
        measure = make.measure(kpi, creative, issue=issue, by=coo)
        stations = self.stations(measure, designer)
        assert (stations[2].words, stations[2].url) == ("between other departments", "")
        assert "Between the two" not in str(stations)

    def test_it_stands_on_the_pages_of_the_measure_the_issue_and_the_kpi(self, visit, loop, creative_head):
        said = f"worked: 99.7 → 112.0{A_SPACE}%"
        for path in (loop.url, f"/issues/{loop.issue_id}/", "/kpis/on-time/"):
            page = visit(path, creative_head).text
            assert said in page, path
            assert "1 kept, 1 open" in page

    def test_where_one_department_alone_measures_it_the_total_shows_its_measures(self, visit, worked, coo, agency):
        page = visit("/kpis/on-time/", coo, department="agency")
        assert "Effect of A checklist for briefs" in page.text
        assert "/effects/new/?kpi=on-time&amp;department=creative" in page.text

    def test_an_issue_without_a_measure_shows_how_far_it_is(self, visit, creative, media, creative_head):
        issue = make.issue(creative, media)
        page = visit(f"/issues/{issue.pk}/", creative_head)
        assert "no measure was taken" in page.text
        assert f"/effects/new/?issue={issue.pk}" in page.text

    def test_a_page_as_known_on_a_day_knows_of_no_later_measure(self, visit, loop, creative_head):
        then = visit("/kpis/on-time/", creative_head, as_known_on="2026-11-17").text
        assert "A checklist for briefs" not in then
        assert "Record a measure" not in then

    def test_a_new_measure_makes_a_page_another_one(self, client, kpi, creative, creative_head, worked):
        client.force_login(creative_head)
        client.get("/effects/new/")  # forms have a secret now
        tag = client.get("/kpis/on-time/").headers["ETag"]
        assert client.get("/kpis/on-time/", headers={"If-None-Match": tag}).status_code == 304
        withdraw(worked, "Wrong.", by=creative_head, at=NOW)
        if connection.vendor == "postgresql":  # as a commit does
            connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")
        assert client.get("/kpis/on-time/", headers={"If-None-Match": tag}).status_code == 200


class TestLedger:
    @pytest.fixture
    def ledger(self, kpi, creative, media, creative_head, media_head):
        """Two of Creative's trainings, one of which worked; a tool of Media that changed nothing; one too early."""
        other, theirs = make.kpi(creative), make.kpi(media)
        for each, after in ((kpi, 112), (other, 100)):
            handed_in(each, creative, after=after)
            make.measure(each, creative, f"Training in {each}", kind="training")
        handed_in(theirs, media)
        make.measure(theirs, media, "A new tool", kind="tool")
        return make.measure(
            make.kpi(media), media, "More hands", kind="staffing", effective_on=TODAY, look_on=TODAY + WEEK
        )

    def test_it_counts_how_often_each_kind_worked_of_how_many_that_are_decided(self, ledger):
        found = verdicts(Measure.objects.order_by("pk"), on=TODAY)
        assert {each.name: (each.worked, each.decided, each.all) for each in by_kind(found)} == {
            "Training": (1, 2, 2), "Staffing": (0, 0, 1), "Process": (0, 0, 0), "Tool": (0, 1, 1), "Policy": (0, 0, 0),
        }  # fmt: skip
        assert [(each.name, each.worked, each.decided) for each in by_department(found)] == [
            ("Creative", 1, 2), ("Media", 0, 1),
        ]  # fmt: skip
        assert [each.share for each in by_kind(found)] == [50, None, None, 0, None]

    def test_each_sees_what_they_reach_and_filters_it(self, visit, ledger, designer, coo):
        def shown(by, **asked):
            return [found.measure.what for found, _ in visit("/effects/", by, **asked).context["rows"]]

        assert len(shown(coo)) == 4
        assert {what.split(" in ")[0] for what in shown(designer)} == {"Training"}
        assert shown(coo, department="media") == ["More hands", "A new tool"]
        assert shown(coo, kind="tool") == shown(coo, effect="none", department="media") == ["A new tool"]
        assert shown(coo, effect="worked") == ["Training in On-time delivery"]
        assert visit("/effects/", designer, department="media").status_code == 400
        assert "No measure fits" in visit("/effects/", coo, kind="policy").text

    def test_htmx_gets_the_very_part_that_the_page_includes(self, client, ledger, coo):
        client.force_login(coo)
        page, part = client.get("/effects/"), client.get("/effects/", headers={"HX-Request": "true"})
        assert part.text.strip() in page.text
        assert "<h1>" not in part.text

    def test_it_is_a_file_as_well(self, visit, ledger, coo):
        rows = list(csv.DictReader(StringIO(visit("/effects/table.csv", coo).content.decode("utf-8-sig"))))
        assert [(row["what was done"], row["verdict"]) for row in rows][-2:] == [
            ("Training in " + rows[-2]["KPI"], "no detectable change"),
            ("Training in On-time delivery", "worked"),
        ]
        assert len(rows) == 4

    def test_a_withdrawn_measure_counts_no_more_but_then(self, visit, ledger, coo):
        withdraw(ledger, "Nobody was found.", by=coo, at=NOW)
        assert len(visit("/effects/", coo).context["rows"]) == 3
        assert visit("/effects/", coo, as_known_on="2026-11-17").context["rows"] == []

    def test_where_there_is_none_the_page_says_what_it_is(self, visit, creative_head, designer):
        assert "Record a measure" in visit("/effects/", creative_head).text
        assert "Heads of departments and the COO record" in visit("/effects/", designer).text


class TestTelling:
    def told(self):
        return [(each.to.username, each.subject, each.why) for each in Notification.objects.order_by("pk")]

    def test_a_verdict_is_told_once_to_who_took_it_the_head_and_the_coo(self, kpi, creative, creative_head, coo):
        handed_in(kpi, creative, after=112)
        deputy = make.user("planner", department=creative)
        measure = make.measure(kpi, creative, by=deputy)
        assert tell_effects(now=NOW) == 3
        assert tell_effects(now=NOW + DAY) == 0
        subject = "A checklist for briefs: worked: 99.7 → 112.0 %"
        assert self.told() == [
            ("coo", subject, "You are the COO."),
            ("creative-head", subject, "You are asked for Creative."),
            ("planner", subject, "You recorded this measure."),
        ]
        assert {(each.url, each.kind) for each in Notification.objects.all()} == {(measure.url, "effect")}

    def test_when_the_day_to_look_again_comes_too_early_that_is_told_and_the_verdict_later(
        self, kpi, creative, creative_head
    ):
        handed_in(kpi, creative, after=130, weeks=2)
        measure = make.measure(kpi, creative, size=Decimal(16), look_on=weeks_ago(11))
        assert tell_effects(now=NOW) == tell_effects(now=NOW) + 1 == 1
        make.observations(kpi, creative, {weeks_ago(11): 130, weeks_ago(10): 131})
        drain(now=NOW)
        assert tell_effects(now=NOW) == 1
        assert [subject.split(": ")[1] for _, subject, _ in self.told()] == ["too early", "worked"]
        assert measure.url

    def test_before_the_day_to_look_again_nobody_hears(self, kpi, creative, creative_head):
        handed_in(kpi, creative, after=112)
        make.measure(kpi, creative, look_on=TODAY + DAY)
        assert tell_effects(now=NOW) == 0
        assert tell_effects(now=NOW + DAY) == 1

    def test_only_on_working_days_from_nine_on(self, worked):
        make.calendar()
        assert tell_effects(now=NOW - timedelta(hours=2)) == 0
        assert tell_effects(now=NOW + 3 * DAY) == 0

    def test_what_was_withdrawn_or_is_long_over_is_no_news(self, worked, kpi, creative, creative_head):
        withdraw(worked, "Wrong.", by=creative_head, at=NOW)
        make.measure(kpi, creative, "Of old", effective_on=weeks_ago(31), look_on=weeks_ago(30))
        assert tell_effects(now=NOW) == 0

    def test_who_left_hears_nothing(self, kpi, creative, creative_head):
        handed_in(kpi, creative, after=112)
        gone = make.user("gone", department=creative)
        make.measure(kpi, creative, by=gone)
        gone.leaves_on = TODAY - DAY
        gone.save()
        assert tell_effects(now=NOW) == 1
        assert [to for to, *_ in self.told()] == ["creative-head"]
