"""Measures: what is put on record with them, and what the values say of them."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from issues.effect_words import brief, mixture, sentence
from issues.models import Measure, MeasureWithdrawal
from issues.selectors.effect_ledger import by_kind
from issues.selectors.effects import verdicts
from issues.services.measuring import AlreadyWithdrawn, bring_back, withdraw
from kpis.effect import POWER, Effect
from kpis.models import Phase
from kpis.services.explaining import end_phase, move_phase
from kpis.services.recording import Entry, record_observations
from kpis.services.rollups import drain
from tests import make
from tests.clock import NOW, TODAY

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
BEFORE, AFTER = 26, 13
A_SPACE = "\N{NO-BREAK SPACE}"


def weeks_ago(number):
    return date(2026, 11, 16) - number * WEEK


def on(day):
    return f"{day.day} {day:%b %Y}"


def handed_in(kpi, department, before=100, after=100, *, weeks=AFTER, at=NOW - timedelta(hours=1)):
    """Half a year before the thirteenth week from now, and so many weeks from it on."""
    chance = Random(7)
    levels = [before] * BEFORE + [after] * weeks
    first = weeks_ago(AFTER + BEFORE)
    values = {first + n * WEEK: round(chance.gauss(level, 4), 2) for n, level in enumerate(levels)}
    make.observations(kpi, department, values, at=at)
    drain(now=NOW)


@pytest.fixture
def kpi(creative):
    return make.kpi(creative, code="on-time", name="On-time delivery", unit="%")


def judged(measure=None, *, on=TODAY, **then):
    found = verdicts(
        Measure.objects.filter(pk=measure.pk) if measure else Measure.objects.order_by("pk"), on=on, **then
    )
    return found[0] if measure else found


class TestVerdicts:
    def test_what_moved_as_expected_worked(self, kpi, creative):
        handed_in(kpi, creative, after=112)
        found = judged(make.measure(kpi, creative))
        assert (found.effect, len(found.before), len(found.counted)) == (Effect.WORKED, BEFORE, AFTER)
        assert brief(found) == f"worked: 99.7 → 112.0{A_SPACE}%"
        assert sentence(found).endswith(
            "from 26 weeks before it to 13 weeks after. Expected was +10\N{NO-BREAK SPACE}pts."
        )

    @pytest.mark.parametrize(
        ("after", "way", "told"),
        [(88, "up", Effect.WORSE), (88, "down", Effect.WORKED), (100, "up", Effect.NONE), (112, "down", Effect.WORSE)],
    )
    def test_the_way_that_was_expected_says_what_a_move_means(self, kpi, creative, after, way, told):
        handed_in(kpi, creative, after=after)
        assert judged(make.measure(kpi, creative, way=way)).effect == told

    def test_it_is_too_early_before_enough_values_are_there(self, kpi, creative):
        handed_in(kpi, creative, after=130, weeks=2)
        found = judged(make.measure(kpi, creative, size=Decimal(16), look_on=weeks_ago(11)))
        assert (found.effect, brief(found)) == (Effect.EARLY, "too early: 1 more week")

    def test_it_is_too_early_before_the_day_to_look_again(self, kpi, creative):
        handed_in(kpi, creative, after=130)
        found = judged(make.measure(kpi, creative, look_on=TODAY + 2 * WEEK))
        assert (found.effect, found.finding.more) == (Effect.EARLY, 2)  # the running week, and the next one

    def test_before_it_takes_effect_nothing_is_told(self, kpi, creative):
        handed_in(kpi, creative)
        found = judged(make.measure(kpi, creative, effective_on=TODAY + WEEK, look_on=TODAY + 9 * WEEK))
        assert (found.effect, found.after, found.finding.more) == (Effect.EARLY, [], 7)
        assert Phase.objects.get().starts_on == weeks_ago(-2)

    def test_the_period_that_it_fell_into_counts_on_neither_side(self, kpi, creative):
        handed_in(kpi, creative, after=112)
        found = judged(make.measure(kpi, creative, effective_on=weeks_ago(13) + 2 * DAY))
        assert found.first == weeks_ago(12) == Phase.objects.get().starts_on
        assert (found.before[-1].period, found.after[0].period) == (weeks_ago(14), weeks_ago(12))

    def test_values_that_come_after_the_window_change_no_verdict(self, kpi, creative):
        handed_in(kpi, creative, after=112)
        measure = make.measure(kpi, creative, look_on=weeks_ago(3))
        first = judged(measure)
        make.observations(kpi, creative, {weeks_ago(2): 3, weeks_ago(1): 900})
        drain(now=NOW)
        assert judged(measure).finding == first.finding
        assert first.last == weeks_ago(3) - DAY

    def test_a_corrected_value_within_it_does(self, kpi, creative):
        handed_in(kpi, creative, after=112)
        measure = make.measure(kpi, creative)
        make.observations(kpi, creative, {weeks_ago(n): 70 for n in range(1, 14)}, reason="Counted twice")
        drain(now=NOW)
        assert judged(measure).effect == Effect.WORSE

    def test_another_definition_after_the_window_changes_no_verdict(self, creative):
        kpi = make.ratio(creative, code="share")
        chance = Random(5)
        values = {weeks_ago(n): (round(chance.gauss(60 if n > 13 else 75, 3)), 100) for n in range(1, 40)}
        make.observations(kpi, creative, values)
        drain(now=NOW)
        kpi.history.update(history_date=NOW - 60 * WEEK)
        measure = make.measure(kpi, creative, look_on=weeks_ago(3), at=NOW - 14 * WEEK)
        first = judged(measure)
        kpi.cadence, kpi.per, kpi.unit, kpi._history_date = "month", 1, "", NOW - 2 * WEEK
        kpi.save()
        assert (first.effect, judged(measure).effect) == (Effect.WORKED, Effect.WORKED)
        assert judged(measure).finding == first.finding
        assert brief(judged(measure)) == brief(first)

    def test_a_total_is_judged_like_any_series(self, agency, creative, media, coo):
        kpi = make.kpi(creative, media)
        handed_in(kpi, creative, after=112)
        handed_in(kpi, media)
        found = judged(make.measure(kpi, agency, by=coo, way="up"))
        assert (found.effect, round(found.mean_before)) == (Effect.WORKED, 199)

    def test_a_daily_kpi_is_judged_by_the_week(self, creative):
        kpi = make.kpi(creative, cadence="day", recorded="day")
        handed_in(kpi, creative, after=112)
        assert (judged(make.measure(kpi, creative)).grain, judged()[0].effect) == ("week", Effect.WORKED)


class TestValuesOfTwoKinds:
    def values(self, kpi, creative, last):
        """Half a year before, of which the last so many are lower."""
        values = {weeks_ago(13 + n): 70 + n % 3 if n <= last else 100 + n % 3 for n in range(1, 27)}
        make.observations(kpi, creative, values | {weeks_ago(n): 100 + n % 3 for n in range(1, 14)})
        drain(now=NOW)

    def test_what_had_changed_before_the_measure_is_told(self, kpi, creative):
        self.values(kpi, creative, last=9)
        found = judged(make.measure(kpi, creative))
        assert (found.run_before, "The last 9 weeks before it lie on one side" in mixture(found)) == (9, True)

    def test_six_in_a_row_are_not_worth_a_word(self, kpi, creative):
        self.values(kpi, creative, last=6)
        found = judged(make.measure(kpi, creative))
        assert (found.run_before, mixture(found)) == (0, "")

    def test_a_phase_where_it_changed_makes_the_values_since_count_alone(self, kpi, creative):
        self.values(kpi, creative, last=9)
        measure = make.measure(kpi, creative)
        assert round(judged(measure).finding.moved) == 10
        make.phase(kpi, department=creative, starts_on=weeks_ago(22))
        found = judged(measure)
        assert (len(found.before), round(found.finding.moved), mixture(found)) == (9, 30, "")


class TestCannotTell:
    @pytest.fixture
    def measure(self, kpi, creative):
        handed_in(kpi, creative, after=112)
        return make.measure(kpi, creative)

    def test_too_few_values_before(self, kpi, creative):
        handed_in(kpi, creative)
        found = judged(make.measure(kpi, creative, effective_on=weeks_ago(35)))
        assert (found.effect, found.why) == (
            Effect.UNKNOWN,
            "only 4 weeks with a value lie before it, 8 are needed",
        )

    def test_only_the_values_of_the_phase_before_count(self, kpi, creative, measure):
        make.phase(kpi, department=creative, starts_on=weeks_ago(18))
        assert judged(measure).why == "only 5 weeks with a value lie before it, 8 are needed"
        assert Phase.objects.count() == 2

    @pytest.mark.parametrize(
        ("starts_on", "ends_on", "told"),
        [
            (weeks_ago(5), None, True),
            (weeks_ago(20), weeks_ago(13), True),
            (weeks_ago(1) + 6 * DAY, None, True),
            (weeks_ago(13) - DAY, None, False),
            (TODAY, None, False),
        ],
    )
    def test_another_event_in_the_window(self, measure, creative, starts_on, ends_on, told):
        make.event(creative, starts_on=starts_on, ends_on=ends_on)
        assert ("Power cut" in judged(measure).why) is told

    def test_only_events_that_concern_the_series(self, measure, kpi, creative, media, agency):
        other = make.kpi(creative)
        make.event(media, title="Elsewhere", starts_on=weeks_ago(5))
        make.event(creative, title="About another KPI", starts_on=weeks_ago(5), kpis=[other])
        assert judged(measure).effect == Effect.WORKED
        make.event(agency, title="Above", starts_on=weeks_ago(5), kpis=[kpi])
        make.event(title="Everywhere", starts_on=weeks_ago(4))
        assert [part.split(":")[1].split(",")[0] for part in judged(measure).others] == [" Above", " Everywhere"]

    def test_another_phase_in_the_window(self, measure, kpi, creative, media):
        make.phase(kpi, department=media, starts_on=weeks_ago(5))
        assert judged(measure).effect == Effect.WORKED
        make.phase(kpi, starts_on=weeks_ago(5), reason="Another tool")
        assert judged(measure).why == f"another phase: Another tool, {on(weeks_ago(5))}"

    def test_another_measure_in_the_window_is_named_once_and_knows_of_none_itself(self, measure, kpi, creative):
        later = make.measure(kpi, creative, "Two more hands", effective_on=weeks_ago(4))
        assert judged(measure).others == [f"another measure: Two more hands, {on(weeks_ago(4))}"]
        assert judged(later).others == []
        withdraw(later, "It was never begun.", by=later.made_by, at=NOW)
        assert judged(measure).effect == Effect.WORKED

    def test_two_that_began_together_cannot_be_told_apart(self, measure, kpi, creative):
        other = make.measure(kpi, creative, "Two more hands")
        assert {judged(each).effect for each in (measure, other)} == {Effect.UNKNOWN}
        assert Phase.objects.current().count() == 1

    def test_its_values_come_another_way(self, kpi, creative):
        chance = Random(7)
        first = weeks_ago(AFTER + BEFORE)
        values = {
            first + n * WEEK: round(chance.gauss(100 if n < BEFORE else 130, 4), 2) for n in range(BEFORE + AFTER)
        }
        begun = weeks_ago(AFTER)
        make.observations(kpi, creative, {d: v for d, v in values.items() if d < begun}, source="file")
        make.observations(kpi, creative, {d: v for d, v in values.items() if d >= begun}, source="api")
        drain(now=NOW)
        measure = make.measure(kpi, creative)
        assert judged(measure).why == "another source of its values: API, before file"
        make.observations(kpi, creative, {weeks_ago(2): 131}, source="file", reason="Misread")
        drain(now=NOW)
        assert judged(measure).effect is Effect.WORKED

    def test_its_definition_was_changed(self, measure, kpi):
        kpi.history.update(history_date=NOW - 60 * WEEK)
        kpi.name, kpi._history_date = "On time", NOW - 4 * WEEK
        kpi.save()
        assert judged(measure).effect == Effect.WORKED
        kpi.description, kpi._history_date = "Counted from the first date promised.", NOW - 3 * WEEK
        kpi.save()
        assert judged(measure).why == "another definition, 28 Oct 2026"

    def test_a_formula_was_changed(self, creative):
        given = make.kpi(creative, code="given")
        handed_in(given, creative, after=112)
        kpi = make.formula(creative, code="worked", expression="given")
        measure = make.measure(kpi, creative)
        assert judged(measure).effect == Effect.WORKED
        kpi.formulas.create(expression="given * 2", starts_on=weeks_ago(6), recorded_at=NOW, reason="In pairs")
        assert judged(measure).why.startswith("another phase: In pairs, ")

    def test_another_department_joined_the_total(self, agency, creative, media, coo):
        kpi = make.kpi(creative, media)
        kpi.assignments.filter(department=media).update(starts_on=weeks_ago(6))
        handed_in(kpi, creative)
        assert judged(make.measure(kpi, agency, by=coo)).others[0].startswith("Media measures it since")

    def test_nothing_more_came(self, kpi, creative):
        handed_in(kpi, creative, weeks=0)
        measure = make.measure(kpi, creative)
        assert judged(measure).effect == Effect.EARLY
        assert judged(measure, on=TODAY + 3 * WEEK).why == "nothing was reported for more than 13 weeks"


class TestAsKnown:
    def test_a_verdict_as_it_was_known(self, kpi, creative):
        handed_in(kpi, creative, after=112, at=NOW - 2 * WEEK)
        measure = make.measure(kpi, creative, at=NOW - 10 * WEEK, look_on=weeks_ago(2))
        at = NOW - WEEK
        make.observations(kpi, creative, {weeks_ago(n): 70 for n in range(1, 14)}, reason="Counted twice")
        make.event(creative, starts_on=weeks_ago(6))
        drain(now=NOW)
        then = judged(measure, on=timezone.localdate(at), known_at=at)
        assert (then.effect, judged(measure).effect) == (Effect.WORKED, Effect.UNKNOWN)
        assert judged(measure, on=(NOW - 3 * WEEK).date(), known_at=NOW - 3 * WEEK).why.startswith("only 0 weeks")
        assert verdicts(Measure.objects.all(), on=TODAY - 20 * WEEK, known_at=NOW - 20 * WEEK) == []

    def test_a_withdrawal_is_known_from_when_it_was_said(self, kpi, creative):
        handed_in(kpi, creative, after=112, at=NOW - 2 * WEEK)
        measure = make.measure(kpi, creative, at=NOW - 10 * WEEK)
        withdraw(measure, "Wrong KPI.", by=measure.made_by, at=NOW)
        assert judged(measure).withdrawal.why == "Wrong KPI."
        assert judged(measure, known_at=NOW - WEEK).withdrawal is None
        assert not Measure.objects.standing()
        assert Measure.objects.standing(at=NOW - WEEK).get() == measure


def test_the_number_of_queries_does_not_grow_with_the_measures(creative, media, agency):
    def asked():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            judged()
        return len(queries)

    counts = []
    for _ in range(3):
        for department in (creative, media):
            kpi = make.kpi(department)
            handed_in(kpi, department)
            make.measure(kpi, department)
            make.event(department, kpis=[kpi])
        counts.append(asked())
    assert counts[0] == counts[1] == counts[2] < 25


class TestTaking:
    def test_a_phase_begins_with_it_and_says_why(self, kpi, creative, creative_head):
        measure = make.measure(kpi, creative, by=creative_head)
        phase = Phase.objects.current().get()
        assert (phase.starts_on, phase.department, phase.reason) == (
            weeks_ago(13),
            creative,
            "A checklist for briefs",
        )
        assert (measure.phase, phase.recorded_by) == (phase, creative_head)

    def test_a_phase_that_begins_there_already_does_as_well(self, kpi, creative, creative_head):
        phase = make.phase(kpi, department=creative, starts_on=weeks_ago(13))
        measure = make.measure(kpi, creative)
        withdraw(measure, "Wrong.", by=creative_head, at=NOW)
        assert Phase.objects.current().get() == phase

    def test_sent_twice_it_is_one(self, kpi, creative, creative_head):
        assert make.measure(kpi, creative, by=creative_head) == make.measure(
            kpi, creative, by=creative_head, at=NOW + WEEK
        )
        assert Measure.objects.count() == 1

    def test_withdrawn_its_phase_ends_and_brought_back_it_begins_again(self, kpi, creative, creative_head):
        measure = make.measure(kpi, creative)
        withdraw(measure, "Wrong KPI.", by=creative_head, at=NOW)
        assert not Phase.objects.current()
        assert withdraw(measure, "Wrong KPI.", by=creative_head, at=NOW + WEEK).at == NOW
        bring_back(measure, by=creative_head, at=NOW)
        assert bring_back(measure, by=creative_head, at=NOW) is None
        measure.refresh_from_db()
        assert measure.phase == Phase.objects.current().get()
        assert Measure.objects.standing().get() == measure

    def test_who_withdraws_second_hears_who_was_first(self, kpi, creative, creative_head, coo):
        measure = make.measure(kpi, creative)
        withdraw(measure, "Wrong KPI.", by=coo, at=NOW)
        with pytest.raises(AlreadyWithdrawn, match="Coo withdrew it already: Wrong KPI."):
            withdraw(measure, "Never done.", by=creative_head, at=NOW)

    def test_of_two_with_one_phase_the_second_keeps_it(self, kpi, creative, creative_head):
        first = make.measure(kpi, creative)
        second = make.measure(kpi, creative, "Two more hands")
        withdraw(first, "Wrong.", by=creative_head, at=NOW)
        second.refresh_from_db()
        assert second.phase == Phase.objects.current().get()
        withdraw(second, "Wrong.", by=creative_head, at=NOW)
        assert not Phase.objects.current()

    def test_a_phase_that_was_moved_since_stays_where_it_is(self, kpi, creative, creative_head):
        measure = make.measure(kpi, creative)
        moved = move_phase(
            measure.phase, starts_on=weeks_ago(9), reason="Begun later", fixed_from=None, by=creative_head, at=NOW
        )
        withdraw(measure, "Wrong.", by=creative_head, at=NOW)
        assert Phase.objects.current().get() == moved
        end_phase(moved, by=creative_head, at=NOW)

    @pytest.mark.parametrize(
        "wrong",
        [{"size": Decimal(0)}, {"size": Decimal(-1)}, {"look_on": weeks_ago(13)}, {"what": ""}, {"kind": "luck"},
         {"way": "in"}],
        ids=str,
    )  # fmt: skip
    def test_the_database_refuses_what_cannot_be(self, kpi, creative, wrong):
        with pytest.raises(IntegrityError), transaction.atomic():
            make.measure(kpi, creative, **wrong)

    def test_a_withdrawal_says_why_and_there_is_one_at_a_time(self, kpi, creative, coo):
        measure = make.measure(kpi, creative)
        for rows in ([""], ["Wrong.", "Wrong."]):
            made = [MeasureWithdrawal(measure=measure, why=why, by=coo, at=NOW) for why in rows]
            with pytest.raises(IntegrityError), transaction.atomic():
                MeasureWithdrawal.objects.bulk_create(made)


class TestPlanted:
    """Half a year of an agency with known shifts planted in its series: what the ledger says of them."""

    PLANTED = {"training": 2.0, "process": 1.6, "tool": 0.0, "policy": -2.0, "staffing": 0.0}  # shifts of a deviation
    EACH = 12

    @pytest.fixture
    def ledger(self, creative, creative_head):
        chance, entries = Random(11), []
        for number in range(self.EACH):
            for kind, shift in self.PLANTED.items():
                kpi = make.kpi(creative, code=f"{kind}-{number}")
                level, spread = chance.uniform(20, 80), chance.uniform(0.5, 5)
                for week in range(1, 53):
                    here = level + (shift * spread if week <= 26 else 0)
                    value = Decimal(str(round(chance.gauss(here, spread), 3)))
                    entries.append(Entry(kpi.pk, creative.pk, weeks_ago(week), value=value))
                self.measure(kpi, creative, kind, Decimal(str(round(spread * (abs(shift) or 1.6), 2))))
        record_observations(entries, by=creative_head, at=NOW - DAY, source="entry")
        drain(now=NOW)
        return verdicts(Measure.objects.order_by("pk"), on=TODAY)

    def measure(self, kpi, creative, kind, size):
        """What is staffing is looked at next month only."""
        look_on = TODAY + 4 * WEEK if kind == "staffing" else TODAY
        make.measure(kpi, creative, kind=kind, size=size, effective_on=weeks_ago(26), look_on=look_on)

    def test_verdicts_are_right_as_often_as_the_power_that_is_stated(self, ledger):
        tallies = {each.asked: each for each in by_kind(ledger)}
        for kind in ("training", "process"):
            assert tallies[kind].worked >= POWER * self.EACH
            assert tallies[kind].counts[Effect.WORSE] == 0
        assert tallies["policy"].counts[Effect.WORSE] >= POWER * self.EACH
        assert tallies["tool"].counts[Effect.NONE] >= 0.9 * self.EACH
        assert tallies["staffing"].counts == {Effect.EARLY: self.EACH}
        assert sum(tallies[kind].decided for kind in ("training", "process", "tool", "policy")) == 4 * self.EACH

    def test_what_else_happened_in_the_agency_leaves_every_verdict_open(self, ledger, creative):
        make.event(title="Moved house", starts_on=weeks_ago(9))
        found = verdicts(Measure.objects.order_by("pk"), on=TODAY)
        assert {each.effect for each in found} == {Effect.UNKNOWN}
