"""Event logs of other systems: what they say is what counting the file gives."""

import csv
import tracemalloc
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from random import Random
from statistics import median

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from issues.eventlog import Columns, Event, Reader, Sorted, shows_day_first
from issues.models import EventCase, EventGroup, EventLog, Handover
from issues.selectors.handovers import handovers
from issues.services import handovers as handovers_service
from kpis.sheets import Table

LOG = Path(__file__).parents[3] / "shared" / "data" / "uci_incident_log" / "incident_event_log.csv"
real = pytest.mark.skipif(not LOG.exists(), reason="the incident log is not beside the project")
ASKED = {"case": "number", "group": "assignment_group", "at": "sys_updated_at"}
SAID = {"reopened": "reopen_count", "kept": "made_sla"}
FORM = "%d-%m-%Y %H:%M"

pytestmark = pytest.mark.django_db


def run(path, **options):
    out, err = StringIO(), StringIO()
    options = {"case": "case", "group": "team", "at": "at", **options}
    try:
        call_command("import_handovers", str(path), **options, stdout=out, stderr=err)
    except CommandError as error:
        return f"{out.getvalue()}{err.getvalue()}{error}"
    return out.getvalue()


@pytest.fixture
def file(tmp_path):
    def write(*lines, name="log.csv"):
        (tmp_path / name).write_text("\n".join(lines) + "\n")
        return tmp_path / name

    return write


def recount(path):
    """Counted with nothing but csv: pairs, reopenings, kept, missed."""
    cases = defaultdict(list)
    with path.open(newline="") as lines:
        for row in csv.DictReader(lines):
            cases[row["number"]].append((datetime.strptime(row["sys_updated_at"], FORM), row))
    pairs, reopened, kept = Counter(), 0, Counter()
    for events in cases.values():
        rows = [row for _, row in sorted(events, key=lambda event: event[0])]  # a stable sort: file order where equal
        groups = [row["assignment_group"] for row in rows if row["assignment_group"] != "?"]
        pairs.update((left, right) for left, right in zip(groups, groups[1:], strict=False) if left != right)
        reopened += max(int(row["reopen_count"]) for row in rows)
        kept[rows[-1]["made_sla"]] += 1
    return pairs, reopened, kept, len(cases)


@real
def test_the_incident_log_says_what_a_plain_recount_of_it_says(agency):
    told = run(LOG, name="Incidents", **ASKED, **SAID)
    found = handovers(EventLog.objects.get())
    pairs, reopened, kept, cases = recount(LOG)
    assert {(pair.left.name, pair.came_to.name): pair.count for pair in found.pairs} == pairs
    assert (found.reopened, found.kept, found.missed) == (reopened, kept["TRUE"], kept["FALSE"])
    assert (found.count, found.cases, found.log.events) == (sum(pairs.values()), cases, 5998)
    assert (found.count, found.reopened, found.kept, found.missed) == (834, 11, 495, 395)
    assert [line.split() for line in told.splitlines()][:2] == [["events", "5,998"], ["without", "a", "group", "145"]]


@real
def test_the_same_file_again_changes_nothing(agency):
    run(LOG, name="Incidents", **ASKED)
    assert "Nothing changed: this file was imported as “Incidents”" in run(LOG, name="Other", **ASKED)
    assert EventLog.objects.count() == 1
    assert "Imported" in run(LOG, name="With agreement", **ASKED, **SAID)  # other columns say something else


def test_a_case_waits_from_when_it_came_to_a_group(agency, file):
    path = file(
        "case,team,at",
        "1,Desk,2026-11-16 09:00",
        "1,Desk,2026-11-16 11:00",
        "1,,2026-11-16 12:00",
        "1,Network,2026-11-17 10:00",
        "1,Desk,2026-11-17 10:00",
    )
    run(path)
    rows = Handover.objects.order_by("pk").values_list("left__name", "came_to__name", "elapsed", "worked")
    assert list(rows) == [("Desk", "Network", 25 * 3600, 9 * 3600), ("Network", "Desk", 0, 0)]
    case = EventCase.objects.get()
    assert (case.reopened, case.is_kept, case.last_at - case.first_at) == (None, None, timedelta(hours=25))


def test_random_logs_are_what_counting_by_hand_gives(agency, file):
    lot = Random(4)
    rows = [(lot.randrange(9), lot.choice("ABC?"), lot.randrange(20)) for _ in range(300)]
    start = datetime(2026, 11, 16, 10)
    run(file("case,team,at", *(f"{case},{group},{start + timedelta(minutes=m)}" for case, group, m in rows)))
    waits = defaultdict(list)
    for case in range(9):
        here = None
        for _, group, at in sorted((row for row in rows if row[0] == case and row[1] != "?"), key=lambda row: row[2]):
            if here and here[0] != group:
                waits[here[0], group].append(60 * (at - here[1]))
            if not here or here[0] != group:
                here = group, at
    found = handovers(EventLog.objects.get())
    assert {
        (pair.left.name, pair.came_to.name): (pair.count, pair.elapsed.total_seconds()) for pair in found.pairs
    } == {key: (len(each), median(each)) for key, each in waits.items()}


def test_a_group_called_like_a_department_is_that_department(creative, file):
    run(file("case,team,at", "1,creative,2026-11-16", "1,Elsewhere,2026-11-17"))
    assert dict(EventGroup.objects.values_list("name", "department__name")) == {
        "creative": "Creative",
        "Elsewhere": None,
    }


def test_reopenings_are_also_told_by_a_value(agency, file):
    path = file("case,team,at,state", *(f"1,A,2026-11-16 1{n}:00,{state}" for n, state in enumerate("ORRCR")))
    run(path, reopening="state=r")
    assert EventCase.objects.get().reopened == 2


def test_bad_rows_are_named_and_nothing_is_written(agency, file):
    path = file(
        "case,team,at,again,sla",
        ",A,2026-11-16,0,yes",
        "2,A,yesterday,0,yes",
        "3,A,2026-11-16,often,maybe",
        "4,A,9999-12-31,0,yes",
        "",
        "5",
    )
    told = run(path, reopened="again", kept="sla")
    for line in (
        "row 2, column case: found “”, expected the name of a case",
        "row 3, column at: found “yesterday”, expected a date and time such as 2026-11-22 14:30",
        "row 4, column again: found “often”, expected how often it was reopened",
        "row 4, column sla: found “maybe”, expected one of: true, yes",
        "row 5, column at: found “9999-12-31”, expected a time between 1990-01-01 and 2079-12-31",
        "row 7, column at: found “”",
        "Nothing was written",
    ):
        assert line in told
    assert not EventLog.objects.exists()


def test_days_and_months_that_nothing_tells_apart_are_not_guessed(agency, file):
    told = run(file("case,team,at", "1,A,03/04/2026 10:00", "1,B,05/04/2026 10:00"))
    assert "found “03/04/2026 10:00”, which means two days" in told
    assert "Imported" in run(
        file("case,team,at", "1,A,03/04/2026 10:00", "1,B,05/04/2026 10:00"), format="%d/%m/%Y %H:%M"
    )
    assert timezone.localdate(Handover.objects.get().at).month == 4


@pytest.mark.parametrize(
    ("text", "day"),
    [("11/23/2026 10:00", False), ("23/11/2026 10:00", True), ("03.04.2026", True), ("2026-04-03 10:00", None)],
)
def test_one_time_that_reads_one_way_tells_how_all_are_written(text, day):
    rows = iter([(1, ["case", "team", "at"]), (2, ["1", "A", text])])
    assert shows_day_first(Reader(Table("log", rows), Columns("case", "team", "at"), UTC)) is day


def test_a_column_that_is_not_there_is_said_with_those_that_are(agency, file):
    path = file("case,team,at", "1,A,2026-11-16")
    assert "log.csv has no column “owner”. Its columns: case, team, at." in run(path, group="owner")
    assert "expected COLUMN=VALUE" in run(path, reopening="state")
    assert "not both" in run(path, reopening="a=b", reopened="team")
    assert "There is no file" in run(path.with_name("none.csv"))
    assert "has no events" in run(file("case,team,at", name="head.csv"))
    assert "expected 1 to 120" in run(path, name="x" * 121)
    assert "There is no user" in run(path, by="nobody")


def test_a_dry_run_says_what_would_happen_and_writes_nothing(agency, file):
    told = run(file("case,team,at", "1,A,2026-11-16", "1,B,2026-11-17"), dry_run=True)
    assert "hand-overs" in told
    assert "Dry run: nothing was written." in told
    assert not EventLog.objects.exists()
    assert not EventGroup.objects.exists()


def imported(file, *, groups=30):
    lines = [
        f"{n},G{n % groups},2026-11-16 09:00\n{n},G{(n + 1) % groups},2026-11-16 1{n % 9}:30" for n in range(groups * 3)
    ]
    run(file("case,team,at", *lines, name=f"{groups}.csv"), name=f"Of {groups}")
    return EventLog.objects.get(name=f"Of {groups}")


def test_whoever_reads_everything_sees_the_groups_of_a_log(client, creative_head, designer, file):
    log = imported(file)
    client.force_login(creative_head)
    assert "Of 30" in client.get("/issues/logs/").text
    page = client.get(f"/issues/logs/{log.pk}/").text
    assert "90 hand-overs between 30 groups, in 90 of 90 cases." in page
    assert "the 20 busiest groups" in page
    assert "G29 → G0" in page
    assert "the log does not say" in page
    client.force_login(designer)
    assert [client.get(url).status_code for url in ("/issues/logs/", f"/issues/logs/{log.pk}/")] == [404, 404]


def test_a_log_is_shown_with_as_many_queries_however_long_it_is(client, coo, agency, file):
    client.force_login(coo)
    few, many = imported(file, groups=4), imported(file, groups=40)
    counts = []
    for log in (few, few, many):
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/issues/logs/{log.pk}/")
        counts.append(len(queries))
    assert counts[1] == counts[2]


def test_fractions_of_a_second_are_order_too(agency, file):
    moments = ["16.11.2026 09:00:00.9", "16.11.2026 09:00:00.100", "16.11.2026 09:00:00.5"]
    run(file("case,team,at", *(f"1,{team},{at}" for team, at in zip("ABC", moments, strict=True))))
    assert list(Handover.objects.order_by("pk").values_list("left__name", "came_to__name")) == [("B", "C"), ("C", "A")]


def test_of_two_who_import_the_same_at_once_one_finds_it_there(agency, file, monkeypatch):
    path, taken = file("case,team,at", "1,A,2026-11-16", "1,B,2026-11-17"), handovers_service.taken

    def overtaken(*args):
        monkeypatch.setattr(handovers_service, "taken", taken)
        run(path, name="Theirs")
        return taken(*args)

    monkeypatch.setattr(handovers_service, "taken", overtaken)
    assert "Nothing changed: this file was imported as “Theirs”" in run(path, name="Mine")
    assert Handover.objects.count() == 1


def test_a_case_of_very_many_events_needs_no_room_for_all_of_them(agency):
    def told(count):
        for n in range(count):
            yield Event(n, "1", datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=n), "AB"[n % 2])

    tracemalloc.start()
    events = Sorted(told(50_000))
    assert [case.handovers for case in events.cases()] == [49_999]
    assert sum(1 for _ in events.passes()) == 49_999
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 2**21


def test_a_log_of_very_many_pairs_shows_the_most_frequent(client, coo, agency, file):
    lines = [f"{n},U{n % 250}{way},2026-11-16 09:{way:02}" for n in range(251) for way in (0, 1)]
    run(file("case,team,at", *lines))
    client.force_login(coo)
    page = client.get(f"/issues/logs/{EventLog.objects.get().pk}/")
    assert "the most frequent first: 200 of 250" in page.text
    assert page.text.count('data-label="all hours"') == 200
    assert page.text.index("U00") < page.text.index("U10")


def test_a_log_is_removed_by_the_coo_or_an_administrator_and_may_come_again(
    client, coo, administrator, creative_head, file
):
    log, other = imported(file, groups=4), imported(file, groups=5)
    client.force_login(creative_head)
    assert "Remove" not in client.get(f"/issues/logs/{log.pk}/").text
    assert client.post(f"/issues/logs/{log.pk}/removal/").status_code == 404
    for by, kept in ((coo, [other]), (administrator, [])):
        client.force_login(by)
        gone = EventLog.objects.first()
        assert "Remove this log" in client.get(f"/issues/logs/{gone.pk}/").text
        assert f"Removed: {gone}." in client.post(f"/issues/logs/{gone.pk}/removal/", follow=True).text
        assert list(EventLog.objects.all()) == kept
        assert LogEntry.objects.get(user=by).object_repr == str(gone)
    assert [rows.objects.count() for rows in (Handover, EventCase, EventGroup)] == [0, 0, 0]
    assert imported(file, groups=4)


def test_text_of_a_log_is_inert(client, coo, agency, file):
    run(file("case,team,at", "1,<b>A</b>,2026-11-16", "1,</script><script>,2026-11-17"), name="<i>log</i>")
    client.force_login(coo)
    page = client.get(f"/issues/logs/{EventLog.objects.get().pk}/").text
    assert "<b>A" not in page
    assert "<i>log" not in page
    assert "</script><script>" not in page
