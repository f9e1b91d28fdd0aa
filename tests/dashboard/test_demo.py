"""The demo agency: loaded once, and looked at from all sides."""

import os
import subprocess
import sys
from collections import defaultdict
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db.models import Count, F, Q, Sum
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from dashboard.demo.history import history
from dashboard.demo.load import load
from dashboard.selectors.overview import overview
from departments.models import Department, Headship, User
from departments.selectors import business_days, stands_in
from issues.models import Measure
from issues.selectors.effects import verdicts
from kpis.models import Batch, Kpi, Observation, Target
from kpis.periods import Calendar, Grain
from kpis.services.fitting import wrong_numbers
from tests.clock import NOW, TODAY
from tests.kpis import oracle

HEADS = ["account-service", "creative", "media", "it", "accounting", "traffic"]
CATALOGUE = {  # cadence, over time / over departments
    "day ratio/ratio": {"Service availability"},
    "week ratio/ratio": {
        "Brief completeness", "On-time delivery", "Revision rounds", "Billable utilisation", "Rework hours", "Pacing",
        "Campaigns launched on time", "Trafficking errors", "First-contact resolution",
        "Tickets resolved within agreement", "Timesheet compliance", "Jobs delivered on the client’s date", "Rush jobs",
        "Hand-off bounce rate",
    },
    "week last/sum": {"Backlog older than 10 days", "Unbilled work over 30 days", "Open jobs"},
    "week sum/sum": {"Operating cash flow"},
    "month ratio/ratio": {
        "Client satisfaction", "Scope-creep jobs", "Client retention", "Over-servicing", "Billing accuracy",
        "Voluntary turnover",
    },
    "month formula/formula": {"Profit margin on AGI", "Salaries / AGI"},
    "month last/none": {"Days sales outstanding"},
    "month last/sum": {"Headcount"},
    "month sum/sum": {"Sales", "Adjusted gross income", "Salaries", "Overhead"},
}  # fmt: skip
WRITTEN_ELSEWHERE = """
import sys
from datetime import date
from zoneinfo import ZoneInfo
from dashboard.demo.history import history

for value in history(on=date.fromisoformat(sys.argv[1]), zone=ZoneInfo(sys.argv[2])):
    for version in value.versions:
        at, by = version.handed_in.at.timestamp(), version.handed_in.by
        print(value.code, value.department, value.period, at, by, *(int(n.scaleb(6)) for n in version.numbers))
"""


def known_at_the_start_of(day):
    """(code, department, period, numbers, hand-in) of all that was handed in before a day."""
    values = history(on=day, zone=ZoneInfo(settings.TIME_ZONE))
    return {(v.code, v.department, v.period, *version) for v in values for version in v.versions}


def test_the_next_day_adds_to_the_past_and_leaves_it_as_it_was():
    first, friday = known_at_the_start_of(date(2026, 11, 20)), known_at_the_start_of(date(2026, 11, 21))

    assert first < friday
    assert {period for _, _, period, *_ in friday - first} >= {date(2026, 11, 16), date(2026, 11, 20)}


def test_outside_the_demo_nothing_is_loaded(settings, db):
    settings.DEMO = False

    with pytest.raises(CommandError, match="DEMO=1 only"):
        call_command("load_demo", "--if-empty")
    assert not Department.objects.exists()


class TheDemoAgency(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.loaded = load(now=NOW)

    def test_all_who_work_here_can_sign_in_and_who_left_cannot(self):
        def gets_in(username):
            client = Client()
            client.post(reverse("account_login"), {"login": username, "password": "opsroom-demo"})
            return "_auth_user_id" in client.session

        assert all(gets_in(username) for username in ["coo", "ceo", "admin", *HEADS, "yuki.tanabe"])
        assert not gets_in("renate.voigtland")

    def test_one_head_is_away_next_week_and_stood_in_for_on_german_working_days(self):
        accounting = Department.objects.get(slug="accounting")
        monday = date(2026, 11, 23)
        asked = [stands_in(accounting, monday + timedelta(days=days)).username for days in (-1, 0, 4, 5)]
        assert asked == ["accounting", "kofi.mensah", "kofi.mensah", "accounting"]
        assert not business_days(TODAY, TODAY).is_working(date(2026, 12, 25))

    def test_roles_and_heads_are_as_the_welcome_says(self):
        roles = dict(User.objects.exclude(role="staff").values_list("username", "role"))
        assert roles == {"coo": "coo", "ceo": "executive", "admin": "administrator"}
        leading = Headship.objects.heads().on(TODAY).exclude(department__parent=None)
        assert {h.department.slug: h.user.username for h in leading} == {slug: slug for slug in HEADS}
        assert [d.slug for d in Department.objects.exclude(parent=None).by_name()] == HEADS

    def test_a_department_changed_its_head_without_a_day_between(self):
        before, after = Headship.objects.heads().filter(department__slug="traffic").order_by("starts_on")
        assert before.user != after.user
        assert after.starts_on == before.ends_on + timedelta(days=1) < TODAY

    def test_the_whole_catalogue_is_there_as_it_combines(self):
        kpis, found = list(Kpi.objects.filter(by_opsroom=False)), defaultdict(set)
        for kpi in kpis:
            found[f"{kpi.cadence} {kpi.over_time}/{kpi.over_departments}"].add(kpi.name)
        assert found == CATALOGUE
        assert all(k.recorded == k.cadence and k.description for k in kpis)
        assert all(bool(k.numerator_name and k.denominator_name) == k.is_ratio for k in kpis)
        assert 6 <= sum(k.headline for k in kpis) <= 8

    def test_the_agency_adds_up_what_several_departments_measure(self):
        by_kpi = Kpi.objects.filter(by_opsroom=False).annotate(departments=Count("assignments"))
        by_kpi = by_kpi.filter(departments__gt=1)
        found = dict(by_kpi.values_list("name", "departments"))
        assert found == {
            "Timesheet compliance": 6,
            "Headcount": 6,
            "Voluntary turnover": 6,
            "Billable utilisation": 4,
            "Rework hours": 3,
        }

    def test_rollups_equal_plain_recomputation(self):
        assert oracle.differences() == []

    def test_numbers_reach_back_two_years_and_more(self):
        for grain, periods in (("day", 700), ("week", 104), ("month", 26)):
            for kpi in (
                Kpi.objects.entered()
                .filter(recorded=grain)
                .annotate(periods=Count("observations__date", distinct=True))
            ):
                assert kpi.periods >= periods, kpi

    def test_nothing_was_recorded_that_cannot_be(self):
        assert Kpi.objects.exclude(least=None).count() > 20
        for kpi in Kpi.objects.all():
            for numbers in kpi.observations.values("value", "numerator", "denominator"):
                assert wrong_numbers(kpi, numbers) == {}, kpi

    def test_nothing_was_recorded_or_decided_later_than_now(self):
        assert Batch.objects.filter(recorded_at__gt=NOW).count() == 0
        assert Target.objects.filter(recorded_at__gt=NOW).count() == 0
        assert not Observation.objects.exclude(recorded_at=F("batch__recorded_at")).exists()
        assert not Observation.objects.filter(recorded_at__date__lt=F("date")).exists()

    def test_nobody_recorded_for_a_department_that_they_did_not_lead(self):
        led = {
            (department, username): (starts_on, ends_on or date.max)
            for department, username, starts_on, ends_on in Headship.objects.heads().values_list(
                "department__slug", "user__username", "starts_on", "ends_on"
            )
        }
        batches = (
            Observation.objects.exclude(batch__source="derived")
            .values_list("department__slug", "batch__recorded_by__username", "batch__recorded_at")
            .distinct()
        )
        for department, username, at in batches:
            first, last = led[department, username]
            assert first <= timezone.localdate(at) <= last

    def test_values_arrive_by_hand_in_files_and_through_the_api(self):
        assert set(Batch.objects.values_list("source", flat=True)) == {"entry", "file", "api", "derived"}
        assert not Batch.objects.filter(Q(source="file", file_name="") | ~Q(source="file") & ~Q(file_name="")).exists()

    def test_some_values_were_corrected_within_weeks_and_say_why(self):
        corrected = Observation.objects.exclude(superseded_at=None).select_related("superseded_in")
        assert corrected.count() > 50
        for before in corrected:
            after = Observation.objects.get(
                kpi=before.kpi_id, department=before.department_id, date=before.date, superseded_at=None
            )
            assert after.batch == before.superseded_in
            assert after.batch.reason
            assert timedelta(0) < after.recorded_at - before.recorded_at < timedelta(weeks=7)
            assert (after.value, after.numerator) != (before.value, before.numerator)

    def test_media_has_not_reported_last_week(self):
        shown = overview(Department.objects.all(), on=TODAY, upto=TODAY)
        silent = {row.department.slug: {line.kpi.name for line in row.missing} for row in shown.rows}
        assert silent["media"] >= {"Pacing", "Trafficking errors", "Timesheet compliance"}
        assert shown.reported > shown.due * 0.7
        assert len(shown.figures) == 8

    def test_headcount_is_what_the_staff_list_says_month_by_month(self):
        staff = list(User.objects.exclude(department__parent=None))
        for each in Observation.objects.filter(kpi__name="Headcount"):
            end = Calendar().end(each.date, Grain.MONTH)
            there = [p for p in staff if p.department_id == each.department_id and p.starts_on <= end]
            assert each.value == sum(p.fte for p in there if not p.has_left(on=end)), end

    def test_creative_delivers_late_since_some_weeks_ago_and_summers_are_quiet(self):
        def on_time(**dates):
            weeks = Observation.objects.current().filter(kpi__name="On-time delivery", **dates)
            return weeks.aggregate(share=1.0 * Sum("numerator") / Sum("denominator"))["share"]

        shift = TODAY - timedelta(weeks=11)
        assert on_time(date__lt=shift) > 0.95
        assert on_time(date__gte=shift + timedelta(weeks=5)) < 0.9
        sales = dict(Observation.objects.filter(kpi__name="Sales").values_list("date", "value"))
        assert all(sales[date(year, 8, 1)] < sales[date(year, 6, 1)] * 9 / 10 for year in (2024, 2025, 2026))

    def test_budgets_hold_for_a_month_and_some_targets_were_raised(self):
        budgets = Target.objects.filter(kpi__name="Sales", starts_on__year=2026)
        assert budgets.exclude(ends_on=None).count() == budgets.count() == 12
        briefs = Target.objects.filter(kpi__name="Brief completeness").order_by("starts_on")
        assert [(t.starts_on.year, t.lower) for t in briefs] == [(2024, 85), (2026, 90)]

    def test_measures_worked_changed_nothing_cannot_be_told_or_are_too_early(self):
        found = verdicts(Measure.objects.order_by("pk"), on=TODAY)
        told = {f"{each.measure} ({each.kpi.code})": str(each.effect) for each in found}
        assert told["New briefing form (account-service-brief-completeness)"] == "worked"
        assert told["A third person at the desk (it-old-backlog)"] == "unknown"
        assert told["Two days for sign-off in every plan (creative-on-time)"] == "early"
        assert told["Time sheets filled in together on Fridays (accounting-timesheets)"] == "none"
        assert all(each.made_at <= NOW for each in Measure.objects.all())
        briefs = Measure.objects.get(kpi__code="account-service-brief-completeness").issue
        assert briefs.signal.known < briefs.raised_at.date()
        assert briefs.commitments.kept().count() == 3

    def test_what_the_agency_holds_is_not_loaded_over(self):
        with pytest.raises(CommandError, match="empty database"):
            call_command("load_demo")
        call_command("load_demo", "--if-empty")
        assert User.objects.count() == self.loaded.people

    def test_another_process_comes_to_the_very_same_rows(self):
        told = subprocess.run(
            [sys.executable, "-c", WRITTEN_ELSEWHERE, TODAY.isoformat(), settings.TIME_ZONE],
            cwd=settings.BASE_DIR,
            env={**os.environ, "PYTHONHASHSEED": "7"},
            capture_output=True,
            text=True,
            check=True,
        )
        rows = Observation.objects.exclude(batch__source="derived").values_list(
            "kpi__code", "department__slug", "date", "recorded_at", "batch__recorded_by__username", "value",
            "numerator", "denominator",
        )  # fmt: skip
        written = [
            " ".join(map(str, (*key, at.timestamp(), by, *(int(n.scaleb(6)) for n in numbers if n is not None))))
            for *key, at, by, value, numerator, denominator in rows
            for numbers in [(value, numerator, denominator)]
        ]
        assert sorted(told.stdout.splitlines()) == sorted(written)
