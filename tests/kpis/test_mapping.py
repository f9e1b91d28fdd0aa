import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from kpis.cells import NotRead
from kpis.goals import Goal
from kpis.mapping import Mapping, MappingInvalid
from kpis.mapping_file import load, parse
from kpis.reading import Problem, Reading
from kpis.sheets import Table

DOCS = Path(__file__).parents[2] / "docs"
LONG = """
[columns]
department = "Team"
kpi = "Measure"
date = "When"
value = "Figure"
"""


def table(*rows):
    return Table("table.csv", enumerate(rows, 1))


def rows(*cells, mapping=LONG):
    return list(Reading(table(*cells), parse(mapping)).rows())


def one(*cells, mapping=LONG):
    (row,) = rows(*cells, mapping=mapping)
    return row


HEAD = ["Team", "Measure", "When", "Figure"]


def test_without_a_mapping_the_heads_are_the_fields():
    heads = ["KPI", "department", "Date", "numerator", "denominator", "reference", "target", "note"]
    (row,) = Reading(table([], heads, ["otd", "Media", "2026-W47", "9", "10", "r1", "80..90", "all in"]), None).rows()
    assert (row.number, row.kpi, row.department, row.date) == (3, "otd", "Media", date(2026, 11, 16))
    assert (row.value, row.numerator, row.denominator) == (None, 9, 10)
    assert (row.reference, row.target, row.note) == ("r1", Goal(80, 90), "all in")


@pytest.mark.parametrize(
    ("heads", "message"),
    [
        (["department", "kpi", "date"], "no column value"),
        (["kpi", "date", "value"], "no column department"),
        (["department", "kpi", "date", "value", "tarjet"], "not known, or twice: tarjet"),
        (["department", "kpi", "date", "value", "value"], "not known, or twice: value"),
    ],
)
def test_a_canonical_table_has_the_known_columns_once(heads, message):
    with pytest.raises(MappingInvalid, match=message):
        Reading(table(heads), None)


def test_a_table_without_heads_is_refused():
    with pytest.raises(MappingInvalid, match="no row with the names"):
        Reading(table([], ["", " "]), None)


def test_columns_are_found_whatever_the_case_and_line_breaks_of_their_heads():
    row = one(["team", "MEASURE", "When\n(month)", "Figure"], ["IT", "otd", "2026-11", "5"],
              mapping=LONG.replace('"When"', '"when (Month)"'))  # fmt: skip
    assert (row.date, row.value) == (date(2026, 11, 1), 5)
    assert row.layout["date"].column == "When (month)"


def test_constants_and_column_numbers_stand_in_for_names():
    mapping = 'constants = { department = "IT", kpi = "otd" }\n[columns]\ndate = 1\nvalue = 3'
    row = one(["d", "", ""], ["2026-11", "x", "5"], mapping=mapping)
    assert (row.department, row.kpi, row.value) == ("IT", "otd", 5)


def test_texts_are_translated_and_an_unknown_one_is_named_with_the_known():
    mapping = LONG + '[translate]\nkpi = { "On time" = "otd", Errors = "err" }'
    assert one(HEAD, ["IT", " On  time ", "2026-11", "5"], mapping=mapping).kpi == "otd"
    (problem,) = one(HEAD, ["IT", "Late", "2026-11", "5"], mapping=mapping).problems
    assert problem == Problem(2, "Measure", "Late", "one of On time, Errors")


def test_a_look_up_file_translates_and_is_found_beside_the_data_first(tmp_path):
    (tmp_path / "maps").mkdir()
    (tmp_path / "maps" / "teams.csv").write_text("no,team\n7,Wrong\n")
    (tmp_path / "teams.csv").write_text("no,team\n7,Media\n8,IT\n")
    mapping = tmp_path / "maps" / "m.toml"
    mapping.write_text(LONG + '[translate]\ndepartment = { file = "teams.csv", from = "no", to = "team" }')
    reading = Reading(
        table(HEAD, [7.0, "otd", "2026-11", 5], ["9", "otd", "2026-11", "5"]), load(mapping, beside=tmp_path / "x")
    )
    good, bad = reading.rows()
    assert good.department == "Media"
    assert bad.problems == (Problem(3, "Team", "9", "a no that is in teams.csv"),)


def test_a_date_comes_from_its_parts():
    mapping = LONG.replace('date = "When"', 'year = "Y"\nquarter = "Q"')
    head = ["Team", "Measure", "Y", "Q", "Figure"]
    assert one(head, ["IT", "otd", "2026", "Q4", "5"], mapping=mapping).date == date(2026, 10, 1)
    columns = [problem.column for problem in one(head, ["IT", "otd", "26", "5", "5"], mapping=mapping).problems]
    assert columns == ["Y", "Q"]
    (lacking,) = one(head, ["IT", "otd", "2026", "", "5"], mapping=mapping).problems
    assert lacking == Problem(2, "Q", "", "a quarter")


def test_what_means_none_is_none_also_as_another_spelling_of_the_number():
    mapping = LONG + 'target = "Plan"\n[none]\nany = ["-", "n/a"]\ntarget = ["0"]'
    first, second = rows([*HEAD, "Plan"], ["IT", "otd", "2026-11", "0", "0.0"], ["IT", "otd", "2026-12", "-", 7],
                         mapping=mapping)  # fmt: skip
    assert (first.value, first.target) == (0, None)
    assert (second.value, second.target) == (None, 7)


def test_numbers_and_dates_are_read_the_way_the_file_writes_them():
    mapping = 'decimal = ","\nround = true\ndate_format = "%d/%m/%Y"\nmultiply = { value = 100 }\n' + LONG
    row = one(HEAD, ["IT", "otd", "03/04/2026", "0,611553068"], mapping=mapping)
    assert (row.date, row.value) == (date(2026, 4, 3), Decimal("61.1553"))


def test_rows_before_the_head_skipped_rows_and_blank_rows_are_passed_over():
    found = rows(["Report"], HEAD, ["unit", "", "", "%"], ["", "", "", ""], ["IT", "otd", "2026-11", "5"], [],
                 mapping="header_row = 2\nskip_rows = [3]\n" + LONG)  # fmt: skip
    assert [(row.number, row.value) for row in found] == [(5, 5)]


def test_a_bad_row_names_each_of_its_cells():
    row = one(HEAD, ["", "otd", "soon", "many"])
    assert [(p.row, p.column, p.found) for p in row.problems] == [
        (2, "When", "soon"),
        (2, "Figure", "many"),
        (2, "Team", ""),
    ]


def test_a_row_without_any_number_is_empty_whatever_else_it_says():
    assert one(HEAD, ["Total", "", "soon", " "]).is_empty


def test_a_number_cut_in_two_by_its_comma_is_not_taken_for_a_smaller_one():
    (problem,) = one(HEAD, ["IT", "otd", "2026-11", "1", "234.5"]).problems
    assert problem == Problem(2, "column 5", "234.5", "nothing: the head has 4 columns")


def test_a_column_for_each_period():
    mapping = r"""
wide = "periods"
header = '^(?P<kpi>Total|Digital) (?P<month>[A-Z][a-z]+) - [A-Za-z]+ (?P<year>\d{4})$'
[columns]
department = "Dept"
[translate]
kpi = { Total = "total", Digital = "digital" }
"""
    head = ["Dept", "Total\nJul - Sep 2012", "Cost £", "Digital\nOct - Dec 2012"]
    found = rows(head, ["DWP", "1,200", "9", ""], ["HMRC", "-", "", "7"], mapping=mapping)
    assert [(row.department, row.kpi, row.date, row.value) for row in found if not row.problems] == [
        ("DWP", "total", date(2012, 7, 1), 1200),
        ("HMRC", "digital", date(2012, 10, 1), 7),
    ]
    assert [problem for row in found for problem in row.problems] == [
        Problem(3, "Total Jul - Sep 2012", "-", "a number")
    ]


def test_a_column_or_two_for_each_kpi():
    mapping = """
wide = "kpis"
[columns]
department = "Team"
date = "Week"
[kpis]
jobs = "Open jobs"
otd = { numerator = "On time", denominator = "Due", target = "Plan" }
"""
    found = rows(["Team", "Week", "Open jobs", "On time", "Due", "Plan"], ["IT", "2026-W47", "12", "9", "10", "95"],
                 mapping=mapping)  # fmt: skip
    assert [(row.kpi, row.value, row.numerator, row.denominator, row.target) for row in found] == [
        ("jobs", 12, None, None, None),
        ("otd", None, 9, 10, 95),
    ]


def test_a_kpi_is_defined_by_columns_constants_and_overrides():
    mapping = (
        LONG
        + """
[create.kpis]
name = { column = "Name" }
direction = { column = "Dir", translate = { U = "up", D = "down" } }
over_time = "mean"
[[create.overrides]]
where = { name = "^Total", direction = "up" }
set = { over_time = "sum", decimals = 0 }
"""
    )
    cells = [[*HEAD, "Name", "Dir"], *(["IT", "a", "2026-11", "5", name, "U"] for name in ("Total jobs ", "Share"))]
    reading = Reading(table(*cells, ["IT", "a", "2026-11", "5", "x", "Z"]), parse(mapping))
    total, share, bad = reading.rows()
    assert reading.definition(total)[0].items() >= {"name": "Total jobs", "over_time": "sum", "decimals": "0"}.items()
    assert reading.definition(share)[0].items() >= {"name": "Share", "over_time": "mean", "direction": "up"}.items()
    with pytest.raises(NotRead, match="expected one of U, D"):
        reading.definition(bad)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("colums = 1", "“colums” is not known. Known are .*“columns”"),
        ("[columns]\nvalu = 'x'", "columns: “valu” is not known. Known are .*“value”"),
        ("[columns]\nvalue = 1.5", "a column is a name or a number"),
        ("[columns", "is not TOML"),
        (LONG + "[create.kpis]\ncolour = 'red'", "“colour” is not known. Known are “name”"),
        (LONG + "[create]\nkpis = 5", "“kpis” is a table, not 5"),
        (LONG + "[[create.overrides]]\nwhere = { name = '(' }", "is not a regular expression"),
        ("decimal = ';'\n" + LONG, "“decimal” is '.' or ',', not ';'"),
        ("skip_rows = ['a']\n" + LONG, "list of whole numbers"),
        ("header_row = true\n" + LONG, "“header_row” is a whole number"),
        ("delimiter = ';;'\n" + LONG, "one character"),
        ("none = [5]\n" + LONG, "list of texts"),
        ("multiply = { value = inf }\n" + LONG, "is a number, not inf"),
        ("wide = 'periods'\n" + LONG, "wide = “periods” and header go together"),
        ("wide = 'kpis'\n" + LONG, "wide = “kpis” and the table kpis go together"),
        ("wide = 'periods'\nheader = '(?P<week>.*)'\n" + LONG, "groups of header"),
        (LONG.replace("department", "note"), "name the department"),
        (LONG.replace("kpi", "note"), "name the KPI"),
        (LONG.replace("date", "year"), "name the date"),
        (LONG.replace("value", "numerator"), "name the numbers"),
        (LONG + "[translate]\nnote = { a = 'b' }", "translates what it does not name"),
        (LONG + "[translate]\nkpi = { file = '../x.csv', from = 'a', to = 'b' }", "the name of a file beside the data"),
        (LONG + "[translate]\nkpi = { file = 'x.csv', from = 'a', to = 'b' }", "there is no x.csv beside"),
    ],
)  # fmt: skip
def test_a_mapping_that_cannot_be_followed_is_refused_by_name(text, message):
    with pytest.raises(MappingInvalid, match=message):
        parse(text)


@pytest.mark.parametrize("column", ["Nothing", "Figure", 9])
def test_a_column_that_is_not_there_or_there_twice_is_refused_with_those_there_are(column):
    mapping = LONG.replace('"Figure"', repr(column).replace("'", '"'))
    with pytest.raises(MappingInvalid, match="column.*(nowhere|twice|table has 5)"):
        Reading(table([*HEAD, "figure"]), parse(mapping))


def test_an_empty_mapping_is_the_canonical_table():
    assert Mapping().sources is None


def test_a_long_reference_is_shortened_and_stays_apart_from_its_like():
    mapping = LONG + 'reference = "Ref"'
    long = "x" * 100
    found = rows([*HEAD, "Ref"], *(["IT", "otd", "2026-11", "5", long + end] for end in "ab"), mapping=mapping)
    assert len({row.reference for row in found}) == 2
    assert {len(row.reference) for row in found} == {80}


def test_the_documented_mappings_can_be_followed(tmp_path):
    (tmp_path / "teams.csv").write_text("no,name\n7,Media\n")
    blocks = re.findall(r"```toml\n(.*?)```", (DOCS / "importing.md").read_text(), re.DOTALL)
    mappings = [parse(block if "columns" in block else LONG + block, folders=[tmp_path]) for block in blocks]
    assert len(mappings) == 3
    assert mappings[0].translations["department"].meanings == {"7": "Media"}
