"""The pages of commitments: the ledger, one's own, how they are kept, and what is said where something is refused."""

import csv
from contextlib import nullcontext
from datetime import date, timedelta
from importlib import import_module
from io import StringIO
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection
from django.urls import reverse

from issues.ledger import Act
from issues.models import Commitment, Reason
from issues.services.assessing import close
from issues.services.committing import do
from tests import make
from tests.clock import NOW, TODAY

FRIDAY, A_DAY = date(2026, 11, 20), timedelta(days=1)


@pytest.fixture
def promise(designer, creative_head, media, media_head):
    return make.commitment(designer, media)


@pytest.fixture
def visit(client):
    def open_page(path, by, **asked):
        client.force_login(by)
        return client.get(path, asked)

    return open_page


def shown(response):
    return [row.commitment for row in response.context["rows"]]


def shown_of(response):
    """The commitments of the issue or the risk whose page it is."""
    return [row.commitment for row in response.context["commitments"]]


class TestMaking:
    SAID = {"what": "The brief", "to_department": "media", "due_on": "2026-11-20"}

    def send(self, client, by, query="", **said):
        client.force_login(by)
        return client.post(f"/commitments/new/{query}", self.SAID | {"who": by.username} | said)

    def test_one_of_ones_own(self, client, designer, media, creative):
        answer = self.send(client, designer)
        made = Commitment.objects.get()
        assert answer.headers["Location"] == f"/commitments/{made.pk}/"
        assert (made.who, made.made_by, made.department, made.to_department) == (designer, designer, creative, media)

    def test_staff_write_down_their_own_alone_and_heads_those_of_whom_they_lead(
        self, client, designer, creative_head, media
    ):
        assert b'type="hidden" name="who"' in self.send(client, designer, due_on="").content
        assert self.send(client, designer, who="creative-head").context["form"].errors["who"]
        assert self.send(client, creative_head, who="designer").status_code == 302
        assert Commitment.objects.get().who == designer

    @pytest.mark.parametrize(
        ("said", "field", "words"),
        [
            ({"due_on": "2026-11-17"}, "due_on", "Found 17 November 2026, expected today or later"),
            ({"due_on": "9999-12-31"}, "due_on", "at the latest"),
            ({"due_on": "Friday"}, "due_on", "Enter a valid date"),
            ({"what": "x" * 201}, "what", "at most 200 characters"),
            ({"what": "A\0brief"}, "what", "Null characters"),
            ({"to_department": ""}, "to_department", "Say to whom it is promised"),
            ({"to_department": "no\0where"}, "to_department", "departments listed"),
            ({"to_user": "designer"}, "to_user", "somebody else"),
            ({"to_user": "media-head"}, "to_user", ""),
            ({"to_user": "planner"}, "to_user", "Found “planner”, expected one of the people listed"),
            ({"who": "media-head"}, "who", "Found “media-head”, expected one of the people listed"),
            ({"who": ""}, "who", "required"),
        ],
        ids=str,
    )
    def test_what_cannot_be_is_said_and_what_was_typed_stays(
        self, client, designer, media_head, media, said, field, words
    ):
        make.user("planner", department=media)
        answer = self.send(client, designer, **said)
        if not words:  # heads are people that everybody may promise something
            assert answer.status_code == 302
            return
        assert answer.status_code == 200
        assert words in str(answer.context["form"].errors[field])
        assert answer.context["form"]["what"].value() == said.get("what", "The brief")
        assert not Commitment.objects.exists()

    def test_on_an_issue_each_department_writes_down_what_it_promises_itself(
        self, client, visit, creative, media, creative_head, media_head, designer
    ):
        issue = make.issue(creative, media, by=creative_head)
        page = visit(f"/commitments/new/?issue={issue.pk}", creative_head)
        assert page.context["form"].initial["to_department"] == "media"
        theirs = {"who": "media-head", "to_department": "creative"}
        refused = self.send(client, creative_head, f"?issue={issue.pk}", **theirs)
        assert "expected one of the people listed" in str(refused.context["form"].errors["who"])
        answer = self.send(client, media_head, f"?issue={issue.pk}", **theirs)
        assert answer.headers["Location"] == reverse("issues:issue", args=[issue.pk])
        made = Commitment.objects.get()
        assert (made.issue, made.who, made.department) == (issue, media_head, media)
        assert "The brief" in visit(f"/issues/{issue.pk}/", creative_head).text
        assert visit(f"/commitments/new/?issue={issue.pk}", designer).status_code == 403
        assert "Add a commitment" not in visit(f"/issues/{issue.pk}/", designer).text

    def test_an_issue_out_of_reach_is_none(self, visit, media, designer, agency, coo):
        issue = make.issue(media, make.department("IT", parent=agency), by=coo)
        assert visit(f"/commitments/new/?issue={issue.pk}", designer).status_code == 404
        assert visit("/commitments/new/?issue=x", designer).status_code == 404

    def test_from_another_page_it_carries_where_it_was_made(self, client, designer, media):
        self.send(client, designer, "?from=/status/creative/2026-W47/&from_words=Status+of+week+47")
        made = Commitment.objects.get()
        assert (made.origin, made.origin_url) == ("Status of week 47", "/status/creative/2026-W47/")
        self.send(client, designer, "?from=//elsewhere.example/&from_words=Here")
        assert Commitment.objects.latest("pk").origin_url == ""

    def test_what_lowers_a_risk_is_written_down_by_who_writes_for_its_department(
        self, client, visit, creative, creative_head, designer, media_head
    ):
        risk = make.risk(creative)
        assert f'href="/commitments/new/?risk={risk.pk}"' in visit(risk.url, creative_head).text
        assert self.send(client, creative_head, f"?risk={risk.pk}").headers["Location"] == risk.url
        assert shown_of(visit(risk.url, media_head)) == [Commitment.objects.get()]
        assert Commitment.objects.get().risk == risk
        for by in (designer, media_head):
            assert self.send(client, by, f"?risk={risk.pk}").status_code == 404
            self.send(client, by, f"?from={risk.url}&from_words=Risk: whatever", to_department="media")
        assert len(shown_of(visit(risk.url, creative_head))) == 1

    def test_nothing_lowers_a_risk_that_is_closed(self, client, creative, creative_head, coo, media):
        risk = make.risk(creative)
        close(risk, "It left.", by=coo, at=NOW)
        answer = self.send(client, creative_head, f"?risk={risk.pk}")
        assert "Coo closed this risk: It left. Reopen it first." in answer.text
        assert answer.context["form"]["what"].value() == "The brief"
        assert not Commitment.objects.exists()


class TestActing:
    def send(self, client, by, promise, noun, **said):
        client.force_login(by)
        return client.post(f"/commitments/{promise.pk}/{noun}/", {"edition": promise.edition} | said)

    def test_done_can_be_taken_back_from_the_message(self, client, promise, designer):
        answer = self.send(client, designer, promise, "completion", then="mine")
        assert answer.headers["Location"] == "/commitments/mine/"
        page = client.get("/commitments/mine/").text
        undo = f"/commitments/{promise.pk}/completion/reversal/?then=mine"
        assert f'action="{undo}"' in page
        assert client.post(undo).headers["Location"] == "/commitments/mine/"
        assert Commitment.objects.open().exists()

    @pytest.mark.parametrize(
        ("said", "words"),
        [
            ({"due_on": "2026-11-17"}, "Found 17 November 2026, expected today or later"),
            ({"due_on": "2026-11-20"}, "for which it is due already"),
            ({"reason": ""}, "This field is required"),
            ({"reason": "laziness"}, "laziness is not one of the available choices"),
            ({"reason": "other", "words": ""}, "explains nothing by itself"),
            ({"words": "x" * 1001}, "at most 1000 characters"),
            ({"words": "\0"}, "Null characters"),
            ({"edition": "0"}, "Designer promised it meanwhile"),
            ({"edition": "9" * 30}, "Designer promised it meanwhile"),
            ({"edition": "x"}, "Enter a whole number"),
        ],
        ids=str,
    )
    def test_a_date_that_cannot_be_moved_so_is_said_and_what_was_typed_stays(
        self, client, promise, designer, said, words
    ):
        typed = {"due_on": "2026-11-24", "reason": "client", "words": "On holiday."} | said
        answer = self.send(client, designer, promise, "date", **typed)
        form = answer.context["bound"]
        assert answer.status_code == 200
        assert words in str(form.errors)
        assert form["words"].value() == typed["words"]
        assert Commitment.objects.get().due_on == FRIDAY

    def test_a_stale_form_says_what_happened_keeps_the_words_and_knows_where_it_stands_now(
        self, client, promise, designer, creative_head
    ):
        stale = Commitment.objects.get()
        do(promise, Act.DONE, edition=1, by=creative_head, at=NOW)
        answer = self.send(client, designer, stale, "date", due_on="2026-11-24", reason="client", words="On holiday.")
        assert "Creative-Head did it meanwhile" in answer.text
        assert "On holiday." in answer.text
        assert 'name="edition" value="2"' in answer.text
        assert Commitment.objects.get().moved == 0

    def test_what_is_refused_to_who_works_through_a_list_leads_back_there_once_it_is_right(
        self, client, promise, designer
    ):
        typed = {"due_on": "2026-11-24", "reason": "other", "then": "mine"}
        answer = self.send(client, designer, promise, "date", **typed)
        assert answer.text.count('name="then" value="mine"') == len(answer.context["forms"])
        assert 'name="then"' not in client.get(f"/commitments/{promise.pk}/").text

    def test_a_person_out_of_reach_is_given_nothing(self, client, promise, designer, media_head):
        answer = self.send(client, designer, promise, "hand-over", who="media-head", words="Yours.")
        assert "Found “media-head”, expected one of the people listed." in answer.text.replace("&quot;", '"')

    def test_handing_it_over_says_why(self, client, promise, designer, creative_head):
        assert "Say why" in self.send(client, designer, promise, "hand-over", who="creative-head").text
        self.send(client, designer, promise, "hand-over", who="creative-head", words="Away.")
        assert Commitment.objects.get().who == creative_head

    def test_out_of_reach_is_a_404_and_not_ones_own_a_403(self, client, promise, agency, creative):
        stranger = make.user(department=make.department("IT", parent=agency))
        colleague = make.user(department=creative)
        assert self.send(client, stranger, promise, "completion").status_code == 404
        assert self.send(client, colleague, promise, "completion").status_code == 403
        assert Commitment.objects.open().exists()

    def test_its_page_tells_the_story_as_it_was_known(self, visit, promise, designer, media_head):
        do(promise, Act.MOVE, edition=1, due_on=FRIDAY + 4 * A_DAY, reason="client", words="Ill.", by=designer, at=NOW)
        page = visit(f"/commitments/{promise.pk}/", media_head)
        assert [entry.act for entry in page.context["entries"]] == ["make", "move"]
        assert "Waiting for the client" in page.text
        Commitment.objects.update(made_at=NOW - 3 * A_DAY)
        promise.entries.filter(number=1).update(at=NOW - 3 * A_DAY)
        then = visit(f"/commitments/{promise.pk}/", media_head, as_known_on=str(TODAY - A_DAY))
        assert [entry.act for entry in then.context["entries"]] == ["make"]
        assert (then.context["state"].word, then.context["forms"]) == ("Open", [])
        early = visit(f"/commitments/{promise.pk}/", media_head, as_known_on=str(TODAY - 9 * A_DAY))
        assert early.status_code == 404


class TestLedger:
    @pytest.fixture
    def ledger(self, designer, creative_head, creative, media, media_head):
        names = ["open", "kept", "moved", "missed", "released"]
        found = {name: make.commitment(designer, media, what=f"It is {name}", due_on=TODAY) for name in names}
        late = {"edition": 1, "at": NOW + 5 * A_DAY}
        do(found["kept"], Act.DONE, edition=1, by=designer, at=NOW)
        do(found["missed"], Act.DONE, by=designer, **late)
        do(found["released"], Act.RELEASE, edition=1, words="Why not.", by=media_head, at=NOW)
        do(found["moved"], Act.MOVE, edition=1, due_on=FRIDAY, reason="client", words="Ill.", by=designer, at=NOW)
        issue = make.issue(creative, media, by=creative_head)
        found["theirs"] = make.commitment(media_head, creative, what="Figures", due_on=FRIDAY, issue=issue)
        return found

    @pytest.mark.parametrize(
        ("asked", "names"),
        [
            ({}, ["open", "moved", "theirs"]),
            ({"state": "kept"}, ["kept"]),
            ({"state": "moved"}, ["moved"]),
            ({"state": "missed"}, []),
            ({"state": "released"}, ["released"]),
            ({"state": "all", "department": "media"}, ["theirs"]),
            ({"who": "media-head"}, ["theirs"]),
            ({"made_in": "issue"}, ["theirs"]),
            ({"made_in": "itself"}, ["open", "moved"]),
            ({"q": "ill"}, ["moved"]),
            ({"q": "figures media-head"}, ["theirs"]),
            ({"q": "budget"}, ["theirs"]),
            ({"q": "media", "who": "designer"}, ["open", "moved"]),
        ],
        ids=str,
    )
    def test_its_filters(self, visit, coo, ledger, asked, names):
        assert shown(visit("/commitments/", coo, **asked)) == [ledger[name] for name in names]

    def test_what_is_overdue_and_missed_as_days_go_by(self, visit, coo, ledger, time_machine):
        time_machine.move_to(NOW + 2 * A_DAY)
        assert shown(visit("/commitments/", coo, state="overdue")) == [ledger["open"]]
        missed = shown(visit("/commitments/", coo, state="missed"))
        assert missed == [ledger["missed"], ledger["moved"], ledger["open"]]

    @pytest.mark.parametrize(
        "asked", [{"state": "lost"}, {"department": "nowhere"}, {"who": "\0"}, {"q": "\0"}], ids=str
    )
    def test_what_it_does_not_know_is_a_400(self, visit, coo, ledger, asked):
        assert visit("/commitments/", coo, **asked).status_code == 400

    def test_staff_find_neither_what_they_do_not_reach_nor_whose_it_is(self, visit, ledger, agency):
        technician = make.user(department=make.department("IT", parent=agency))
        page = visit("/commitments/", technician, state="all")
        assert (shown(page), page.context["people"], page.context["departments"]) == ([], [], [])
        assert visit("/commitments/", technician, who="designer").status_code == 400

    @pytest.mark.parametrize(("made_for", "words"), [("issue", "an issue"), ("risk", "a risk")])
    def test_of_an_issue_or_a_risk_only_those_read_who_reach_it(
        self, visit, creative, coo, creative_head, made_for, words
    ):
        it = make.department("IT", parent=creative.parent)
        technician, kind = make.user("technician", department=it), {"issue": make.issue, "risk": make.risk}[made_for]
        places = [creative, make.department("Media")] if made_for == "issue" else [creative]
        made = make.commitment(creative_head, it, **{made_for: kind(*places, title="A secret", by=creative_head)})
        paths = [f"/commitments/{made.pk}/", "/commitments/", "/commitments/table.csv", "/search/"]
        pages = [visit(path, technician, q="brief").content.decode() for path in paths]
        assert all("Send the brief" in page and "A secret" not in page for page in pages)
        assert all(words in page for page in pages[:3])
        assert shown(visit("/commitments/", technician, q="secret")) == []
        assert shown(visit("/commitments/", coo, q="secret")) == [made]
        assert "A secret" in visit(paths[0], coo).text

    def test_as_a_file_it_has_them_all(self, visit, coo, ledger, time_machine):
        time_machine.move_to(NOW + 6 * A_DAY)
        text = visit("/commitments/table.csv", coo, state="all").content.decode("utf-8-sig")
        rows = list(csv.DictReader(StringIO(text)))
        assert {row["what"]: (row["state"], row["kept"]) for row in rows} == {
            "It is open": ("Overdue", "no"),
            "It is kept": ("Kept", "yes"),
            "It is moved": ("Overdue", "no"),
            "It is missed": ("Done late", "no"),
            "It is released": ("Released", ""),
            "Figures": ("Overdue", "no"),
        }
        assert visit("/commitments/table.xlsx", coo).content.startswith(b"PK")

    @pytest.mark.parametrize("path", ["/commitments/", "/commitments/mine/", "/commitments/kept/"])
    def test_many_take_as_many_queries_as_few(
        self, visit, ledger, designer, media, path, django_assert_max_num_queries
    ):
        visit(path, designer)
        with django_assert_max_num_queries(60) as few:
            visit(path, designer)
        for _ in range(20):
            make.commitment(designer, media)
        with django_assert_max_num_queries(len(few)):
            visit(path, designer)


class TestMine:
    def test_one_list_by_when_it_is_due(self, visit, designer, media, media_head, time_machine):
        days = [0, 1, 2, 4, 5, 11, 12]
        for day in days:
            make.commitment(designer, media, what=f"Day {day}", due_on=TODAY + day * A_DAY)
        make.commitment(media_head, media, what="Not mine")
        time_machine.move_to(NOW + A_DAY)
        groups = visit("/commitments/mine/", designer).context["groups"]
        assert [(name, [row.commitment.what for row in rows]) for name, rows in groups] == [
            ("Overdue", ["Day 0"]),
            ("Today", ["Day 1"]),
            ("This week", ["Day 2", "Day 4"]),
            ("Next week", ["Day 5", "Day 11"]),
            ("Later", ["Day 12"]),
        ]

    def test_what_others_promised_me(self, visit, designer, creative_head, media):
        theirs = make.commitment(designer, creative_head)
        groups = visit("/commitments/mine/", creative_head, whose="theirs").context["groups"]
        assert [row.commitment for _, rows in groups for row in rows] == [theirs]
        assert "Nobody has promised you anything" in visit("/commitments/mine/", designer, whose="theirs").text


class TestKept:
    def test_by_week_and_department_with_reasons_and_no_person(
        self, visit, coo, designer, media, media_head, creative, time_machine
    ):
        for number in range(4):
            promise = make.commitment(designer, media)
            if number:
                do(promise, Act.DONE, edition=1, by=designer, at=NOW)
            else:
                do(promise, Act.MOVE, edition=1, due_on=FRIDAY + A_DAY, reason="tools", by=designer, at=NOW)
        make.commitment(media_head, creative)
        time_machine.move_to(NOW + 7 * A_DAY)
        page = visit("/commitments/kept/", coo)
        assert page.context["department"].slug == "agency"
        assert "3 of 5 kept" in page.text
        assert page.context["said"].replace("\xa0", " ").startswith("60 % in W47 2026.")
        assert page.context["bars_said"] == "1 date was moved; tools or systems (1) makes up 100 % of that."
        assert "3 of 4 kept" in visit("/commitments/kept/", coo, department="creative").text
        assert [bar.reason for bar in page.context["bars"]] == [Reason.TOOLS]
        assert designer.name not in page.text

    def test_what_was_moved_and_done_by_its_first_date_is_kept_and_the_page_says_no_other(
        self, visit, coo, promise, designer, time_machine
    ):
        do(promise, Act.MOVE, edition=1, due_on=FRIDAY + A_DAY, reason="tools", by=designer, at=NOW)
        do(promise, Act.DONE, edition=2, by=designer, at=NOW)
        time_machine.move_to(NOW + 7 * A_DAY)
        page = visit("/commitments/kept/", coo).text
        assert "1 of 1 kept" in page
        assert "done by the date first promised, whatever it was moved to" in page

    def test_staff_see_their_own_department(self, visit, designer, creative, media):
        page = visit("/commitments/kept/", designer)
        assert (page.context["department"], page.context["departments"]) == (creative, [creative])
        assert visit("/commitments/kept/", designer, department="media").status_code == 400

    def test_before_a_week_is_over_it_says_so(self, visit, coo, promise):
        assert "Nothing was due yet" in visit("/commitments/kept/", coo).text


def test_what_is_asked_with_an_act_is_named_by_its_question(visit, promise, designer, creative, media, media_head):
    page = visit(f"/commitments/{promise.pk}/", designer).text
    assert all(f'">{label}' in page for label in ("New date</label>", "Reason</label>", "Anything to add? <span"))
    issue = make.issue(creative, media)
    assert '">To</label>' in visit(f"/issues/{issue.pk}/", media_head).text


def test_treatments_from_before_they_were_rows_of_their_risk_are_found_by_its_address(creative, creative_head, media):
    risk, issue = make.risk(creative), make.issue(creative, media)
    there = [
        {"origin": "Risk: A client leaves", "origin_url": risk.url},
        {"origin": "Risk: Gone", "origin_url": "/risks/999/"},
        {"origin": str(issue), "origin_url": f"/issues/{issue.pk}/", "issue": issue},
    ]
    for said in there:
        make.commitment(creative_head, media, **said)
    migration = import_module("issues.migrations.0008_treatments")
    with connection.schema_editor(atomic=False) if connection.vendor == "postgresql" else nullcontext() as editor:
        migration.name_what_they_were_made_for(apps, editor or SimpleNamespace(connection=connection))
    found = Commitment.objects.order_by("pk").values_list("risk", "issue", "origin")
    assert list(found) == [(risk.pk, None, ""), (None, None, "Risk: Gone"), (None, issue.pk, "")]
