from datetime import timedelta

import pytest
from django.urls import reverse

from kpis.models import Observation, Signal
from kpis.services.explaining import explain
from meetings import weeks
from meetings.models import StatusDraft, WeeklyStatus
from meetings.services.drafting import DraftChanged, save_draft
from tests import make
from tests.clock import NOW, TODAY

WEEK = weeks.week_of(TODAY)
LAST = WEEK - timedelta(weeks=1)


@pytest.fixture
def writer(client, creative_head):
    client.force_login(creative_head)
    return client


def address(name="writing", slug="creative", week=WEEK):
    return reverse(f"meetings:{name}", args=[slug, week])


def typed(**fields):
    return {"health": "on", "headline": "Two launches on time.", "edition": "0", "base": "", **fields}


def current(department):
    return WeeklyStatus.objects.current().get(department=department, week=WEEK)


def test_a_status_that_is_sent_says_all_that_was_typed(writer, creative, creative_head, media):
    plan = "Film\n- Templates"
    answer = writer.post(
        address(),
        typed(
            progress="Won the pitch\n\n* Hired", plans=plan, problems="Printer", confidence="80",
            need="Numbers by Tuesday", need_of=media.pk,
        ),
    )  # fmt: skip

    status = current(creative)
    assert answer.status_code == 302
    assert (status.health, status.headline, status.confidence) == ("on", "Two launches on time.", 80)
    assert (status.need, status.need_of, status.recorded_by) == ("Numbers by Tuesday", media, creative_head)
    assert [(item.kind, item.text) for item in status.items.all()] == [
        ("plan", "Film"), ("plan", "Templates"), ("problem", "Printer"), ("progress", "Won the pitch"),
        ("progress", "Hired"),
    ]  # fmt: skip


def test_last_weeks_plans_are_done_carried_or_dropped_for_a_reason(writer, creative):
    last = make.status(creative, week=LAST, plans=("Film", "Retoucher", "Library"), confidence=90)
    film, retoucher, library = last.items.all()
    answers = {f"outcome-{film.pk}": "done", f"outcome-{library.pk}": "dropped", f"reason-{library.pk}": "No money"}

    writer.post(address(), typed(confidence="70", plans="Templates", **answers))

    status = current(creative)
    assert [(r.plan.text, r.outcome, r.reason) for r in status.reviews.all()] == [
        ("Film", "done", ""), ("Retoucher", "carried", ""), ("Library", "dropped", "No money"),
    ]  # fmt: skip
    plans = [(item.text, item.carries, item.age) for item in status.items.filter(kind="plan")]
    assert plans == [
        ("Retoucher", retoucher, 1),
        ("Templates", None, 0),
    ]


def test_a_plan_is_not_dropped_without_a_reason_and_what_was_typed_stays(writer, creative):
    last = make.status(creative, week=LAST, plans=("Film",), confidence=90)
    (film,) = last.items.all()

    page = writer.post(address(), typed(**{f"outcome-{film.pk}": "dropped"}, problems="Printer"))

    assert "dropped? Say why it is dropped." in page.text
    assert "Printer</textarea>" in page.text
    assert not WeeklyStatus.objects.filter(week=WEEK).exists()


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("headline", "x" * 141, "Found 141 characters, expected at most 140."),
        ("headline", " ", "Say in a line how the week was."),
        ("health", "", "Say how the department is."),
        ("health", "fine", "Found “fine”, expected On track, At risk or Off track."),
        ("progress", "a\nb\nc\nd\ne\nf", "Found 6 items, expected at most 5, one a line."),
        ("problems", "x" * 301, "Item 1 has 301 characters, expected at most 300."),
        ("confidence", "101", "Found “101”, expected a whole number from 0 to 100."),
        ("confidence", "sure", "Found “sure”, expected a whole number from 0 to 100."),
        ("confidence", "²", "Found “²”, expected a whole number from 0 to 100."),
        ("confidence", "1" * 5000, "Found “11111111111111111111…”, expected a whole number from 0 to 100."),
        ("confidence", "", "Say how sure you are, from 0 to 100."),
        ("need", "Numbers", "Choose the department that you need it from."),
        ("need_of", "999999", "Found a department that cannot be asked: choose one of the list."),
    ],
)
def test_what_cannot_be_sent_is_said_and_stays(writer, creative, field, text, said):
    page = writer.post(address(), typed(plans="Film", confidence="80") | {field: text})

    assert page.status_code == 200
    assert said in page.text
    assert not WeeklyStatus.objects.exists()
    assert StatusDraft.objects.get().content.get(field, "") == text
    assert "Film</textarea>" in writer.get(address()).text


def test_carried_plans_take_up_places_of_new_ones(writer, creative):
    make.status(creative, week=LAST, plans=("a", "b", "c", "d"), confidence=90)

    two = writer.post(address(), typed(plans="e\nf", confidence="50"))
    make.status(creative, week=LAST, plans=tuple("abcde"), instead_of=creative.statuses.get(), confidence=90)
    one = writer.post(address(), typed(plans="f", confidence="50", edition="1"))

    assert "Found 2 items beside 4 carried, expected at most 1, one a line." in two.text
    assert "Found 1 item beside 5 carried, expected none: drop one, or say that it is done." in one.text


def test_an_unchanged_week_is_the_last_one_sent_again(writer, creative):
    make.status(creative, week=LAST, health="risk", headline="Sign-off is slow.", plans=("Film",), confidence=60)

    form = writer.get(address()).context["form"]
    shown = {name: form[name].value() for name in ("health", "headline", "confidence")}
    writer.post(address(), shown | {"edition": "0", "base": ""})

    status = current(creative)
    assert (status.health, status.headline, status.confidence) == ("risk", "Sign-off is slow.", 60)
    assert [(item.text, item.age) for item in status.items.all()] == [("Film", 1)]


@pytest.fixture
def otd(creative):
    return make.ratio(creative, code="otd", name="On time")


class TestValues:
    def cell(self, otd):
        return f"v-{otd.pk}-{WEEK}"

    def test_missing_values_are_recorded_with_it(self, writer, creative, creative_head, otd):
        writer.post(address(), typed(**{self.cell(otd): "37 / 39"}))

        found = Observation.objects.get()
        assert (found.numerator, found.denominator, found.date) == (37, 39, WEEK)
        assert current(creative).batch == found.batch
        assert found.batch.recorded_by == creative_head

    @pytest.mark.parametrize(
        ("text", "said"),
        [("37", "two numbers with a slash"), ("x / 2", "a number"), ("5 / 0", "a number other than 0")],
    )
    def test_a_value_that_cannot_be_is_told_beside_its_field_and_nothing_is_sent(self, writer, otd, text, said):
        page = writer.post(address(), typed(**{self.cell(otd): text}))

        assert said in page.context["form"].errors[self.cell(otd)][0]
        assert f'value="{text}"' in page.text
        assert not WeeklyStatus.objects.exists()
        assert not Observation.objects.exists()

    def test_one_that_is_out_of_bounds_is_refused_with_the_bound(self, writer, creative):
        share = make.ratio(creative, most=100)

        page = writer.post(address(), typed(**{self.cell(share): "50 / 45"}))

        assert "100" in page.context["form"].errors[self.cell(share)][0]
        assert 'value="50 / 45"' in page.text
        assert not WeeklyStatus.objects.exists()

    def test_one_that_came_meanwhile_is_not_written_over(self, writer, creative, creative_head, otd):
        make.observations(otd, creative, {WEEK: (30, 39)}, by=creative_head)

        page = writer.post(address(), typed(**{self.cell(otd): "37 / 39"}))

        assert "recorded “30 / 39”. You gave “37 / 39”" in page.text
        assert Observation.objects.count() == 1

    def test_one_that_was_typed_before_it_came_is_still_shown(self, writer, creative, creative_head, otd):
        writer.post(address(), typed(save="1", **{self.cell(otd): "37 / 39"}))
        make.observations(otd, creative, {WEEK: (30, 39)}, by=creative_head)

        assert 'value="37 / 39"' in writer.get(address()).text

    def test_one_that_came_and_was_never_typed_is_not_asked_for(self, writer, creative, otd):
        make.observations(otd, creative, {WEEK: (30, 39)})

        assert self.cell(otd) not in writer.get(address()).text

    def test_one_that_is_not_asked_for_any_more_is_not_lost_without_a_word(self, writer, creative, otd):
        otd.retired_on = WEEK
        otd.save()

        page = writer.post(address(), typed(**{self.cell(otd): "37 / 39"}))

        assert "“37 / 39” was typed where nothing is asked for any more" in page.text
        assert not WeeklyStatus.objects.exists()
        writer.post(address(), typed(edition="1"))
        assert current(creative).headline == "Two launches on time."

    def test_undoing_takes_them_back(self, writer, creative, otd):
        writer.post(address(), typed(**{self.cell(otd): "37 / 39"}))
        writer.post(reverse("meetings:reversal", args=[current(creative).pk]))

        assert not Observation.objects.current().exists()
        assert not WeeklyStatus.objects.current().exists()
        assert writer.get(address()).context["form"][self.cell(otd)].value() == "37 / 39"


@pytest.fixture
def signal(creative):
    kpi = make.kpi(creative, name="Open jobs")
    return Signal.objects.create(
        kpi=kpi, department=creative, grain="week", kind="concern", rules="trend", first=LAST, last=LAST,
        known=LAST, found_at=NOW,
    )  # fmt: skip


class TestSignals:
    def test_a_word_about_a_signal_is_its_explanation(self, writer, signal, creative_head):
        assert "Open jobs" in writer.get(address()).text

        writer.post(address(), typed(**{f"signal-{signal.pk}": "Two people were ill."}))

        signal.refresh_from_db()
        assert (signal.explanation, signal.explained_by) == ("Two people were ill.", creative_head)

    def test_words_about_one_that_was_explained_meanwhile_are_not_lost(self, writer, signal, coo):
        explain(signal, "The printer stood still.", by=coo, at=NOW)

        page = writer.post(address(), typed(**{f"signal-{signal.pk}": "Two people were ill."}))

        assert "Meanwhile Coo said: “The printer stood still.”" in page.text
        assert 'value="Two people were ill."' in page.text
        assert not WeeklyStatus.objects.exists()

    def test_nor_those_of_a_draft(self, writer, signal, coo):
        writer.post(address(), typed(save="1", **{f"signal-{signal.pk}": "Two people were ill."}))
        explain(signal, "The printer stood still.", by=coo, at=NOW)

        assert 'value="Two people were ill."' in writer.get(address()).text

    def test_undoing_takes_it_back(self, writer, signal, creative):
        writer.post(address(), typed(**{f"signal-{signal.pk}": "Two people were ill."}))
        writer.post(reverse("meetings:reversal", args=[current(creative).pk]))

        signal.refresh_from_db()
        assert signal.explained_at is None


class TestSentTwice:
    """Two clicks on the button, or back and once more: the second has nothing new to say."""

    def test_it_is_sent_once_and_the_second_sees_what_was_sent(self, writer, creative, signal, otd):
        text = typed(**{f"signal-{signal.pk}": "Two people were ill.", f"v-{otd.pk}-{WEEK}": "37 / 39"})
        first = writer.post(address(), text)
        second = writer.post(address(), text)

        assert (second.status_code, second.url) == (first.status_code, first.url)
        assert WeeklyStatus.objects.count() == 1
        assert not StatusDraft.objects.get().is_open

    def test_so_is_an_amendment(self, writer, creative):
        writer.post(address(), typed())
        text = typed(headline="Three.", base=str(current(creative).pk), edition="2")
        for _ in range(2):
            assert writer.post(address(), text).status_code == 302
        assert WeeklyStatus.objects.count() == 2

    def test_somebody_elses_same_words_are_not(self, writer, creative, coo, client):
        writer.post(address(), typed())
        client.force_login(coo)

        assert "Creative-Head sent the same words meanwhile." in client.post(address(), typed()).text

    def test_nor_is_what_was_undone_since(self, writer, creative):
        writer.post(address(), typed())
        writer.post(reverse("meetings:reversal", args=[current(creative).pk]))

        writer.post(address(), typed(edition=str(StatusDraft.objects.get().edition)))

        assert current(creative).headline == "Two launches on time."


class TestDrafts:
    def save(self, client, **fields):
        return client.post(address("draft"), typed(**fields), headers={"Accept": "application/json"})

    def test_what_was_typed_is_there_again(self, writer):
        answer = self.save(writer, problems="Printer")

        assert answer.json() == {"edition": 1, "saved_at": "10:00"}
        assert writer.get(address()).context["form"]["problems"].value() == "Printer"

    def test_each_save_is_an_edition_and_the_same_text_is_none(self, writer):
        self.save(writer, problems="Printer")

        assert self.save(writer, problems="Printer").json()["edition"] == 1
        assert self.save(writer, problems="Printers", edition="1").json()["edition"] == 2

    def test_another_window_does_not_write_over_it(self, writer):
        self.save(writer, problems="Printer")

        answer = self.save(writer, problems="Paper")

        assert answer.status_code == 409
        assert StatusDraft.objects.get().content["problems"] == "Printer"

    def test_the_second_of_two_people_sees_both_texts_and_decides(self, writer, creative, coo, client):
        self.save(writer, problems="Printer", headline="Hers")
        client.force_login(coo)

        page = client.post(address(), typed(problems="Paper", headline="His"))

        assert not WeeklyStatus.objects.exists()
        assert "Creative-Head wrote here meanwhile" in page.text
        assert "Hers" in page.text
        assert "Printer" in page.text
        assert "Paper</textarea>" in page.text
        form = page.context["form"]
        client.post(address(), typed(problems="Paper", headline="His", edition=form.data["edition"]))
        assert current(creative).headline == "His"

    def test_a_draft_that_comes_after_the_status_was_sent_is_refused(self, writer, creative):
        writer.post(address(), typed())

        assert self.save(writer, problems="late").status_code == 409

    def test_one_that_is_on_its_way_while_it_is_sent_does_not_open_it_again(self, writer, creative, creative_head):
        self.save(writer, problems="Printer")
        writer.post(address(), typed(problems="Printer", edition="1"))

        late = {"content": typed(problems="Print"), "edition": 1, "by": creative_head, "at": NOW}
        with pytest.raises(DraftChanged):
            save_draft(department=creative, week=WEEK, **late)
        assert not StatusDraft.objects.get().is_open

    def test_drafts_are_nobodys_but_the_departments_writers(self, client, media_head, creative):
        client.force_login(media_head)

        answer = self.save(client)

        assert answer.status_code == 403
        assert not StatusDraft.objects.exists()


class TestAmendments:
    def test_after_the_deadline_a_change_is_an_amendment_and_both_versions_stay(self, writer, creative):
        first = make.status(creative, due_at=NOW - timedelta(hours=1), at=NOW - timedelta(hours=2))

        page = writer.post(address(), typed(base=str(first.pk), headline="It was worse."), follow=True)

        first.refresh_from_db()
        status = current(creative)
        assert (status.amends, first.superseded_at) == (first, NOW)
        assert "It was worse." in page.text
        assert "A quiet week." in page.text

    def test_nobody_sends_over_a_version_that_they_have_not_seen(self, writer, creative):
        make.status(creative, headline="Sent by the deputy.")

        page = writer.post(address(), typed())

        assert current(creative).headline == "Sent by the deputy."
        assert "Sent by the deputy." in page.text
        assert "Two launches on time." in page.text
        form = page.context["form"]
        writer.post(address(), typed(edition=form.data["edition"], base=form.data["base"]))
        assert current(creative).headline == "Two launches on time."

    def test_undone_within_ten_minutes_the_version_before_stands_again(self, writer, creative):
        first = make.status(creative, plans=("Film",), confidence=70, at=NOW - timedelta(hours=2))
        writer.post(address(), typed(base=str(first.pk)))

        writer.post(reverse("meetings:reversal", args=[current(creative).pk]))

        status = current(creative)
        assert (status.headline, status.sent_at) == ("A quiet week.", first.sent_at)
        assert [item.text for item in status.items.all()] == ["Film"]
        assert writer.get(address()).context["form"]["headline"].value() == "Two launches on time."

    def test_later_it_stays(self, writer, creative):
        status = make.status(creative, at=NOW - timedelta(minutes=11))

        page = writer.post(reverse("meetings:reversal", args=[status.pk]), follow=True)

        assert "more than ten minutes ago" in page.text
        assert current(creative) == status


def test_a_week_that_has_not_begun_cannot_be_written_and_nothing_is_lost(writer, creative):
    page = writer.post(address(week=WEEK + timedelta(weeks=1)), typed())

    assert page.status_code == 400
    assert "Week 48 has not begun. It begins on Monday 23 November 2026." in page.text
    assert "Two launches on time." in page.text


def test_who_does_not_lead_the_department_is_told_so_and_nothing_is_lost(client, media_head, creative):
    client.force_login(media_head)

    page = client.post(address(), typed())

    assert page.status_code == 403
    assert "The status of Creative is written by its head, its deputy or the COO." in page.text
    assert "Two launches on time." in page.text


def test_a_department_out_of_reach_does_not_exist(client, designer, media):
    client.force_login(designer)

    assert client.get(address(slug="media")).status_code == 404
    assert client.get(address("status", slug="media")).status_code == 404
