from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.cells import NotRead
from kpis.dates import NotADate, parse_date
from kpis.goals import Goal
from kpis.numbers import LIMIT, NotANumber, parse_number, parse_target
from kpis.periods import FIRST_DAY, LAST_DAY
from kpis.written import written

exact = st.decimals(-LIMIT, LIMIT, places=6)


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("1.234,5", "1234.5"),
        ("1,234.5", "1234.5"),
        ("12%", "12"),
        ("12 %", "12"),
        ("€ 1.2k", "1200"),
        ("1.2M €", "1200000"),
        ("EUR 12", "12"),
        ("(1,200)", "-1200"),
        ("(€ 5)", "-5"),
        ("−€ 5", "-5"),
        ("1'234", "1234"),
        ("1\N{NARROW NO-BREAK SPACE}234\N{NO-BREAK SPACE}567,5", "1234567.5"),
        ("5-", "-5"),
        ("1.234.567", "1234567"),
        (".54", "0.54"),
        ("1e3", "1000"),
        (0.1 + 0.2, "0.3"),
        (274.65999999999997, "274.66"),
        (7, "7"),
    ],
)
def test_a_number_is_read_however_it_is_written(cell, number):
    assert parse_number(cell) == Decimal(number)


@pytest.mark.parametrize("cell", [None, "", "  ", "\N{NO-BREAK SPACE}"])
def test_an_empty_cell_is_no_number_and_never_zero(cell):
    assert parse_number(cell) is None


def test_what_could_be_two_numbers_follows_the_rule_or_what_the_caller_knows():
    assert parse_number("1,234") == 1234
    assert parse_number("1.234") == Decimal("1.234")
    assert parse_number("0,125") == Decimal("0.125")
    assert parse_number("1.234", decimal=",") == 1234
    assert parse_number("1,5", decimal=",") == Decimal("1.5")


@pytest.mark.parametrize(
    "cell",
    ["abc", "1,2,3", "12 34", "--5", "(-5)", "5 tickets", "½", "²", "٣", "1_000", "0x10", ",", "-", "%", "nan", "inf",
     "1e400", "1e-400", "9" * 90, "1e13", True, float("nan"), float("inf"), 1e300, datetime(2026, 1, 1)],
)  # fmt: skip
def test_what_is_no_number_is_refused(cell):
    with pytest.raises(NotANumber):
        parse_number(cell)


@pytest.mark.parametrize(("cell", "decimal"), [("1,5", "."), ("1.5", ","), ("1,234.5", ",")])
def test_the_wrong_decimal_sign_is_refused_by_name(cell, decimal):
    with pytest.raises(NotANumber, match=f"“{decimal}” as decimal sign"):
        parse_number(cell, decimal=decimal)


def test_more_than_six_decimals_in_text_are_refused_unless_rounding_is_asked_for():
    with pytest.raises(NotANumber, match="at most six decimals"):
        parse_number("0.1234565")
    assert parse_number("0.1234565", rounded=True) == Decimal("0.123456")
    assert parse_number("1.50000000") == Decimal("1.5")


@given(exact)
def test_what_is_shown_reads_back(number):
    for unit in ("", "%", "€"):
        assert parse_number(written(number, decimals=6, unit=unit)) == number


@given(exact)
def test_every_way_of_writing_a_number_says_the_same(number):
    english = f"{number:,.6f}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert (
        parse_number(english, decimal=".") == parse_number(german, decimal=",") == parse_number(str(number)) == number
    )


@given(st.integers(-(10**11), 10**11), st.integers(0, 4))
def test_a_spreadsheets_float_is_the_number_that_was_typed(whole, places):
    typed = Decimal(whole).scaleb(-places)
    assert parse_number(float(typed)) == typed


@given(st.one_of(st.text(max_size=30), st.text("0123456789.,-+()%€k' e", max_size=12), st.floats()))
def test_no_cell_gives_anything_but_a_number_within_limits_or_a_refusal(cell):
    try:
        number = parse_number(cell)
    except NotRead:
        return
    assert number is None or (abs(number) <= LIMIT and number == round(number, 6))


@pytest.mark.parametrize(
    ("cell", "target"),
    [
        ("95", Decimal(95)),
        ("75..80", Goal(75, 80)),
        ("0,95–1,05", Goal(Decimal("0.95"), Decimal("1.05"))),
        ("75 - 80 %", Goal(75, 80)),
        ("75..", Goal(75, None)),
        ("..80", Goal(None, 80)),
        ("-5", Decimal(-5)),
        (8.5, Decimal("8.5")),
        ("", None),
    ],
)
def test_a_target_is_a_number_or_a_band(cell, target):
    assert parse_target(cell) == target


@pytest.mark.parametrize("cell", ["80..75", "..", "a..b", "high"])
def test_what_is_no_target_is_refused(cell):
    with pytest.raises(NotANumber):
        parse_target(cell)


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2026-11-22", date(2026, 11, 22)),
        ("2026-11", date(2026, 11, 1)),
        ("2026-W47", date(2026, 11, 16)),
        ("2012-Q4", date(2012, 10, 1)),
        ("22.11.2026", date(2026, 11, 22)),
        ("Nov 2026", date(2026, 11, 1)),
        ("22 November 2026", date(2026, 11, 22)),
        ("2004-01-05T00:00:00Z", date(2004, 1, 5)),
        ("20261122", date(2026, 11, 22)),
        (20261122.0, date(2026, 11, 22)),
        (datetime(2026, 11, 22, 9), date(2026, 11, 22)),
        (date(2026, 11, 22), date(2026, 11, 22)),
    ],
)
def test_a_date_is_read_however_it_is_written(cell, day):
    assert parse_date(cell) == day


@pytest.mark.parametrize("cell", ["2026-02-30", "2026-13", "2026-W54", "2026", "45000", "soon", "", None, True, 3.5])
def test_what_is_no_date_is_refused(cell):
    with pytest.raises(NotADate):
        parse_date(cell)


def test_a_date_that_means_two_things_is_refused_until_its_format_is_given():
    with pytest.raises(NotADate, match="date_format: %d/%m/%Y or %m/%d/%Y"):
        parse_date("03/04/2026")
    assert parse_date("03/04/2026", date_format="%d/%m/%Y") == date(2026, 4, 3)
    with pytest.raises(NotADate, match="a date written as %d/%m/%Y"):
        parse_date("2026-04-03", date_format="%d/%m/%Y")


@given(st.dates(FIRST_DAY, LAST_DAY))
def test_a_day_reads_back_from_every_form_it_is_written_in(day):
    for form in ("%Y-%m-%d", "%d.%m.%Y", "%Y/%m/%d"):
        assert parse_date(f"{day:{form}}") == day
