"""Something is promised: who may do what with it, whether it was kept, and who is told."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from departments.models import Notification
from issues.ledger import Act
from issues.models import Commitment, CommitmentTopic, Entry, Reason
from issues.selectors.commitments import kept_by_week, points, reasons
from issues.services.committing import (
    ChangedSince,
    NotPossible,
    Promised,
    commit,
    do,
    possible,
    takers,
)
from tests import make
from tests.clock import NOW, TODAY

HOUR, A_DAY = timedelta(hours=1), timedelta(days=1)
FRIDAY = date(2026, 11, 20)


@pytest.fixture
def promise(designer, creative_head, media, media_head):
    """The designer promised it to Media, for Friday."""
    return make.commitment(designer, media)


def moved(promise, by, to=FRIDAY + 3 * A_DAY, reason="client", at=NOW + HOUR, **fields):
    return do(promise, Act.MOVE, edition=promise.edition, due_on=to, reason=reason, by=by, at=at, **fields)


def done(promise, by, at=NOW + HOUR):
    return do(promise, Act.DONE, edition=promise.edition, by=by, at=at)


def told(user):
    return list(Notification.objects.filter(to=user).order_by("pk").values_list("subject", flat=True))


class TestKept:
    def test_kept_means_done_by_the_date_first_promised(self, promise, designer):
        assert promise.kept(on=FRIDAY) is None
        assert promise.kept(on=FRIDAY + A_DAY) is False
        done(promise, designer, at=NOW + 2 * A_DAY)
        assert promise.ended_on == FRIDAY
        assert promise.kept(on=FRIDAY) is True

    def test_a_moved_date_does_not_keep_it(self, promise, designer):
        moved(promise, designer)
        done(promise, designer, at=NOW + 4 * A_DAY)
        assert (promise.ended_on < promise.due_on, promise.kept(on=promise.ended_on)) == (True, False)
        assert (promise.first_due_on, promise.moved) == (FRIDAY, 1)

    def test_the_day_ends_where_the_agency_is(self, promise, designer):
        midnight = timezone.make_aware(timezone.datetime(2026, 11, 20, 23, 59))
        done(promise, designer, at=midnight)
        assert promise.kept(on=FRIDAY + A_DAY) is True

    def test_what_was_released_by_its_date_counts_for_nothing_and_later_as_missed(self, designer, media, media_head):
        early, late = make.commitment(designer, media), make.commitment(designer, media)
        do(early, Act.RELEASE, edition=1, words="The client left.", by=media_head, at=NOW + A_DAY)
        do(late, Act.RELEASE, edition=1, words="Too late.", by=media_head, at=NOW + 3 * A_DAY)
        assert (early.kept(on=FRIDAY + 9 * A_DAY), late.kept(on=FRIDAY + 9 * A_DAY)) == (None, False)
        assert list(Commitment.objects.missed(on=FRIDAY + 9 * A_DAY)) == [late]
        assert list(Commitment.objects.counting()) == [late]


def recount(commitment, on):
    """Kept-ness from the rows alone, as plainly as can be."""
    entries = list(Entry.objects.filter(commitment=commitment).order_by("number"))
    first, last = entries[0].due_on, entries[-1]
    ended = last if last.act in ("done", "release") else None
    day = timezone.localdate(ended.at) if ended else None
    if ended and ended.act == "done" and day <= first:
        return True
    if ended and ended.act == "release" and day <= first:
        return None
    return False if on > first else None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(0, 4),
    st.lists(st.tuples(st.sampled_from(list(Act)[1:]), st.sampled_from([0, 1, 5, 30, 60]), st.integers(0, 5))),
)
def test_after_any_acts_it_is_kept_as_a_plain_recount_of_the_rows_says(creative, designer, media, coo, days, acts):
    helper = make.user(department=creative)
    promise, at = make.commitment(designer, media, due_on=TODAY + days * A_DAY, by=coo), NOW
    for act, hours, more in acts:
        at += hours * HOUR + timedelta(minutes=1)
        said = {
            Act.MOVE: {"due_on": timezone.localdate(at) + more * A_DAY, "reason": "priorities"},
            Act.HAND_OVER: {"who": helper if promise.who == designer else designer, "words": "Away."},
            Act.RELEASE: {"words": "Not needed."},
        }
        if act not in possible(coo, promise, at=at) or said.get(act, {}).get("due_on") == promise.due_on:
            continue
        do(promise, act, edition=promise.edition, by=coo, at=at, **said.get(act, {}))
    last = promise.entries.order_by("number").last()
    assert (promise.due_on, promise.who, promise.edition) == (last.due_on, last.who, last.number)
    assert promise.moved == promise.entries.filter(act="move").count()
    for on in (TODAY, FRIDAY, timezone.localdate(at), timezone.localdate(at) + 30 * A_DAY):
        expected = recount(promise, on)
        assert promise.kept(on=on) is expected
        assert Commitment.objects.filter(pk=promise.pk).missed(on=on).exists() == (expected is False)
        assert Commitment.objects.filter(pk=promise.pk).kept().exists() == (expected is True)
    later = timezone.localdate(at) + 30 * A_DAY
    found, final = list(kept_by_week([creative], on=later, weeks=13).values()), recount(promise, later)
    assert found == ([] if final is None else [(int(final), 1)])
    promise.delete()


class TestActs:
    def test_who_promised_it_keeps_it_and_who_it_was_promised_to_releases_it(self, promise, designer, media_head, coo):
        mine = [Act.DONE, Act.MOVE, Act.HAND_OVER]
        assert possible(designer, promise, at=NOW) == mine
        assert possible(media_head, promise, at=NOW) == [Act.RELEASE]
        assert possible(coo, promise, at=NOW) == [*mine, Act.RELEASE]
        assert possible(make.user(department=promise.department), promise, at=NOW) == []

    def test_nobody_lets_themselves_off(self, promise, designer, creative_head):
        for by in (designer, creative_head):
            with pytest.raises(NotPossible, match="Media to do"):
                do(promise, Act.RELEASE, edition=1, words="Enough.", by=by, at=NOW)
        assert Commitment.objects.open().exists()

    def test_neither_does_who_leads_those_to_whom_they_promised_it(self, creative, creative_head, designer, coo):
        for to in (creative, designer):
            promise = make.commitment(creative_head, to)
            with pytest.raises(NotPossible, match="Nobody lets themselves off"):
                do(promise, Act.RELEASE, edition=1, words="Enough.", by=creative_head, at=NOW)
            other = make.user(department=creative)
            do(promise, Act.HAND_OVER, edition=1, who=other, words="Yours.", by=creative_head, at=NOW)
            assert Act.RELEASE not in possible(creative_head, promise, at=NOW)
            assert Act.RELEASE in possible(coo, promise, at=NOW)

    def test_nobody_is_given_what_was_promised_to_them(self, creative, creative_head, designer):
        promise = make.commitment(designer, creative_head)
        assert creative_head not in takers(designer, promise, on=TODAY)

    def test_a_person_it_was_promised_to_releases_it_too(self, designer, media_head, media):
        planner = make.user("planner", department=media)
        promise = make.commitment(designer, planner)
        assert possible(planner, promise, at=NOW) == possible(media_head, promise, at=NOW) == [Act.RELEASE]

    def test_done_is_taken_back_for_ten_minutes(self, promise, designer):
        done(promise, designer)
        do(promise, Act.UNDO, edition=2, by=designer, at=NOW + HOUR + timedelta(minutes=10))
        assert (promise.is_open, promise.done_at, promise.edition) == (True, None, 3)
        done(promise, designer, at=NOW + 2 * HOUR)
        with pytest.raises(NotPossible, match="more than ten minutes ago"):
            do(promise, Act.UNDO, edition=4, by=designer, at=NOW + 3 * HOUR)

    def test_who_decided_on_an_older_standing_is_told_what_happened_meanwhile(self, promise, designer, creative_head):
        done(promise, creative_head)
        with pytest.raises(ChangedSince, match="Creative-Head did it meanwhile"):
            do(promise, Act.MOVE, edition=1, due_on=FRIDAY + A_DAY, reason="client", by=designer, at=NOW + HOUR)

    def test_a_date_is_moved_ahead_to_another_one_and_something_else_is_explained(self, promise, designer):
        for to, reason, match in (
            (TODAY - A_DAY, "client", "expected today or later"),
            (FRIDAY, "client", "due on 20 November 2026 already"),
            (FRIDAY + A_DAY, "other", "Say why"),
        ):
            with pytest.raises(NotPossible, match=match):
                moved(promise, designer, to=to, reason=reason)
        assert promise.entries.count() == 1

    def test_it_is_handed_over_within_the_department_and_stays_in_its_ledger(self, promise, designer, media, creative):
        other, stranger = make.user("other", department=creative), make.user("stranger", department=media)
        assert other in takers(designer, promise, on=TODAY)
        with pytest.raises(NotPossible, match="choose one of the people listed"):
            do(promise, Act.HAND_OVER, edition=1, who=stranger, words="Away.", by=designer, at=NOW)
        do(promise, Act.HAND_OVER, edition=1, who=other, words="Away.", by=designer, at=NOW)
        assert (promise.who, promise.department) == (other, creative)
        assert told(other) == ["Designer handed it over to you: Send the brief"]

    def test_nothing_is_promised_for_yesterday_to_nobody_or_by_who_has_left(self, designer, media):
        gone = make.user("gone", department=media, leaves_on=TODAY - A_DAY)
        for who, to, due_on, match in (
            (designer, media, TODAY - A_DAY, "expected today or later"),
            (designer, None, FRIDAY, "to whom"),
            (gone, media, FRIDAY, "has left"),
        ):
            with pytest.raises(NotPossible, match=match):
                commit(Promised(who, "A brief", due_on, to_department=to), by=designer, at=NOW)
        assert not Commitment.objects.exists()

    def test_it_stands_in_the_ledger_of_who_promised_it_or_of_the_agency(self, promise, creative, coo, media, agency):
        assert promise.department == creative
        assert make.commitment(coo, media).department == agency


class TestTelling:
    def test_who_is_given_a_commitment_by_somebody_else_is_told(self, designer, media, creative_head):
        make.commitment(designer, media, by=creative_head)
        assert told(designer) == ["Creative-Head wrote down that you promised it: Send the brief"]
        make.commitment(creative_head, media)
        assert told(creative_head) == []

    def test_who_waits_for_it_hears_that_its_date_was_moved_and_why(self, promise, designer, media_head):
        moved(promise, designer, words="They are on holiday.")
        assert told(media_head) == ["Designer moved it to Mon 23 Nov 2026: Send the brief"]
        assert Notification.objects.get(to=media_head).text == "Waiting for the client. They are on holiday."

    def test_they_hear_that_it_is_done_and_that_this_was_taken_back(self, promise, designer, media_head):
        done(promise, designer)
        do(promise, Act.UNDO, edition=2, by=designer, at=NOW + HOUR)
        assert [subject.split(":")[0] for subject in told(media_head)] == [
            "Designer did what was promised",
            "Designer took back that it is done",
        ]

    @pytest.mark.parametrize(
        ("act", "said", "words"),
        [
            (Act.MOVE, {"due_on": TODAY, "reason": "priorities"}, "moved it to Wed 18 Nov 2026"),
            (Act.DONE, {}, "did what was promised"),
            (Act.HAND_OVER, {"words": "Mine now."}, "handed it over to Creative-Head"),
        ],
    )
    def test_who_promised_it_hears_what_their_head_did_with_it(
        self, promise, designer, creative_head, act, said, words
    ):
        said |= {"who": creative_head} if act == Act.HAND_OVER else {}
        do(promise, act, edition=1, by=creative_head, at=NOW, **said)
        assert told(designer) == [f"Creative-Head {words}: Send the brief"]
        assert told(creative_head) == []

    def test_a_person_it_was_promised_to_hears_that_somebody_else_released_it(self, designer, media, media_head):
        planner = make.user("planner", department=media)
        do(make.commitment(designer, planner), Act.RELEASE, edition=1, words="No need.", by=media_head, at=NOW)
        assert told(planner) == ["Media-Head released it: Send the brief"]
        assert told(designer) == ["Media-Head released you from it: Send the brief"]

    def test_for_who_left_whoever_is_asked_for_their_department_hears_of_it(self, designer, media, media_head):
        planner = make.user("planner", department=media, leaves_on=TODAY - A_DAY)
        done(make.commitment(designer, planner), designer)
        assert told(media_head) == ["Designer did what was promised: Send the brief"]
        assert (
            Notification.objects.get(to=media_head).why
            == "It was promised to Planner, who has left, and you are asked for Media."
        )

    def test_who_is_released_is_told(self, promise, designer, media_head):
        do(promise, Act.RELEASE, edition=1, words="The client left.", by=media_head, at=NOW)
        assert told(designer) == ["Media-Head released you from it: Send the brief"]


class TestReach:
    def test_staff_see_their_departments_and_whatever_is_their_own(self, promise, designer, creative, media, agency):
        def seen(user):
            return set(Commitment.objects.reachable_by(user, on=TODAY))

        it = make.department("IT", parent=agency)
        technician, planner = make.user("technician", department=it), make.user("planner", department=media)
        assert seen(designer) == seen(planner) == seen(make.user(department=creative)) == {promise}
        assert seen(technician) == set()
        theirs = make.commitment(designer, technician)
        assert seen(technician) == {theirs}
        assert seen(planner) == {promise}

    def test_readers_of_its_thread_are_those_who_reach_it(self, promise, designer, media_head, coo, ceo, agency):
        make.user("technician", department=make.department("IT", parent=agency))
        topic, everybody = CommitmentTopic(commitment=promise), type(coo).objects.all()
        reach = {user for user in everybody if promise in Commitment.objects.reachable_by(user, on=TODAY)}
        assert set(topic.readers(on=TODAY)) == reach
        assert topic.answerable(on=TODAY) == [designer, media_head]


class TestLaw:
    @pytest.mark.parametrize(
        "broken",
        [
            {"what": ""},
            {"to_department": None},
            {"due_on": FRIDAY + A_DAY},
            {"done_at": NOW},
            {"ended_on": FRIDAY},
            {"origin_url": "//elsewhere.example"},
            {"origin_url": "/\\elsewhere.example"},
        ],
        ids=str,
    )
    def test_the_database_refuses_a_commitment_that_cannot_be(self, promise, broken):
        with pytest.raises(IntegrityError), transaction.atomic():
            Commitment.objects.filter(pk=promise.pk).update(**broken)

    @pytest.mark.parametrize(
        "entry",
        [
            {"act": "move"},
            {"act": "move", "reason": "laziness"},
            {"act": "done", "reason": "client"},
            {"act": "move", "reason": "other"},
            {"act": "release"},
            {"act": "make"},
            {"act": "done", "by": None},
            {"act": "done", "number": 1},
        ],
        ids=str,
    )
    def test_the_database_refuses_an_entry_that_cannot_be(self, promise, designer, entry):
        fields = {"number": 2, "by": designer, "who": designer, "due_on": FRIDAY, "at": NOW, **entry}
        with pytest.raises(IntegrityError), transaction.atomic():
            Entry.objects.create(commitment=promise, **fields)


class TestCounted:
    """Monday, 30 November: weeks 47 and 48 are over."""

    ON = date(2026, 11, 30)

    @pytest.fixture
    def ledger(self, designer, creative_head, media, media_head, creative):
        kept, late, open_one = (make.commitment(designer, media) for _ in range(3))
        done(kept, designer)
        moved(late, designer, reason="client")
        done(late, designer, at=NOW + 5 * A_DAY)
        moved(open_one, designer, to=FRIDAY + 5 * A_DAY, reason="client")
        moved(open_one, designer, to=FRIDAY + 8 * A_DAY, reason="tools")
        make.commitment(media_head, creative, due_on=date(2026, 12, 1))
        return [kept, late, open_one]

    def test_by_week_with_a_gap_where_nothing_was_due(self, ledger, designer, media, creative):
        make.commitment(designer, media, due_on=date(2026, 12, 2), at=NOW + 7 * A_DAY)
        on = date(2026, 12, 7)
        weeks = kept_by_week([creative], on=on, weeks=104)
        assert weeks == {date(2026, 11, 16): (1, 3), date(2026, 11, 30): (0, 1)}
        assert [point.value for point in points(weeks)] == [pytest.approx(100 / 3), None, 0]
        assert kept_by_week([media], on=self.ON, weeks=104) == {}
        assert kept_by_week([creative], on=on, weeks=1) == {date(2026, 11, 30): (0, 1)}

    def test_reasons_are_counted_the_most_frequent_first(self, ledger, creative, media):
        bars = reasons([creative], since=TODAY)
        assert [(bar.reason, bar.count, round(bar.together)) for bar in bars] == [
            (Reason.CLIENT, 2, 67),
            (Reason.TOOLS, 1, 100),
        ]
        assert reasons([media], since=TODAY) == reasons([creative], since=TODAY + A_DAY) == []
