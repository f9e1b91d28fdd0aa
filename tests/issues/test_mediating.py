"""Mediation: called by either head, views unseen until both are in, terms, a settlement, and a day it comes back."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from departments.models import Headship, Notification
from issues.flow import Act
from issues.models import Answer, Issue, Mediation, Position, Proposal, Settlement
from issues.selectors.mediation import Stage, courses, reader_of
from issues.services import mediating
from issues.services.mediating import (
    AlreadyAnswered,
    AlreadyCalled,
    AlreadyWritten,
    IssueClosed,
    NobodyMediates,
    NotAhead,
    NotASide,
    NotNow,
    NotTheCoo,
    NoWords,
    ReplacedSince,
    bring_back,
    remind_of_views,
)
from issues.services.moving import move
from tests import make
from tests.clock import NOW, TODAY

HOUR, A_DAY = timedelta(hours=1), timedelta(days=1)
FRIDAY = date(2026, 11, 27)
CANARY = "The-canary-of-Creative-sings"


@pytest.fixture
def issue(creative, media, creative_head, media_head, coo):
    return make.issue(creative, media)


@pytest.fixture
def mediation(issue, creative_head):
    return mediating.call_mediation(issue, why="Who pays?", by=creative_head, at=NOW)


@pytest.fixture
def views(mediation, creative_head, media_head):
    write(mediation, creative_head, CANARY)
    write(mediation, media_head, "We booked what the brief said.")


def write(mediation, by, text="So we see it.", at=NOW + HOUR):
    return mediating.write_position(mediation, text=text, by=by, at=at)


def propose(mediation, by, terms="Half each.", on=FRIDAY, instead_of=0, at=NOW + 2 * HOUR):
    return mediating.propose(mediation, terms=terms, follow_up_on=on, instead_of=instead_of, by=by, at=at)


def say(mediation, by, agrees=True, words="Not half.", number=1, at=NOW + 3 * HOUR):
    return mediating.answer(mediation, number=number, agrees=agrees, words=words, by=by, at=at)


def decide(mediation, by, words="Media pays.", on=FRIDAY, number=1, at=NOW + 4 * HOUR):
    return mediating.decide(mediation, words=words, follow_up_on=on, number=number, by=by, at=at)


def follow_up(mediation, by, held=True, words="", at=NOW + 9 * A_DAY):
    return mediating.follow_up(mediation, held=held, words=words, by=by, at=at)


def newest(issue):
    return courses(Issue.objects.get(pk=issue.pk))[0]


def told(user):
    found = Notification.objects.filter(to=user, kind="mediation").order_by("pk")
    return list(found.values_list("subject", flat=True))


def page(client, user, issue, path=""):
    client.force_login(user)
    return client.get(f"/issues/{issue.pk}/{path}").content.decode()


class TestCourse:
    def test_from_the_call_to_what_both_agree_to(self, issue, mediation, views, coo, creative_head, media_head):
        propose(mediation, coo)
        say(mediation, creative_head)
        assert newest(issue).stage == Stage.ANSWERS
        say(mediation, media_head)
        settled = Settlement.objects.get()
        assert (settled.how, settled.terms, settled.follow_up_on, settled.by) == ("agreed", "Half each.", FRIDAY, None)
        assert newest(issue).says == "Both agreed. It comes back on Fri 27 Nov 2026."

    def test_where_one_does_not_agree_the_coo_proposes_anew_or_decides(self, issue, mediation, views, coo, media_head):
        propose(mediation, coo)
        say(mediation, media_head, agrees=False)
        assert newest(issue).stage == Stage.REFUSED
        propose(mediation, coo, "A third.", instead_of=1)
        assert newest(issue).stage == Stage.ANSWERS
        decide(mediation, coo, number=2)
        settled = Settlement.objects.get()
        assert (settled.how, settled.terms, settled.by) == ("decided", "Media pays.", coo)

    def test_one_no_among_two_answers_settles_nothing(self, issue, mediation, views, coo, creative_head, media_head):
        propose(mediation, coo)
        say(mediation, media_head, agrees=False)
        say(mediation, creative_head, agrees=True)
        assert newest(issue).stage == Stage.REFUSED
        assert not Settlement.objects.exists()

    def test_what_was_not_held_may_be_mediated_again(self, issue, mediation, views, coo, creative_head, media_head):
        propose(mediation, coo)
        decide(mediation, coo)
        with pytest.raises(AlreadyCalled, match="Say first whether what was settled is held"):
            mediating.call_mediation(issue, why="Again.", by=media_head, at=NOW + A_DAY)
        with pytest.raises(NotNow, match="Fri 27 Nov 2026"):
            follow_up(mediation, creative_head, held=True, at=NOW + A_DAY)
        follow_up(mediation, creative_head, held=False, words="Nothing was paid.", at=NOW + A_DAY)
        again = mediating.call_mediation(issue, why="Again.", by=media_head, at=NOW + 2 * A_DAY)
        assert [each.mediation for each in courses(issue)] == [again, mediation]

    def test_it_rests_while_the_issue_is_closed(self, issue, mediation, creative_head, media_head):
        move(issue, Act.RESOLVE, edition=1, words="Paid.", by=media_head, at=NOW + HOUR)
        move(issue, Act.CONFIRM, edition=2, by=creative_head, at=NOW + HOUR)
        assert newest(issue).stage == Stage.RESTS
        with pytest.raises(NotNow, match="was closed before it was settled"):
            write(mediation, creative_head)
        move(issue, Act.REOPEN, edition=3, words="Not paid.", by=creative_head, at=NOW + 2 * HOUR)
        assert newest(issue).stage == Stage.VIEWS

    def test_a_deputy_speaks_for_a_side_as_its_head_does(self, mediation, media, issue):
        deputy = make.user("stand-in", department=media)
        media.headships.create(user=deputy, kind="deputy", starts_on=TODAY)
        assert write(mediation, deputy).department == media

    def test_who_leads_both_speaks_for_the_one_they_head(self, issue, agency, media, creative_head):
        Headship.objects.create(user=creative_head, department=agency, starts_on=TODAY)
        assert reader_of(creative_head, issue, on=TODAY).side == issue.raiser_id
        above = make.user("above")
        media.headships.all().delete()
        Headship.objects.create(user=above, department=agency, kind="deputy", starts_on=TODAY)
        assert reader_of(above, issue, on=TODAY).side is None


class TestRefused:
    def test_a_call_of_who_may_not(self, issue, designer, coo, creative_head, media_head):
        def call(by, why="Stuck."):
            mediating.call_mediation(Issue.objects.get(pk=issue.pk), why=why, by=by, at=NOW + HOUR)

        for by in (designer, coo):
            with pytest.raises(NotASide, match="who leads Creative or Media"):
                call(by)
        with pytest.raises(NoWords):
            call(creative_head, "  ")
        call(media_head)
        with pytest.raises(AlreadyCalled, match="Media-Head called mediation on Wed 18 Nov 2026, 11:00"):
            call(creative_head)
        with pytest.raises(IntegrityError), transaction.atomic():
            Mediation.objects.create(issue=issue, department=issue.owner, called_by=coo, called_at=NOW, why="Twice.")

    def test_a_call_about_a_closed_issue_or_one_with_the_coo(self, issue, agency, creative, creative_head):
        with_coo = make.issue(creative, agency)
        with pytest.raises(NobodyMediates, match="Agency is a side"):
            mediating.call_mediation(with_coo, why="Stuck.", by=creative_head, at=NOW)
        move(issue, Act.WITHDRAW, edition=1, words="Never mind.", by=creative_head, at=NOW)
        with pytest.raises(IssueClosed, match="withdrawn"):
            mediating.call_mediation(issue, why="Stuck.", by=creative_head, at=NOW)

    def test_steps_out_of_turn(self, mediation, creative_head, media_head, coo):
        write(mediation, creative_head)
        with pytest.raises(AlreadyWritten, match="Creative-Head wrote the view of Creative on Wed 18 Nov 2026, 11:00"):
            write(mediation, creative_head, "Once more.")
        for step in (
            lambda: propose(mediation, coo),
            lambda: decide(mediation, coo),
            lambda: say(mediation, media_head),
        ):
            with pytest.raises(NotNow, match="Media has not written how they see it yet"):
                step()
        write(mediation, media_head)
        with pytest.raises(NotNow, match="The COO proposes terms"):
            say(mediation, media_head)
        with pytest.raises(NotNow):
            decide(mediation, coo)
        with pytest.raises(NotNow):
            follow_up(mediation, coo)

    def test_a_step_of_somebody_else(self, mediation, views, creative_head, coo, designer):
        for who in (creative_head, designer):
            with pytest.raises(NotTheCoo):
                propose(mediation, who)
        propose(mediation, coo)
        for who in (coo, designer):
            with pytest.raises(NotASide):
                say(mediation, who)
        with pytest.raises(NotTheCoo):
            decide(mediation, creative_head)

    def test_an_answer_to_terms_that_were_replaced(self, mediation, views, coo, creative_head):
        propose(mediation, coo)
        propose(mediation, coo, "A third.", instead_of=1)
        with pytest.raises(ReplacedSince, match="Coo proposed terms 2 meanwhile"):
            say(mediation, creative_head, number=1)
        with pytest.raises(ReplacedSince):
            propose(mediation, coo, "A quarter.", instead_of=1)
        say(mediation, creative_head, number=2)
        with pytest.raises(AlreadyAnswered, match="Creative-Head agreed for Creative"):
            say(mediation, creative_head, number=2)

    def test_a_no_without_a_reason_and_a_follow_up_that_is_not_ahead(self, mediation, views, coo, creative_head):
        with pytest.raises(NotAhead, match="Found Wed 18 Nov 2026, expected one after Wed 18 Nov 2026"):
            propose(mediation, coo, on=TODAY)
        propose(mediation, coo)
        with pytest.raises(NoWords, match="why not"):
            say(mediation, creative_head, agrees=False, words=" ")
        with pytest.raises(IntegrityError), transaction.atomic():
            Answer.objects.create(
                proposal=Proposal.objects.get(), department_id=mediation.department_id, agrees=False, by=coo, at=NOW
            )


class TestUnseen:
    def test_before_both_are_in_a_view_is_nowhere_but_with_its_side(
        self, client, issue, mediation, creative_head, media_head, coo, ceo, designer
    ):
        write(mediation, creative_head, CANARY)
        assert CANARY in page(client, creative_head, issue, "mediation/")
        paths = [f"/issues/{issue.pk}/mediation/", f"/issues/{issue.pk}/", "/issues/?q=canary", "/issues/board/"]
        paths += ["/search/?q=canary", "/notifications/"]
        for reader in (media_head, coo, ceo, designer):
            client.force_login(reader)
            for path in paths:
                assert CANARY not in client.get(path).content.decode(), (reader, path)
            refused = client.post(f"/issues/{issue.pk}/mediation/position/", {"text": ""})
            assert CANARY not in refused.content.decode()
        assert CANARY not in str(list(Notification.objects.values()))
        assert CANARY not in str(list(Position.objects.all()))

    def test_when_both_are_in_the_two_sides_and_the_coo_read_them_and_nobody_else(
        self, client, issue, views, creative_head, media_head, coo, ceo, designer
    ):
        for reader in (media_head, creative_head, coo):
            assert CANARY in page(client, reader, issue, "mediation/")
        for reader in (ceo, designer):
            assert CANARY not in page(client, reader, issue, "mediation/")
        for reader in (coo, ceo, designer, media_head):
            assert CANARY not in page(client, reader, issue)

    def test_staff_read_what_is_settled_not_what_was_said_on_the_way(
        self, client, issue, mediation, views, coo, media_head, creative_head, designer
    ):
        propose(mediation, coo, "Half each, proposed.")
        say(mediation, media_head, agrees=False, words="Never half.")
        propose(mediation, coo, "A third, agreed.", instead_of=1)
        for who in (media_head, creative_head):
            say(mediation, who, words="Fine by us.", number=2)
        for path in ("", "mediation/"):
            seen = page(client, designer, issue, path)
            assert "A third, agreed." in seen
            assert not [words for words in ("proposed.", "Never half", "Fine by us", CANARY) if words in seen]
        assert "Never half." in page(client, coo, issue, "mediation/")

    def test_as_known_on_an_earlier_day_it_is_as_it_was(self, client, issue, mediation, views, coo):
        propose(mediation, coo, at=NOW + A_DAY)
        with_day = f"mediation/?as_known_on={TODAY + A_DAY}"
        client.force_login(coo)
        assert "Half each." in page(client, coo, issue, "mediation/")
        assert [each.stage for each in courses(issue, known_at=NOW)] == [Stage.VIEWS]
        assert "Half each." not in page(client, coo, issue, f"mediation/?as_known_on={TODAY - A_DAY}")
        assert page(client, coo, issue, with_day)


class TestTold:
    def test_each_step_is_told_once_and_never_to_who_took_it(
        self, issue, mediation, views, coo, creative_head, media_head
    ):
        propose(mediation, coo)
        say(mediation, media_head, agrees=False)
        propose(mediation, coo, instead_of=1)
        say(mediation, media_head, number=2)
        say(mediation, creative_head, number=2)
        assert told(creative_head) == [
            f"{issue}: both views are in",
            f"{issue}: Coo proposed terms 1",
            f"{issue}: Media did not agree",
            f"{issue}: Coo proposed terms 2",
            f"{issue}: Media agreed",
        ]
        assert told(media_head) == [
            f"Mediation of {issue}: write how you see it",
            f"{issue}: Coo proposed terms 1",
            f"{issue}: Coo proposed terms 2",
            f"{issue} is settled: Both agreed",
        ]
        assert told(coo) == [
            f"Creative-Head called mediation of {issue}",
            f"{issue}: both views are in",
            f"{issue}: Media did not agree",
            f"{issue}: Media agreed",
            f"{issue} is settled: Both agreed",
        ]

    def test_who_stands_in_is_told_while_a_head_is_away(self, issue, media, media_head, creative_head):
        make.absence(media_head)
        deputy = make.user("stand-in", department=media)
        media.headships.create(user=deputy, kind="deputy", starts_on=TODAY)
        mediating.call_mediation(issue, why="Who pays?", by=creative_head, at=NOW)
        assert (len(told(deputy)), told(media_head)) == (1, [])

    def test_for_a_side_that_nobody_is_asked_for_the_coo_is(self, issue, media_head, creative_head, coo):
        make.absence(media_head)
        mediating.call_mediation(issue, why="Who pays?", by=creative_head, at=NOW)
        assert told(coo) == [f"Mediation of {issue}: write how you see it"]


class TestFollowUp:
    @pytest.fixture
    def settled(self, mediation, views, coo):
        propose(mediation, coo)
        return decide(mediation, coo, on=date(2026, 11, 28))  # a Saturday

    def asked(self, *users):
        return [len([each for each in told(user) if "is what was settled held?" in each]) for user in users]

    def test_it_comes_back_on_the_morning_of_the_next_working_day_and_all_three_are_asked_once(
        self, issue, settled, coo, creative_head, media_head
    ):
        at, moments = NOW + 9 * A_DAY, []
        while at < NOW + 14 * A_DAY:
            moments += [at] * bring_back(now=at) + [at] * bring_back(now=at)
            at += timedelta(minutes=30)
        assert [timezone.localtime(each).strftime("%a %-d %H:%M") for each in moments] == ["Mon 30 09:00"]
        assert self.asked(coo, creative_head, media_head) == [1, 1, 1]
        assert newest(issue).stage == Stage.DUE

    def test_it_stands_open_until_somebody_answers(self, issue, settled, mediation, coo, media_head):
        bring_back(now=NOW + 20 * A_DAY)
        assert Mediation.objects.to_follow_up().get() == mediation
        follow_up(mediation, media_head, at=NOW + 21 * A_DAY)
        assert newest(issue).stage == Stage.HELD
        assert not Mediation.objects.to_follow_up().exists()
        with pytest.raises(NotNow, match="It was held"):
            follow_up(mediation, coo, at=NOW + 22 * A_DAY)

    def test_what_was_said_not_to_be_held_before_its_day_does_not_come_back(
        self, settled, mediation, coo, creative_head
    ):
        with pytest.raises(NoWords):
            follow_up(mediation, creative_head, held=False, words=" ")
        follow_up(mediation, creative_head, held=False, words="Unpaid.", at=NOW + A_DAY)
        assert bring_back(now=NOW + 20 * A_DAY) == 0
        assert self.asked(coo) == [0]
        assert told(coo)[-1].endswith("Creative-Head said that what was settled was not held")


class TestSilence:
    """Called on Wednesday: the second working day after it is Friday."""

    DAY, MONDAY = TODAY + 2 * A_DAY, NOW + 5 * A_DAY

    def test_the_coo_goes_on_without_a_view_whose_day_is_over(self, issue, mediation, coo, creative_head, media_head):
        assert mediation.views_due_on == self.DAY
        write(mediation, creative_head)
        with pytest.raises(NotNow, match="Media has not written how they see it yet. They may until Fri 20 Nov 2026"):
            propose(mediation, coo, on=FRIDAY + 9 * A_DAY, at=NOW + 2 * A_DAY)
        propose(mediation, coo, on=FRIDAY + 9 * A_DAY, at=self.MONDAY)
        course, sides = newest(issue), (creative_head, media_head)
        assert (course.stage, course.is_sealed) == (Stage.ANSWERS, False)
        readers = [reader_of(each, issue, on=TODAY) for each in sides]
        assert [len(course.views(each)) for each in readers] == [1, 1]
        with pytest.raises(NotNow, match="Terms 1 are proposed"):
            write(mediation, media_head)
        for head in sides:
            say(mediation, head, at=self.MONDAY)
        assert newest(issue).stage == Stage.SETTLED

    def test_the_coo_finds_the_form_when_the_day_is_over(self, client, issue, mediation, coo, creative_head):
        assert "Propose terms" not in page(client, coo, issue, "mediation/").split("step-")[-1]
        with time_machine.travel(self.MONDAY, tick=False):
            assert 'id="step-proposal"' in page(client, coo, issue, "mediation/")
            assert 'id="step-position"' in page(client, creative_head, issue, "mediation/")

    def test_who_is_silent_is_told_in_the_morning_of_the_day_and_the_coo_after_it(
        self, mediation, coo, creative_head, media_head
    ):
        write(mediation, creative_head)
        moments, at = {coo: [], creative_head: [], media_head: []}, NOW
        while at < NOW + 7 * A_DAY:
            before = {user: len(told(user)) for user in moments}
            remind_of_views(now=at)
            for user, found in moments.items():
                found += [timezone.localtime(at).strftime("%a %-H:%M")] * (len(told(user)) - before[user])
            at += timedelta(minutes=30)
        assert moments == {coo: ["Mon 9:00"], creative_head: [], media_head: ["Fri 9:00"]}
        assert "Media did not write in time" in told(coo)[-1]

    def test_one_that_lacks_a_view_waits_for_the_coo_when_its_day_is_over(self, mediation):
        found = Mediation.objects.waiting_for_the_coo
        assert not found(on=self.DAY).exists()
        assert found(on=self.DAY + A_DAY).get() == mediation


class TestWaiting:
    def test_what_waits_for_the_coo_is_what_the_course_says(self, issue, mediation, creative_head, media_head, coo):
        steps = [
            lambda: write(mediation, media_head),
            lambda: write(mediation, creative_head),
            lambda: propose(mediation, coo),
            lambda: say(mediation, media_head, agrees=False),
            lambda: say(mediation, creative_head),
            lambda: propose(mediation, coo, instead_of=1),
            lambda: say(mediation, creative_head, agrees=False, number=2),
            lambda: decide(mediation, coo, number=2),
        ]
        seen = []
        for step in steps:
            step()
            waits = Mediation.objects.waiting_for_the_coo(on=TODAY).exists()
            assert waits == (newest(issue).stage in (Stage.TERMS, Stage.REFUSED))
            seen.append(waits)
        assert seen == [False, True, False, True, True, False, True, False]

    def test_one_of_a_closed_issue_waits_for_nobody(self, issue, views, creative_head):
        move(issue, Act.WITHDRAW, edition=1, words="Never mind.", by=creative_head, at=NOW + 2 * HOUR)
        assert not Mediation.objects.waiting_for_the_coo(on=TODAY).exists()


class TestPage:
    def post(self, client, user, issue, noun="", **said):
        client.force_login(user)
        course = next(iter(courses(Issue.objects.get(pk=issue.pk))), None)
        hidden = {"mediation": course.mediation.pk, "number": course.number} if course else {}
        return client.post(f"/issues/{issue.pk}/mediation/{noun}", hidden | said, follow=True)

    def test_a_head_calls_it_from_the_issue_and_each_gets_the_one_form_that_is_theirs(
        self, client, issue, creative_head, media_head, coo, designer, ceo
    ):
        for reader, sees in ((creative_head, True), (media_head, True), (coo, False), (designer, False)):
            assert ("Call mediation" in page(client, reader, issue)) == sees
        self.post(client, creative_head, issue, why="Who pays?")
        forms = {
            reader: page(client, reader, issue, "mediation/").count('class="fields"')
            for reader in (creative_head, media_head, coo, designer, ceo)
        }
        assert forms == {creative_head: 1, media_head: 1, coo: 0, designer: 0, ceo: 0}
        assert "Call mediation" not in page(client, media_head, issue)
        assert ["It is your turn" in page(client, who, issue) for who in (creative_head, coo, ceo)] == [
            True,
            False,
            False,
        ]
        self.post(client, creative_head, issue, "position/", text=CANARY)
        assert "It is your turn" not in page(client, creative_head, issue)
        assert 'class="fields"' not in page(client, creative_head, issue, "mediation/")

    def test_a_field_says_what_is_asked_and_a_button_what_it_does(self, client, issue, mediation, media_head):
        seen = page(client, media_head, issue, "mediation/")
        assert '<label for="position-text">How you see it</label>' in seen
        assert '<button class="button main">Hand in your view</button>' in seen

    def test_its_steps_stand_in_the_history_of_the_issue(self, client, issue, mediation, views, coo):
        propose(mediation, coo)
        decide(mediation, coo, words="Media pays, **all** of it.")
        seen = page(client, coo, issue)
        for words in ("called mediation for Creative", "wrote the view of Media", "proposed terms 1", "decided"):
            assert words in seen
        assert "Media pays, <strong>all</strong> of it." in seen

    @pytest.mark.parametrize(
        ("noun", "said"),
        [
            ("proposal/", {"terms": "Typed terms.", "follow_up_on": "2026-11-18"}),
            ("proposal/", {"terms": "Typed terms.", "follow_up_on": "the 3rd"}),
            ("proposal/", {"terms": "Typed terms.", "follow_up_on": "99999-01-01"}),
            ("proposal/", {"terms": "Typed terms.", "follow_up_on": FRIDAY, "mediation": "9" * 30}),
            ("proposal/", {"terms": "Typed terms.", "follow_up_on": FRIDAY, "number": "9" * 30}),
            ("proposal/", {"terms": "Typed terms.\0", "follow_up_on": FRIDAY}),
            ("decision/", {"words": "Typed terms.", "follow_up_on": FRIDAY}),
        ],
    )
    def test_what_is_refused_is_kept(self, client, issue, views, coo, noun, said):
        answer = self.post(client, coo, issue, noun, **said)
        assert answer.status_code == 200
        assert "Nothing was done" in answer.text
        assert "Typed terms." in answer.text
        assert not Proposal.objects.exists()

    def test_who_wrote_second_for_a_side_keeps_what_they_typed(self, client, issue, mediation, media, media_head, coo):
        write(mediation, media_head)
        deputy = make.user("stand-in", department=media)
        media.headships.create(user=deputy, kind="deputy", starts_on=TODAY)
        answer = self.post(client, deputy, issue, "position/", text="Typed by the deputy.")
        assert "Media-Head wrote the view of Media" in answer.text
        assert "Typed by the deputy." in answer.text

    def test_an_answer_to_replaced_terms_is_given_to_those_that_stand_when_sent_again(
        self, client, issue, mediation, views, coo, media_head
    ):
        propose(mediation, coo)
        propose(mediation, coo, "A third.", instead_of=1)
        answer = self.post(client, media_head, issue, "answer/", number=1, agrees="no", words="Typed.")
        assert "Coo proposed terms 2 meanwhile" in answer.text
        assert 'name="number" value="2"' in answer.text
        assert ">\nTyped.</textarea>" in answer.text

    def test_who_does_not_reach_the_issue_finds_no_mediation(self, client, issue, mediation, agency):
        stranger = make.user("stranger", department=make.department("IT", parent=agency))
        client.force_login(stranger)
        assert client.get(f"/issues/{issue.pk}/mediation/").status_code == 404
        for noun in ("", "position/", "proposal/", "answer/", "decision/", "follow-up/"):
            assert client.post(f"/issues/{issue.pk}/mediation/{noun}").status_code == 404

    def test_its_queries_do_not_grow_with_what_happened(
        self, client, issue, mediation, views, coo, media_head, django_assert_max_num_queries
    ):
        propose(mediation, coo)
        client.force_login(coo)
        client.get(f"/issues/{issue.pk}/mediation/")
        with django_assert_max_num_queries(40) as first:
            client.get(f"/issues/{issue.pk}/mediation/")
        for number in range(1, 6):
            say(mediation, media_head, agrees=False, number=number)
            propose(mediation, coo, instead_of=number)
        with django_assert_max_num_queries(len(first)):
            client.get(f"/issues/{issue.pk}/mediation/")
