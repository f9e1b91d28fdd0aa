"""What a table shows of itself: its head, its layout, its columns, its dates and numbers."""

from datetime import date

import pytest

from kpis.chosen import head_key, mapping_of
from kpis.guessing import guess, period_columns
from kpis.look import Unusable, look_at
from kpis.periodic import month_in, period_in
from kpis.profile import Profile, Vocabulary, folded
from kpis.reading import Reading
from kpis.sheets import Table

WORDS = Vocabulary(
    {"creative": "creative", "account service": "account-service"},
    {"jobs": "jobs", "open jobs": "jobs", "otd": "otd", "on time delivery": "otd"},
    {"on time": ("otd", "numerator"), "due": ("otd", "denominator")},
)


def look(text, delimiter=",", **how):
    rows = [(n, line.split(delimiter)) for n, line in enumerate(text.strip("\n").split("\n"), 1)]
    return look_at(rows, how.pop("words", WORDS), **how)


def guessed(text, *, names=(), **how):
    return guess(look(text, **how), WORDS, names=names)


@pytest.mark.parametrize(
    ("head", "first"),
    [
        ("Jan-26", date(2026, 1, 1)), ("Feb 2026", date(2026, 2, 1)), ("March '26", date(2026, 3, 1)),
        ("Q1/2026", date(2026, 1, 1)), ("2Q26", date(2026, 4, 1)), ("2026-Q3", date(2026, 7, 1)),
        ("KW 47 2026", date(2026, 11, 16)), ("Week 47/26", date(2026, 11, 16)), ("2026 W47", date(2026, 11, 16)),
        ("2026-11", date(2026, 11, 1)), ("22.11.2026", date(2026, 11, 22)), ("2026-11-22 00:00:00", date(2026, 11, 22)),
        ("2026", None), ("4711", None), ("Total", None), ("KW 54 2026", None), ("31/02/2026", None), ("May 1026", None),
    ],
)  # fmt: skip
def test_a_period_is_recognised_in_a_head(head, first):
    assert period_in(head) == first


def test_months_without_a_year_are_months_where_there_are_several():
    assert (month_in("Mar."), month_in("March"), month_in("Marching"), month_in("3")) == (3, 3, None, None)
    assert period_columns(["Team", "Jan", "Feb"]) == {2: "1", 3: "2"}
    assert period_columns(["Team", "May", "Note"]) == {}


def test_names_are_the_same_whatever_their_case_spaces_and_marks():
    assert folded("  On-Time_Delivery (DUE) ") == "on time delivery due"


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("Team,kpi,date\nCreative,jobs,2026-01", 1),
        ("Report 2026,,\n,,\nprinted,Monday,\nTeam,Week,Value\nA,1,2\nB,2,3", 4),
        ("a report,of,ours\nTeam,Week,Value\nA,1,2\nB,2,3", 2),
        ("# note\nx,y\n1,2", 2),
        ("only\n1", 1),
    ],
)
def test_the_names_of_columns_are_found_below_what_stands_above_them(text, row):
    assert look(text).header_row == row


def test_a_value_per_row_is_told_by_what_stands_in_the_columns_not_by_their_names():
    found = guessed("Wer,Was,Wann,Wieviel\nCreative,Open jobs,2026-W46,5\nAccount Service,otd,2026-W47,6")
    assert found == {"layout": "long", "department": "1", "kpi": "2", "date": "3", "value": "4"}


def test_names_decide_where_the_cells_do_not():
    found = guessed("Unit,Metric,Year,Month,Actual,Goal,Comment\nX,Y,2026,3,5,6,fine")
    assert found == {
        "layout": "long", "department": "1", "kpi": "2", "year": "3", "month": "4", "target": "6", "value": "5",
        "note": "7",
    }  # fmt: skip


def test_a_column_per_period_and_whose_it_is_by_the_name_of_the_file():
    found = guessed("Measure,Jan-26,Feb-26\nOpen jobs,1,2", names=["Creative 2026", "Sheet1"])
    assert found == {"layout": "periods", "department": "=creative", "kpi": "1"}


def test_a_column_per_kpi_by_code_by_name_and_by_what_a_ratio_divides():
    found = guessed("Team,Week,Open Jobs,on time,due\nCreative,2026-W46,1,2,3")
    assert found["kpis"] == {"3": "jobs: value", "4": "otd: numerator", "5": "otd: denominator"}
    assert (found["layout"], found["department"], found["date"]) == ("kpis", "1", "2")


def dates(*texts):
    profile = Profile()
    for text in texts:
        profile.see(text, WORDS)
    return profile


def test_the_order_of_day_and_month_is_never_guessed():
    assert dates("03/04/2026", "05/06/2026").order is None
    assert dates("03/04/2026", "13/06/2026").order == "day"
    assert dates("03-04-26", "05-31-26").dated["format"] == "A-B-%y"
    assert dates("03-04-26", "05-31-26").order == "month"
    torn = dates("13/06/2026", "06/13/2026").dated
    assert (torn["order"], torn["against"]) == (None, "06/13/2026")
    assert dates("5/19/2006 0:00:00").date_format == "A/B/%Y %H:%M:%S"


@pytest.mark.parametrize(
    ("numbers", "sign"),
    [
        (["0,61", "81,204"], ","), (["81,204"], None), (["1.234,5", "€ 1.2k"], None), (["1,5", "2,5"], None),
        (["1,5", "1.5", "1,234"], None),
    ],
)  # fmt: skip
def test_the_decimal_sign_is_said_only_where_the_rule_would_read_otherwise_than_others_show(numbers, sign):
    assert guessed("\n".join(["value", *numbers]), delimiter=";").get("decimal") == sign


def test_texts_that_mean_nothing_and_comments_are_passed_over():
    found = look("kpi,value\n# not yet final\njobs,-\njobs,n/a\njobs,5")
    assert found.comments == [2]
    assert guess(found, WORDS)["nothing"] == "-, n/a"


def test_a_table_without_end_is_refused():
    with pytest.raises(Unusable, match="more than 5,000,000 rows"):
        look_at(((n, []) for n in range(1, 5_000_002)), WORDS)


def read(text, choices, **seen):
    table = look(text)
    known = {"heads": table.heads, "header_row": table.header_row, "comments": table.comments, **seen}
    rows = [(n, line.split(",")) for n, line in enumerate(text.split("\n"), 1)]
    found = Reading(Table("table", iter(rows)), mapping_of(choices, known, WORDS)).rows()
    return [(row.department, row.kpi, row.date, row.value) for row in found]


def test_choices_become_a_mapping():
    text = "who,when,n\nCreative,03/04/2026,-\nCreative,03/05/2026,0.5"
    dated = {"2": {"format": "A/B/%Y"}}
    choices = {"department": "1", "kpi": "=jobs", "date": "2", "value": "3", "order": "month", "nothing": "-, n/a"}
    assert read(text, choices | {"multiply": "100"}, dated=dated)[1] == ("Creative", "jobs", date(2026, 3, 5), 50)
    assert read(text, choices | {"order": "day"}, dated=dated)[1][2] == date(2026, 5, 3)


def test_heads_are_the_same_whatever_their_case_and_spaces():
    assert head_key(["Team ", "KPI"]) == head_key(["team", "k P I".replace(" ", "")])
    assert head_key(["a", "b"]) != head_key(["b", "a"])
