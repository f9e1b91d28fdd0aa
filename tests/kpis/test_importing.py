import csv
import gzip
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter
from django.core.management import CommandError, call_command

from departments.models import Department
from kpis.goals import Goal
from kpis.mapping import Mapping
from kpis.mapping_file import load, parse
from kpis.models import Assignment, Batch, Kpi, Observation, OwnRollup, Process, Rollup, Signal, Target
from kpis.periods import Grain
from kpis.selectors.series import series
from kpis.services.defining import import_kpis
from kpis.services.importing import import_observations
from kpis.services.judging import judge
from kpis.services.rollups import drain
from kpis.services.targets import Aim, record_targets
from kpis.spc import Rule
from tests import make
from tests.clock import NOW, TODAY
from tests.kpis.oracle import differences

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
DATA = ROOT.parent / "shared" / "data"
MTA = DATA / "mta_agency_kpis" / "mta_kpis_monthly_2009-01_2017-03.csv"
TBTA = DATA / "mta_agency_kpis" / "MTA_Performance_TBTA_raw.csv.gz"
GDS = DATA / "gds_services" / "services.csv"
real = pytest.mark.skipif(not DATA.is_dir(), reason="the folder of public data is not here")
LATER = NOW + timedelta(hours=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path):
    def write(*lines, name="values.csv"):
        (tmp_path / name).write_text("\n".join(lines) + "\n")
        return tmp_path / name

    return write


@pytest.fixture
def jobs(creative):
    return make.kpi(creative, code="jobs")


def run(path, *, at=NOW, **how):
    return import_observations(path, by=how.pop("by", None), at=at, **how)


def counts(report):
    return (report.added, report.corrected, report.unchanged, report.rejected)


def current(**where):
    return list(Observation.objects.current().filter(**where).order_by("date").values_list("date", "value"))


HEAD = "department,kpi,date,value"


def test_a_file_is_recorded_once_however_often_it_comes(file, jobs, coo):
    path = file(HEAD, "Creative,jobs,2026-W46,5", " creative ,jobs,2026-11-20,7")
    first, again = run(path, by=coo), run(path, by=coo, at=LATER)

    assert (counts(first), counts(again)) == ((2, 0, 0, 0), (0, 0, 2, 0))
    assert current() == [(date(2026, 11, 9), 5), (date(2026, 11, 16), 7)]
    batch = Batch.objects.get()
    assert (batch.recorded_by, batch.source, batch.file_name, len(batch.file_sha256)) == (coo, "file", "values.csv", 64)


def test_one_changed_cell_is_one_correction(file, jobs):
    run(file(HEAD, "Creative,jobs,2026-W46,5", "Creative,jobs,2026-W47,7"))
    report = run(file(HEAD, "Creative,jobs,2026-W46,5", "Creative,jobs,2026-W47,8"), at=LATER)

    assert counts(report) == (0, 1, 1, 0)
    assert Observation.objects.get(superseded_in=report.batch).value == 7


def test_a_dry_run_says_the_same_and_leaves_nothing(file, jobs):
    path = file(HEAD + ",target", "Creative,jobs,2026-W46,5,6")
    dry = run(path, dry_run=True)

    assert not Observation.objects.exists() | Batch.objects.exists() | Target.objects.exists()
    assert (dry.written, dry.batch) == (False, None)
    assert counts(dry) == counts(run(path)) == (1, 0, 0, 0)


def test_every_cell_that_cannot_be_taken_is_named_and_nothing_is_written(file, jobs, creative, media):
    make.ratio(creative, code="otd")
    make.kpi(creative, code="bus", starts_on=date(2026, 11, 16))
    report = run(
        file(
            HEAD + ",numerator,denominator",
            "Creative,jobs,2026-W46,5",
            "Creativ,jobs,2026-W46,5",
            "Creative,job,2026-W46,5",
            "Media,jobs,2026-W46,5",
            "Creative,jobs,soon,many",
            "Creative,otd,2026-W46,95",
            "Creative,otd,2026-W46,,9",
            "Creative,jobs,2026-W46,,9,10",
            "Creative,jobs,1989-12-31,5",
            "Creative,bus,2026-11-15,5",
            "Creative,jobs,2026-11-10,6",
            "Creative,jobs,2026-W45,,",
        )
    )
    assert (counts(report), report.rows, report.empty, report.written) == ((1, 0, 0, 10), 12, 1, False)
    assert not Observation.objects.exists()
    assert [tuple(problem) for problem in report.problems] == [
        (3, "department", "Creativ", "a department's name, such as Creative"),
        (4, "kpi", "job", "a KPI's code, such as jobs"),
        (5, "kpi", "jobs", "a KPI that Media measures"),
        (6, "date", "soon", "a date such as 2026-11-22, 2026-11, 2026-W47 or 2026-Q4"),
        (6, "value", "many", "a number"),
        (7, "value", "95", "nothing: otd is recorded as numerator and denominator"),
        (8, "denominator", "", "a number: otd is recorded as numerator and denominator"),
        (9, "numerator", "9", "nothing: jobs is recorded as value"),
        (9, "denominator", "10", "nothing: jobs is recorded as value"),
        (10, "date", "1989-12-31", "a date from 1990-01-01 to 2079-12-31"),
        (11, "date", "2026-11-15", "a day on which Creative measures bus"),
        (12, "date", "2026-11-10", "a period and reference that row 2 does not give already"),
    ]


def test_a_rejection_shows_what_stands_in_the_cell(file, tmp_path, jobs, media):
    make.kpi(media, code="late", starts_on=date(2026, 11, 2), retired_on=date(2026, 11, 16))
    lines = ["Media, late ,2026-W43,1", "Media,late,Oct 2026,1", "Media,late,2026-W47,1", "Media,JOBS,2026-W46,1"]
    found = [problem[1:3] for problem in run(file(HEAD, *lines)).problems]
    assert found == [("date", "2026-W43"), ("date", "Oct 2026"), ("date", "2026-W47"), ("kpi", "JOBS")]
    with xlsxwriter.Workbook(tmp_path / "values.xlsx", {"default_date_format": "d/m/yy"}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEAD.split(","))
        sheet.write_row(1, 0, ["Media", "late", datetime(2026, 10, 19), 5])
    assert run(tmp_path / "values.xlsx").problems[0].found == "2026-10-19"


def test_a_date_in_parts_is_shown_in_its_parts(file, jobs):
    Assignment.objects.update(starts_on=date(2026, 11, 2))
    columns = '[columns]\nkpi = "kpi"\nyear = "Y"\nmonth = "M"\nvalue = "value"\n'
    translated = columns + 'department = "Team"\n[translate]\ndepartment = { 9 = "Creative", 8 = "Craetive" }'
    lines = ["9,jobs,2025,Mar,5", "8,jobs,2026,11,5"]
    first, second = run(file("Team,kpi,Y,M,value", *lines), mapping=parse(translated)).problems
    assert tuple(first[1:3]) == ("Y, M", "2025, Mar")
    assert tuple(second[1:3]) == ("Team", "8, translated to Craetive")


@pytest.fixture
def failing(tmp_path):
    def write(*rows):
        with xlsxwriter.Workbook(tmp_path / "values.xlsx") as book:
            book.add_worksheet("Notes").write_formula(0, 3, "=1/0", None, "#DIV/0!")
            sheet = book.add_worksheet("Q4 & more")
            sheet.write_row(2, 0, [*HEAD.split(","), "note"])
            for number, (row, cell, shown) in enumerate(rows, 4):
                sheet.write_row(number, 0, row)
                if cell is not None:
                    sheet.write_formula(number, cell, "=1/0", None, shown)
        return tmp_path / "values.xlsx"

    return write


@pytest.mark.parametrize("shown", ["#DIV/0!", "#N/A", "#REF!"])
def test_a_formula_that_failed_is_not_an_empty_cell(failing, jobs, shown):
    week = ["Creative", "jobs", "2026-W46", 5]
    words = [*week[:2], "2026-W45", 5, shown]  # as a text they are only words, in the same column
    path = failing((week[:3], 3, shown), (words, None, ""), (week, 4, shown), (["", *week[1:]], 0, shown))
    report = run(path, mapping=Mapping(sheet="Q4 & more"))
    wanted = "a value: the cell's formula failed"
    assert (report.empty, report.rejected) == (0, 3)
    assert [tuple(p) for p in report.problems] == [
        (5, "value", shown, wanted), (7, "note", shown, wanted), (8, "department", shown, wanted),
    ]  # fmt: skip


def test_a_mapping_may_say_that_a_failed_formula_is_nothing(failing, jobs):
    path = failing((["Creative", "jobs", "2026-W46"], 3, "#N/A"))
    report = run(path, mapping=Mapping(sheet="Q4 & more", none={"any": frozenset(["#N/A"])}))
    assert (report.empty, report.rejected) == (1, 0)


def test_a_ratio_of_nothing_is_no_ratio(file, creative):
    make.ratio(creative, code="otd", recorded="day")
    head, pairs = "department,kpi,date,numerator,denominator", ["37,0", "37,-5", "0,-1", "0,0", "-3,0", "-1,2", "500,5"]
    lines = [f"Creative,otd,2026-11-0{day},{pair}" for day, pair in enumerate(pairs, 1)]
    report = run(file(head, *lines), skip_rejected=True)
    assert [tuple(p) for p in report.problems] == [
        (2, "denominator", "0", "a number other than 0: 37 of nothing"),
        (3, "denominator", "-5", "a number that is not below 0: it counts what the numerator is a part of"),
        (4, "denominator", "-1", "a number that is not below 0: it counts what the numerator is a part of"),
        (6, "denominator", "0", "a number other than 0: -3 of nothing"),
    ]
    kept = Observation.objects.order_by("date").values_list("numerator", "denominator")
    assert list(kept) == [(0, 0), (-1, 2), (500, 5)]


def test_the_rest_is_written_where_rejected_rows_are_skipped(file, jobs):
    report = run(file(HEAD, "Creative,jobs,2026-W46,5", "Nobody,jobs,2026-W46,5"), skip_rejected=True)
    assert (counts(report), report.written, len(current())) == ((1, 0, 0, 1), True, 1)


def test_a_workbook_is_as_good_as_a_csv_file(tmp_path, jobs):
    with xlsxwriter.Workbook(tmp_path / "values.xlsx", {"default_date_format": "d/m/yy"}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEAD.split(","))
        sheet.write_row(1, 0, ["Creative", "jobs", date(2026, 11, 10), 0.1 + 0.2])
    assert counts(run(tmp_path / "values.xlsx")) == (1, 0, 0, 0)
    assert current() == [(date(2026, 11, 9), Decimal("0.3"))]


def test_an_absurd_date_is_named_and_leaves_nothing_behind(file, agency):
    lines = ["Print,new,9999-12-31,5", "Print,new,0001-01-01,5", "Print,new,2026-01-01,5"]
    report = run(file(HEAD, *lines), mapping=bring(), skip_rejected=True)
    assert counts(report) == (1, 0, 0, 2)
    assert Assignment.objects.get().starts_on == date(2026, 1, 1)


def test_a_file_whose_name_is_no_text_is_imported(tmp_path, jobs):
    path = tmp_path / b"\xff.csv".decode(errors="surrogateescape")
    path.write_text(f"{HEAD}\nCreative,jobs,2026-W46,5\n")
    assert run(path).batch.file_name == "?.csv"


def test_references_tell_values_of_one_day_apart(file, jobs):
    lines = ["Creative,jobs,2026-W46,5,a", "Creative,jobs,2026-W46,6,b", "Creative,jobs,2026-W46,7,a"]
    report = run(file(HEAD + ",reference", *lines), skip_rejected=True)
    assert counts(report) == (2, 0, 0, 1)
    assert [problem.row for problem in report.problems] == [4]


@pytest.mark.parametrize(
    ("direction", "target", "lower", "upper"),
    [("up", "8", 8, None), ("down", "8", None, 8), ("neutral", "8", 8, 8), ("in", "7..9", 7, 9)],
)
def test_a_target_becomes_an_exception_for_its_period(file, creative, direction, target, lower, upper):
    make.kpi(creative, code="k", direction=direction, recorded="day")
    report = run(file("department,kpi,date,value,target", f"Creative,k,2026-11-17,5,{target}"))

    row = Target.objects.get()
    assert (report.targets, row.department.name, row.starts_on, row.ends_on) == (
        1, "Creative", date(2026, 11, 16), date(2026, 11, 22),
    )  # fmt: skip
    assert (row.lower, row.upper) == (lower, upper)


def test_a_value_of_the_future_is_refused_and_a_target_of_it_is_not(file, jobs):
    report = run(file(HEAD + ",target", "Creative,jobs,2031-11-16,5,", "Creative,jobs,2031-11-16,,9"))
    assert counts(report) == (0, 0, 0, 1)
    assert report.problems[0].expected == "a period that has begun by 2026-11-18"


def test_a_single_number_is_no_target_for_a_band(file, creative):
    make.kpi(creative, code="k", direction="in")
    report = run(file("department,kpi,date,target", "Creative,k,2026-W46,5"))
    assert [problem.column for problem in report.problems] == ["target"]


def test_a_target_that_stands_is_not_written_again_and_a_new_one_supersedes(file, jobs):
    make.target(jobs, lower=5)
    head = "department,kpi,date,target"
    first = run(file(head, "Creative,jobs,2026-W46,5", "Creative,jobs,2026-W47,6"))
    again = run(file(head, "Creative,jobs,2026-W46,5", "Creative,jobs,2026-W47,6"), at=LATER)
    changed = run(file(head, "Creative,jobs,2026-W47,7"), at=LATER)

    assert [report.targets for report in (first, again, changed)] == [1, 0, 1]
    assert Target.objects.get(superseded_at=LATER).lower == 6
    assert sorted(Target.objects.current().values_list("lower", flat=True)) == [5, 7]


def test_recording_targets_takes_no_query_for_each(jobs, creative, coo, django_assert_max_num_queries):
    days = [date(2020, 1, 6) + timedelta(weeks=week) for week in range(200)]
    aims = [
        Aim(jobs.pk, creative.pk, day, day + timedelta(days=6), Goal(Decimal(n), None)) for n, day in enumerate(days)
    ]
    with django_assert_max_num_queries(10):
        assert record_targets(aims, by=coo, at=NOW) == 200
    with django_assert_max_num_queries(5):
        assert record_targets(aims, by=coo, at=LATER) == 0


BRING = """
constants = {{ }}
[columns]
department = "department"
kpi = "kpi"
date = "date"
value = "value"
[create]
departments = true
parents = {{ Print = "Studio" }}
[create.kpis]
cadence = "month"
over_time = "{over_time}"
over_departments = "{over_departments}"
"""


def bring(over_time="sum", over_departments="sum"):
    return parse(BRING.format(over_time=over_time, over_departments=over_departments))


def test_what_a_file_names_for_the_first_time_is_created_where_the_mapping_says_so(file, agency, coo):
    path = file(HEAD, "Print,new,2026-02-14,5", "Studio,new,2026-03-01,5", "Print,new,2026-01-31,4")
    report = run(path, mapping=bring(), by=coo)
    again = run(path, mapping=bring(), by=coo, at=LATER)

    assert (report.departments_created, report.kpis_created, counts(report)) == (2, 1, (3, 0, 0, 0))
    assert (again.departments_created, again.kpis_created, counts(again)) == (0, 0, (0, 0, 3, 0))
    print_shop = Department.objects.get(name="Print")
    assert (print_shop.parent.name, print_shop.parent.parent) == ("Studio", agency)
    assert Assignment.objects.get(department=print_shop).starts_on == date(2026, 1, 1)
    kpi = Kpi.objects.get()
    assert (kpi.owner, kpi.recorded, kpi.history.get().history_user) == (print_shop, "month", coo)


def test_an_earlier_value_moves_the_start_of_who_measures(file, agency):
    run(file(HEAD, "Print,new,2026-02-14,5"), mapping=bring())
    report = run(file(HEAD, "Print,new,2025-02-14,5"), mapping=bring(), at=LATER)
    assert counts(report) == (1, 0, 0, 0)
    assert Assignment.objects.get().starts_on == date(2025, 2, 1)


def test_a_definition_that_cannot_be_is_named_once_and_its_rows_are_rejected(file, agency):
    lines = ["Print,new,2026-01-01,5", "Print,new,2026-02-01,5"]
    report = run(file(HEAD, *lines), mapping=bring(over_time="mean", over_departments="sum"))
    assert (report.rejected, [tuple(p) for p in report.problems]) == (
        2, [(2, "“over_departments” of the mapping", "sum", "mean or none, where over_time is mean")],
    )  # fmt: skip
    assert not Department.objects.filter(name="Print").exists()


KPIS = "code,name,department,unit,direction,cadence,recorded,over_time,target,measured_by,starts_on,headline"


def test_kpi_definitions_are_created_changed_and_left_alone(file, creative, media, coo):
    lines = [
        "otd,On time,creative,%,up,week,day,ratio,95,Creative; media,2026-01-01,yes",
        "load,Load,Media,%,in,month,,ratio,75..80,,,",
    ]
    path = file(KPIS, *lines)
    first, again = (import_kpis(path, by=coo, at=at) for at in (NOW, LATER))
    changed = import_kpis(file(KPIS, "otd,On time in full,,,,,,,96,,2026-06-01,"), by=coo, at=LATER)

    assert [(r.created, r.changed, r.unchanged, r.targets) for r in (first, again, changed)] == [
        (2, 0, 0, 2), (0, 0, 2, 0), (0, 1, 0, 1),
    ]  # fmt: skip
    otd, load = Kpi.objects.get(code="otd"), Kpi.objects.get(code="load")
    assert (otd.name, otd.owner, otd.per, otd.recorded, otd.headline) == ("On time in full", creative, 100, "day", True)
    assert [(each.department, each.starts_on) for each in otd.assignments.order_by("pk")] == [
        (creative, date(2026, 1, 1)), (media, date(2026, 1, 1)),
    ]  # fmt: skip
    assert list(otd.targets.current().order_by("starts_on").values_list("lower", "starts_on")) == [
        (95, date(2026, 1, 1)), (96, date(2026, 6, 1)),
    ]  # fmt: skip
    assert (load.recorded, load.targets.get().lower, load.targets.get().upper) == ("month", 75, 80)
    assert otd.history.count() == 2


def test_a_definition_that_cannot_be_taken_is_named_by_its_cells(file, jobs, creative):
    make.observations(jobs, creative, {date(2026, 11, 9): 5})
    report = import_kpis(
        file(
            KPIS,
            "o td,,Creativ,,upp,weekly,,,9x,nobody,soon,maybe",
            "jobs,Jobs,,,,,,ratio,,,,",
            "band,Band,Creative,,in,week,,sum,5,,,",
            "slow,Slow,Creative,,,week,month,sum,,,,",
            ",Nameless,Creative",
            "band2,Band,Creative,,up,week,,sum,5,,,,,too much",
            "ok,Fine,Creative,,up,week,,sum,,,,",
            "ok,Twice,Creative,,up,week,,sum,,,,",
        ),
        by=None,
        at=NOW,
    )
    assert (report.rows, report.rejected, report.written) == (8, 7, False)
    assert not Kpi.objects.filter(code="ok").exists()
    assert [(problem.row, problem.column) for problem in report.problems] == [
        *((2, column) for column in (
            "code", "direction", "cadence", "headline", "department", "measured_by", "starts_on", "target",
        )),
        (3, "over_departments"), (3, "over_time"), (4, "target"), (5, "recorded"), (6, "code"),
        (7, "column 13"), (9, "code"),
    ]  # fmt: skip


def test_the_command_prints_what_it_did_and_brings_the_rollups_up_to_date(file, jobs, coo, capsys):
    call_command("import_observations", file(HEAD, "Creative,jobs,2026-W46,5"), by="coo")
    printed = capsys.readouterr().out
    assert ("added                1" in printed, "rollups brought up to date: 1 KPI\n" in printed) == (True, True)
    assert OwnRollup.objects.get(grain="week").sum == 5


def test_the_command_names_rejected_cells_and_ends_with_2(file, jobs, capsys):
    with pytest.raises(CommandError, match="Nothing was written") as ended:
        call_command("import_observations", file(HEAD, "Creative,jobs,2026-W46,five"))
    assert ended.value.returncode == 2
    assert "row 2, column value: found “five”, expected a number" in capsys.readouterr().err


@pytest.mark.parametrize("dry_run", [True, False])
def test_the_commands_count_what_would_be_written_in_a_dry_run_alone(file, creative, capsys, dry_run):
    kpis = file("code,department,target", "new,Creative,95", "n ew,Creative,")
    values = file(HEAD + ",target", "Creative,jobs,2026-W46,5,6", "Creative,jobs,2026-W46,five,6", name="v.csv")
    make.kpi(creative, code="jobs")
    for command, path in (("import_kpis", kpis), ("import_observations", values)):
        with pytest.raises(CommandError):
            call_command(command, path, dry_run=dry_run)
        printed = capsys.readouterr().out
        assert "rows                 2" in printed
        assert ("1\n" in printed.replace("rejected             1", ""), "targets added: 1" in printed) == (dry_run,) * 2


def test_a_column_without_a_name_is_called_by_its_number_once(file, jobs, capsys):
    with pytest.raises(CommandError):
        call_command("import_observations", file(HEAD, "Creative,jobs,2026-W46,5,6"))
    assert "row 2, column 5: found “6”, expected nothing" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["import_observations", "import_kpis"])
@pytest.mark.parametrize(
    "content", [b"", b"\0", b"a,b\n1,2\n", b"PK\x03\x04", gzip.compress(b"x", mtime=0)[:12], b"\xff\xfe\0"]
)
def test_a_bad_file_is_one_sentence_and_no_traceback(db, tmp_path, command, content):
    (tmp_path / "bad.csv").write_bytes(content)
    with pytest.raises(CommandError, match="bad.csv"):
        call_command(command, tmp_path / "bad.csv")


# --- The real thing -----------------------------------------------------------------------------


def mta(path=MTA, **how):
    return run(path, mapping=load(EXAMPLES / "mta.toml", beside=MTA), **how)


def published(path=MTA):
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open(newline="") as lines:
        return list(csv.DictReader(lines))


@real
def test_eight_years_of_a_transport_authority(tmp_path, db):
    dry, first, again = mta(dry_run=True), mta(), mta(at=LATER)
    lines = MTA.read_text().splitlines(keepends=True)
    lines[5] = lines[5].rsplit(",", 1)[0] + ",99.5\n"
    (tmp_path / "corrected.csv").write_text("".join(lines))
    corrected = mta(tmp_path / "corrected.csv", at=LATER)

    assert counts(dry) == counts(first) == (12164, 0, 0, 0)
    assert counts(again) == (0, 0, 12164, 0)
    assert counts(corrected) == (0, 1, 12163, 0)
    assert (first.kpis_created, first.targets, again.targets) == (133, 12164 - 501, 0)
    wanted = {(r["INDICATOR_SEQ"], date(int(r["PERIOD_YEAR"]), int(r["PERIOD_MONTH"]), 1)): Decimal(r["MONTHLY_ACTUAL"])
              for r in published()}  # fmt: skip
    kept = Observation.objects.known_at(NOW).values_list("kpi__code", "date", "value")
    assert {(code, day): value for code, day, value in kept} == wanted


@real
def test_every_rollup_of_it_equals_a_recomputation(db):
    mta()
    drain(now=NOW)
    assert Rollup.objects.filter(grain="year").exists()
    assert differences() == []


@real
def test_an_error_of_sixty_times_stands_out_and_spoils_no_limits(db):
    mta()
    drain(now=NOW)
    judge(on=TODAY, now=NOW)
    kpi = Kpi.objects.get(name__startswith="Total Paratransit Ridership")
    found = series(kpi, kpi.owner, grain=Grain.MONTH, on=TODAY)
    values = {cell.period: (cell.value, point) for cell, point in zip(found.cells, found.points, strict=True)}
    value, error = values[date(2010, 12, 1)]
    others = sorted(v for v, _ in values.values() if v is not None and v != value)
    assert value > 50 * others[-1]
    assert Rule.BEYOND_LIMIT in [flag.rule for flag in error.flags]
    assert others[0] < error.limits.centre < others[-1]
    assert error.limits.upper - error.limits.lower < others[-1]
    before, after = values[date(2010, 11, 1)][1], values[date(2011, 2, 1)][1]
    assert Rule.BEYOND_LIMIT not in {flag.rule for point in (before, after) for flag in point.flags}
    assert Signal.objects.filter(kpi=kpi, kind="improvement", first__lte="2010-12-01", last="2010-12-01").exists()
    assert Process.objects.filter(assurance="misses").exists()


@real
def test_the_authority_becomes_six_departments_and_its_indicators_kpis(db):
    mta()
    tree = {d.name: d.parent and d.parent.name for d in Department.objects.select_related("parent")}
    assert tree.pop("Staten Island Railway") == "NYCT Subways"
    assert sorted(name for name, parent in tree.items() if parent == "MTA") == [
        "Bridges and Tunnels", "Long Island Rail Road", "MTA Bus", "Metro-North Railroad", "NYCT Bus", "NYCT Subways",
    ]  # fmt: skip
    punctual, riders, lifts = (Kpi.objects.get(code=code) for code in ("20421", "55512", "374957"))
    assert (punctual.name, punctual.unit, punctual.direction, punctual.over_time) == (
        "On-Time Performance",
        "%",
        "up",
        "mean",
    )
    assert (riders.name, riders.unit, riders.over_time, riders.decimals) == ("Total Ridership", "", "sum", 0)
    assert (lifts.direction, lifts.over_time) == ("neutral", "sum")
    assert set(Kpi.objects.values_list("cadence", "recorded", "over_departments")) == {("month", "month", "none")}


@real
def test_the_raw_feed_with_its_padding_shows_what_was_restated(db):
    mta()
    report = mta(TBTA, at=LATER)
    assert counts(report) == (51, 3, 294, 0)
    restated = Observation.objects.filter(batch=report.batch, recorded_at=LATER, date__gte=date(2017, 1, 1))
    assert {o.kpi.name for o in restated.select_related("kpi") if o.date < date(2017, 4, 1)} == {"Total Traffic"}


@real
def test_quarters_of_government_services_add_up_to_what_was_published(db):
    mapping = load(EXAMPLES / "gds.toml", beside=GDS)
    first, again = run(GDS, mapping=mapping), run(GDS, mapping=mapping, at=LATER)
    assert (first.rejected, first.added, again.unchanged) == (0, 21099, 21099)
    wanted = defaultdict(int)
    for row in published(GDS):
        wanted[row["Department"]] += int(row["Total transactions\nJul - Sep 2016"].replace(",", "") or 0)
    kept = defaultdict(Decimal)
    for name, value in Observation.objects.filter(kpi__code="transactions", date=date(2016, 7, 1)).values_list(
        "department__name", "value"
    ):
        kept[name] += value
    assert kept == {name: total for name, total in wanted.items() if name in kept}
    assert sum(kept.values()) == sum(wanted.values())
