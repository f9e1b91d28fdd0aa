import csv
import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from kpis import tasks
from kpis.models import Assignment, Batch, Kpi, Observation, Target
from kpis.selectors.definitions import COLUMNS, definitions
from kpis.services.defining import import_kpis
from tests import make
from tests.clock import NOW, TODAY
from tests.console import errors, filled, row, said, save

DEFINED = {"code": "on-time", "name": "On time", "per": "100"}
ADD, KPIS, TARGETS = "admin:kpis_kpi_add", "admin:kpis_kpi_changelist", "admin:kpis_target_changelist"
OBSERVATIONS, BATCHES = "admin:kpis_observation_changelist", "admin:kpis_batch_changelist"


@pytest.fixture
def console(client, administrator):
    client.force_login(administrator)
    return client


def page_of(thing, what="change"):
    return reverse(f"admin:kpis_{thing._meta.model_name}_{what}", args=[thing.pk])


def capture():
    return CaptureQueriesContext(connection)


def listed(page):
    return set(page.context["cl"].result_list)


# --- Contracts ----------------------------------------------------------------------------------


def test_a_kpi_is_defined_with_who_measures_it_and_its_target(console, administrator, creative, media):
    measured = row("assignments", 0, department=creative.pk, starts_on=TODAY)
    measured |= row("assignments", 1, department=media.pk, starts_on=TODAY)
    aim = row("targets", 0, starts_on=TODAY, lower="95.5")
    save(console, reverse(ADD), code="on-time", name="On time", owner=creative.pk, per=100, **measured, **aim)
    kpi = Kpi.objects.get()
    assert set(kpi.assignments.values_list("department__name", flat=True)) == {"Creative", "Media"}
    target = kpi.targets.get()
    assert (target.lower, target.upper) == (Decimal("95.5"), None)
    assert (target.recorded_at, target.recorded_by) == (NOW, administrator)


def test_a_kpi_that_names_nobody_is_measured_by_its_owner_from_today(console, creative):
    page = console.post(reverse(ADD), filled(console.get(reverse(ADD))) | DEFINED | {"owner": creative.pk}, follow=True)
    measured = Assignment.objects.get()
    assert (measured.department, measured.starts_on) == (creative, TODAY)
    assert f"Creative measures On time from {TODAY:%-d %b %Y} on, because no department was named." in said(page)


def test_a_kpi_that_nobody_measures_any_more_is_seen_by_who_reads_everything(
    console, client, coo, creative, designer, administrator
):
    kpi = make.kpi(creative, code="lonely")
    gone = filled(console.get(page_of(kpi))) | {"assignments-0-DELETE": "on"}
    page = console.post(page_of(kpi), gone, follow=True)
    assert "No department measures Lonely any more: nobody is asked for its values." in said(page)
    for user, statuses in ((coo, 200), (administrator, 200), (designer, 404)):
        client.force_login(user)
        answers = [client.get(url).status_code for url in ("/kpis/lonely/", "/api/v1/kpis/lonely/")]
        assert answers == [statuses] * 2
        assert ("Lonely" in client.get("/kpis/").text) == (statuses == 200)


def test_who_ticks_one_headline_too_many_is_told(console, creative):
    for _ in range(7):
        make.kpi(creative, headline=True)
    make.kpi(creative, headline=True, retired_on=TODAY)
    eighth, ninth = make.kpi(creative), make.kpi(creative)
    told = "There are 9 headline KPIs now: the overview shows 8 of them, and a link to the others."
    for kpi, change, count in (
        (eighth, {"headline": "on"}, 0),
        (ninth, {"headline": "on"}, 1),
        (ninth, {"unit": "h"}, 0),
    ):
        save(console, page_of(kpi), **change)
        found = [words for words in said(console.get("/admin/kpis/kpi/")) if "headline KPIs" in words]
        assert found == [told] * count


def test_what_leaves_marks_wakes_the_worker_on_commit(console, creative, media, django_capture_on_commit_callbacks):
    kpi = make.kpi(creative)
    moved = reverse("admin:departments_department_change", args=[media.pk])
    past = page_of(kpi, "history") + f"{kpi.history.first().pk}/"
    for page, change in [(page_of(kpi), {"over_departments": "max"}), (moved, {"parent": creative.pk}), (past, {})]:
        with django_capture_on_commit_callbacks() as callbacks:
            assert save(console, page, **change).status_code == 302
        assert tasks.wake in callbacks, page


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"over_departments": "ratio"}, "do not go together"),
        ({"cadence": "day"}, "recorded at least as often as it is judged"),
        ({"per": 100}, "“Per” is for ratios"),
        ({"decimals": 7}, "At most six decimals"),
        ({"least": "5", "most": "4"}, "The least a value can be is not above the most"),
        ({"code": "has space"}, "Letters, digits, dot, dash and underscore"),
        ({"direction": "sideways"}, "not one of the available choices"),
    ],
)
def test_what_does_not_go_together_is_an_error_on_the_page(console, creative, change, why):
    assert why in errors(save(console, page_of(make.kpi(creative)), **change))


def test_how_a_kpi_is_recorded_stays_once_there_are_values(console, creative):
    kpi = make.kpi(creative, recorded="day")
    make.observations(kpi, creative, {date(2026, 11, 9): 3})
    assert "Values are already recorded" in errors(save(console, page_of(kpi), recorded="week"))
    assert console.post(page_of(kpi, "delete"), {"post": "yes"}).status_code == 403


def test_kpis_are_found_and_filtered(console, creative, media):
    pacing = make.kpi(media, code="pacing", direction="in")
    rework = make.kpi(creative, code="rework", headline=True)
    old = make.kpi(creative, code="old", retired_on=TODAY)
    for asked, found in [
        ({"q": "pac"}, {pacing}),
        ({"owner__id__exact": creative.pk, "state": "live"}, {rework}),
        ({"direction__exact": "in"}, {pacing}),
        ({"headline__exact": "1"}, {rework}),
        ({"state": "retired"}, {old}),
    ]:
        assert listed(console.get(reverse(KPIS), asked)) == found


def test_the_history_of_a_kpi_says_who_changed_what(console, creative):
    kpi = make.kpi(creative, code="rework")
    save(console, page_of(kpi), name="Rework hours")
    page = console.get(page_of(kpi, "history")).text
    assert "Rework → Rework hours" in page
    assert "<td>Admin</td>" in page


def test_a_kpis_page_takes_the_same_queries_for_many_rows(console, creative, django_assert_num_queries):
    kpi = make.kpi(creative)
    console.get(page_of(kpi))
    make.target(kpi, lower=1, department=creative)
    with capture() as few:
        console.get(page_of(kpi))
    for n in range(20):
        make.target(kpi, lower=n, department=creative, starts_on=TODAY + timedelta(n))
        Assignment.objects.create(kpi=kpi, department=make.department(), starts_on=TODAY)
    with django_assert_num_queries(len(few)):
        console.get(page_of(kpi))


# --- Who measures -------------------------------------------------------------------------------


def test_two_overlapping_assignments_at_once_are_an_error(console, creative, media):
    kpi = make.kpi(creative)
    twice = row("assignments", 1, department=media.pk, starts_on=TODAY)
    twice |= row("assignments", 2, department=media.pk, starts_on=TODAY + timedelta(9))
    assert "Overlaps with “Media measures" in errors(save(console, page_of(kpi), **twice))
    assert Assignment.objects.count() == 1


def test_an_assignment_of_its_own_page_overlaps_neither(console, creative):
    kpi = make.kpi(creative)
    again = {"kpi": kpi.pk, "department": creative.pk, "starts_on": TODAY}
    assert "Overlaps with" in errors(save(console, reverse("admin:kpis_assignment_add"), **again))


def test_assignments_are_filtered_by_whether_they_hold(console, creative, media):
    kpi = make.kpi(creative)
    over = make.kpi(media).assignments.get()
    Assignment.objects.filter(pk=over.pk).update(ends_on=TODAY - timedelta(1))
    later = Assignment.objects.create(kpi=kpi, department=media, starts_on=TODAY + timedelta(1))
    page = reverse("admin:kpis_assignment_changelist")
    states = {state: listed(console.get(page, {"state": state})) for state in ("now", "later", "over")}
    assert states == {"now": {kpi.assignments.get(department=creative)}, "later": {later}, "over": {over}}


# --- Targets ------------------------------------------------------------------------------------


@pytest.fixture
def target(creative):
    return make.target(make.kpi(creative, code="rework"), lower=90, reason="first")


def test_a_changed_target_is_superseded_by_another_row(console, administrator, target):
    save(console, page_of(target.kpi), **{"targets-0-lower": "95", "targets-0-reason": "better tools"})
    before, after = Target.objects.order_by("pk")
    assert (before.lower, before.reason) == (90, "first")
    assert (before.superseded_at, before.superseded_by) == (NOW, administrator)
    assert (after.lower, after.reason, after.recorded_by, after.superseded_at) == (
        95, "better tools", administrator, None,
    )  # fmt: skip


def test_an_untouched_target_stays_the_row_it_was(console, target):
    save(console, page_of(target.kpi), name="Other")
    assert Target.objects.get().recorded_by is None
    assert 'value="90"' in console.get(page_of(target.kpi)).text


def test_a_deleted_target_stays_on_record(console, administrator, target):
    save(console, page_of(target.kpi), **{"targets-0-DELETE": "on"})
    assert Target.objects.get().superseded_by == administrator
    assert console.get(page_of(target.kpi)).context["inline_admin_formsets"][-1].formset.initial_form_count() == 0


def test_two_targets_for_the_same_days_at_once_are_an_error(console, target):
    twice = row("targets", 1, starts_on=TODAY, lower=1) | row("targets", 2, starts_on=TODAY, lower=2)
    assert "same days" in errors(save(console, page_of(target.kpi), **twice))
    again = row("targets", 1, starts_on=target.starts_on, lower=1)
    assert "already a target for these days" in errors(save(console, page_of(target.kpi), **again))
    assert Target.objects.count() == 1


@pytest.mark.parametrize(
    ("numbers", "why"),
    [
        ({"lower": "5", "upper": "4"}, "The lower bound is not above the upper one"),
        ({"lower": ""}, "Give a lower bound, an upper bound, or both"),
        ({"lower": "1000000000001"}, "less than or equal to 1000000000000"),
        ({"lower": "0.0000001"}, "no more than 6 decimal places"),
        ({"lower": "many"}, "Enter a number"),
    ],
)
def test_a_target_that_cannot_be_is_an_error(console, target, numbers, why):
    assert why in errors(save(console, page_of(target), **numbers))
    assert why in errors(save(console, page_of(target.kpi), **{f"targets-0-{k}": v for k, v in numbers.items()}))


def test_a_past_exception_is_changed_in_the_list_of_targets(console, administrator, target):
    past = make.target(target.kpi, lower=80, ends_on=date(2026, 3, 31))
    assert 'value="80"' not in console.get(page_of(target.kpi)).text
    save(console, page_of(past), upper="85")
    assert listed(console.get(reverse(TARGETS), {"state": "superseded"})) == {past}
    changed = listed(console.get(reverse(TARGETS), {"state": "exceptions"})).pop()
    assert (changed.lower, changed.upper, changed.recorded_by) == (80, 85, administrator)
    assert listed(console.get(reverse(TARGETS), {"state": "standing", "q": "rework"})) == {target}


def test_history_is_read_only_and_a_second_change_of_one_target_comes_too_late(console, target):
    form = filled(console.get(page_of(target)))
    together = filled(console.get(page_of(target.kpi)))
    console.post(page_of(target), form | {"lower": "91"})
    assert console.post(page_of(target), form | {"lower": "92"}).status_code == 403
    assert console.post(page_of(target, "delete"), {"post": "yes"}).status_code == 403
    errors(console.post(page_of(target.kpi), together | {"targets-0-lower": "92"}))
    assert list(Target.objects.values_list("lower", flat=True).order_by("pk")) == [90, 91]


def test_deleting_a_target_on_its_own_page_supersedes_it(console, target):
    console.post(page_of(target, "delete"), {"post": "yes"})
    assert Target.objects.get().superseded_at == NOW


# --- Observations -------------------------------------------------------------------------------


@pytest.fixture
def recorded(creative, administrator):
    kpi = make.ratio(creative, code="on-time")
    first = make.observations(kpi, creative, {date(2026, 11, 9): (9, "10.5")}, by=administrator).batch
    make.observations(kpi, creative, {date(2026, 11, 9): (8, 10)}, reason="recount")
    return kpi, first


def test_observations_are_listed_by_kpi_department_state_and_batch(console, creative, media, recorded):
    kpi, first = recorded
    other = make.kpi(media)
    make.observations(other, media, {date(2026, 11, 9): 7})
    current, before = kpi.observations.get(superseded_at=None), first.observations.get()
    for asked, found in [
        ({"kpi__id__exact": kpi.pk}, {current, before}),
        ({"kpi__id__exact": kpi.pk, "state": "current"}, {current}),
        ({"state": "superseded"}, {before}),
        ({"department__id__exact": media.pk}, {other.observations.get()}),
        ({"batch": first.pk}, {before}),
    ]:
        assert listed(console.get(reverse(OBSERVATIONS), asked)) == found
    assert "9 / 10.5" in console.get(reverse(OBSERVATIONS)).text


@pytest.mark.parametrize("model", ["observation", "batch"])
@pytest.mark.parametrize("page", ["add", "change", "delete", "history"])
def test_what_was_recorded_has_no_other_page_than_its_list(console, recorded, model, page):
    with pytest.raises(NoReverseMatch):
        reverse(f"admin:kpis_{model}_{page}", args=[] if page == "add" else [1])
    address = reverse(f"admin:kpis_{model}_changelist") + ("add/" if page == "add" else f"1/{page}/")
    for answer in (console.get(address), console.post(address, {"post": "yes", "value": "1"})):
        assert answer.status_code == 404


def test_nothing_recorded_can_be_deleted_from_the_list(console, recorded):
    kpi, _ = recorded
    keys = [o.pk for o in Observation.objects.filter(kpi=kpi)]
    console.post(reverse(OBSERVATIONS), {"action": "delete_selected", "_selected_action": keys, "post": "yes"})
    assert Observation.objects.count() == 2


def test_the_list_of_batches_leads_to_what_each_brought(console, recorded):
    _, first = recorded
    page = console.get(reverse(BATCHES), {"q": "recount"})
    assert listed(page) == {Batch.objects.exclude(pk=first.pk).get()}
    assert f'href="{reverse(OBSERVATIONS)}?batch={page.context["cl"].result_list[0].pk}"' in page.text


def test_observations_are_listed_newest_first_by_key_alone(console, creative, recorded):
    make.observations(make.kpi(creative), creative, {date(2020, 1, 6): 3})
    page = console.get(reverse(OBSERVATIONS))
    keys = [each.pk for each in page.context["cl"].result_list]
    assert keys == sorted(keys, reverse=True)
    assert page.context["cl"].queryset.query.order_by[:1] == ("-id",)
    assert f'href="/batches/{recorded[1].pk}/"' in page.text


def test_observations_are_searched_by_kpi_and_department(console, creative, media, recorded):
    make.observations(make.ratio(media, code="on-time-media"), media, {date(2026, 11, 9): (1, 2)})
    for words, many in [("on-time", 3), ("on-time media", 1), ("creative", 2), ("creative media", 0), ("nothing", 0)]:
        assert len(listed(console.get(reverse(OBSERVATIONS), {"q": words}))) == many


def exported_list(console, model, query=""):
    answer = console.get(reverse(f"admin:kpis_{model}_export") + query)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_observations_are_exported_as_the_list_shows_them(console, creative, administrator, recorded):
    inert = make.kpi(creative, code="inert")
    make.observations(inert, creative, {date(2026, 11, 9): "-3.50"}, reference="=1+1")
    (row,) = exported_list(console, "observation", "?q=inert")
    assert (row["reference"], row["value"], row["for"]) == ("'=1+1", "-3.5", "2026-11-09")
    first, before = exported_list(console, "observation", f"?kpi__id__exact={recorded[0].pk}")
    assert (first["numerator"], first["superseded at"], before["recorded by"]) == ("8", "", "admin")
    assert len(exported_list(console, "observation", "?state=superseded")) == 1
    assert 'href="export/?state=superseded"' in console.get(reverse(OBSERVATIONS), {"state": "superseded"}).text
    assert console.get(reverse("admin:kpis_observation_export"), {"nonsense__x": "1"}).status_code == 400


def test_an_export_of_many_observations_asks_no_more_and_sends_them_one_by_one(
    console, creative, django_assert_max_num_queries
):
    kpi = make.kpi(creative, recorded="day")
    make.observations(kpi, creative, {date(2010, 1, 1) + timedelta(n): n for n in range(2500)})
    with django_assert_max_num_queries(12):
        assert len(exported_list(console, "observation")) == 2500


def test_assignments_and_targets_are_exported_by_their_filters(console, creative, media, target):
    make.target(target.kpi, upper="1.50", department=creative, starts_on=TODAY, ends_on=TODAY)
    assert [row["kpi"] for row in exported_list(console, "assignment", "?state=now")] == ["rework"]
    assert exported_list(console, "assignment", "?state=over") == []
    (row,) = exported_list(console, "target", "?state=exceptions")
    assert (row["department"], row["at most"], row["to"]) == ("creative", "1.5", str(TODAY))
    assert len(exported_list(console, "target")) == 2


def test_pages_of_observations_are_counted_no_further_than_anybody_turns_them(console, creative):
    kpi = make.kpi(creative, recorded="day")
    make.observations(kpi, creative, {date(2026, 1, 1) + timedelta(n): n for n in range(60)})
    assert console.get(reverse(OBSERVATIONS)).context["cl"].paginator.count == 60
    paginator = console.get(reverse(OBSERVATIONS)).context["cl"].paginator
    paginator.most = 55
    del paginator.count
    assert paginator.count == 55


def test_the_list_of_observations_takes_the_same_queries_at_any_size(
    console, creative, media, django_assert_num_queries
):
    make.observations(make.kpi(creative), creative, {date(2026, 11, 9): 3})
    console.get(reverse(OBSERVATIONS))
    with capture() as few:
        console.get(reverse(OBSERVATIONS))
    for _ in range(8):
        make.observations(make.kpi(media), media, {date(2026, 11, 9): 3, date(2026, 11, 2): 4})
    with django_assert_num_queries(len(few)):
        console.get(reverse(OBSERVATIONS))


# --- Definitions as files -----------------------------------------------------------------------


def upload(console, *lines):
    file = SimpleUploadedFile("kpis.csv", "\n".join(lines).encode())
    return console.post(reverse("admin:kpis_kpi_import"), {"import_file": file, "format": "0", "resource": "0"})


def confirm(console, preview):
    return console.post(reverse("admin:kpis_kpi_process_import"), preview.context["confirm_form"].initial)


def kinds(preview):
    return [row.import_type for row in preview.context["result"].rows]


def test_definitions_are_imported_and_what_is_not_said_follows(
    console, administrator, creative, django_capture_on_commit_callbacks
):
    head = "code,name,owner,unit,cadence,over_time,headline,target,measured_by"
    lines = ["on-time,On time,creative,%,month,,yes,95,", "open,Open jobs,Creative,jobs,,last,no,,creative; agency"]
    preview = upload(console, head, *lines)
    assert not Kpi.objects.exists()
    with django_capture_on_commit_callbacks() as callbacks:
        confirm(console, preview)
    assert tasks.wake in callbacks
    ratio, stock = Kpi.objects.get(code="on-time"), Kpi.objects.get(code="open")
    assert (ratio.recorded, ratio.over_time, ratio.over_departments, ratio.per) == ("month", "ratio", "ratio", 100)
    assert (stock.cadence, stock.over_departments, stock.per) == ("week", "sum", 1)
    assert (ratio.headline, stock.headline) == (True, False)
    assert (ratio.targets.get().lower, stock.assignments.count()) == (95, 2)
    assert ratio.history.get().history_user == administrator


def test_every_bad_definition_is_named_and_none_is_imported(console, creative):
    preview = upload(
        console,
        "code,name,department,direction,over_time,over_departments,headline,decimals,least,most",
        "good,Good,creative,up,sum,sum,no,1,,10",
        "bad one,Bad,nowhere,sideways,sum,sum,perhaps,many,few,",
        "mixed,Mixed,creative,up,mean,sum,no,6,5,4.5",
    )
    wrong = {r.number + 1: r.error_dict for r in preview.context["result"].invalid_rows}
    assert wrong[3]["direction"] == ["Found “sideways”, expected one of up, down, in, neutral."]
    assert wrong[3]["department"][0].startswith("Found “nowhere”, expected a department's name, such as")
    assert wrong[3].keys() == {"code", "direction", "department", "headline", "decimals", "least"}
    assert wrong[4] == {
        "over_departments": ["Found “sum”, expected mean or none, where over_time is mean."],
        "most": ["Found “4.5”, expected at least 5, the least that it can be."],
    }
    assert "confirm_form" not in preview.context
    assert not Kpi.objects.exists()


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (["name", "x"], "has no column code. Known are department, code"),
        (["code,colour", "x,red"], "columns that are not known, or twice: colour"),
        (["code,owner,department", "x,a,b"], "columns that are not known, or twice: department"),
        (["\0"], "The file cannot be read: it has NUL bytes"),
        (["code,department", *["x,creative"] * 2001], "The file has more than 2,000 rows: split it."),
    ],
)
def test_a_file_that_is_no_table_of_definitions_is_refused_in_a_sentence(console, creative, lines, why):
    page = upload(console, *lines)
    assert why in page.text
    assert "confirm_form" not in page.context


def exported(console, kind="0"):
    return console.post(reverse("admin:kpis_kpi_export"), {"format": kind, "resource": "0"}).content


def measured(creative, media):
    make.ratio(creative, media, code="on-time", description="=cmd|'/c calc'!A1\r\nand so on", numerator_name="-on time")
    make.kpi(media, code="load", headline=True, retired_on=TODAY, direction="in", starts_on=TODAY)
    make.target(Kpi.objects.get(code="on-time"), lower=90)
    make.target(Kpi.objects.get(code="on-time"), lower="95.5", starts_on=date(2026, 6, 1))
    make.target(Kpi.objects.get(code="load"), lower=75, upper=80)


@pytest.mark.parametrize("kind", ["0", "1"])
def test_an_export_of_definitions_imported_again_changes_nothing(console, creative, media, tmp_path, kind):
    measured(creative, media)
    (tmp_path / "kpis").write_bytes(exported(console, kind))
    file = SimpleUploadedFile("kpis", (tmp_path / "kpis").read_bytes())
    preview = console.post(reverse("admin:kpis_kpi_import"), {"import_file": file, "format": "0", "resource": "0"})
    assert kinds(preview) == ["skip", "skip"]
    report = import_kpis(tmp_path / "kpis", by=None, at=NOW)
    assert (report.unchanged, report.changed, report.targets, report.rejected) == (2, 0, 0, 0)


def test_an_export_of_definitions_has_the_columns_that_the_command_reads(console, creative, media):
    measured(creative, media)
    rows = csv.DictReader(io.StringIO(exported(console).decode("utf-8-sig"), newline=""))
    found = {row["code"]: row for row in rows}
    first = found["on-time"]
    assert list(first) == list(COLUMNS)
    assert (first["description"][:2], first["numerator_name"]) == ("'=", "'-on time")
    assert (first["target"], first["starts_on"], first["measured_by"]) == ("95.5", "2026-06-01", "creative; media")
    assert (found["load"]["target"], found["load"]["headline"]) == ("75..80", "yes")


def test_an_export_of_definitions_founds_another_agency(console, creative, media, tmp_path):
    measured(creative, media)
    (tmp_path / "kpis.csv").write_bytes(exported(console))
    before = definitions(Kpi.objects.all(), on=TODAY)
    for rows in (Target.objects, Assignment.objects, Kpi.objects):
        rows.all().delete()
    assert import_kpis(tmp_path / "kpis.csv", by=None, at=NOW).created == 2
    after = definitions(Kpi.objects.all(), on=TODAY)
    before["on-time"]["description"] = before["on-time"]["description"].replace("\r\n", "\n")
    assert after == before


def test_a_changed_definition_keeps_what_the_file_does_not_speak_of(console, creative):
    kpi = make.ratio(creative, code="on-time", description="As promised.", numerator_name="on time")
    preview = upload(console, "code,name,numerator_name,per,target", "on-time,Punctual,,,95")
    assert kinds(preview) == ["update"]
    assert "<del>On time</del> <ins>Punctual</ins>" in preview.text
    confirm(console, preview)
    kpi.refresh_from_db()
    assert (kpi.name, kpi.numerator_name, kpi.per, kpi.description) == ("Punctual", "on time", 100, "As promised.")
    assert kpi.targets.get().lower == 95
