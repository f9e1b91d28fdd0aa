"""Formulas are read like arithmetic, refused where they cannot be worked out, and say where."""

import re
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.formulas import FormulaInvalid, check_units, names, parse, work_out

ANSWERS = {"sales": Decimal(200), "costs": Decimal(150), "on-time.rate": Decimal("0.5"), "none": None}


def worked(text):
    return work_out(parse(text), ANSWERS.get)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("sales", 200),
        ("(sales - costs) ÷ sales × 100", 25),
        ("sales − costs − 10", 40),
        ("sales - costs * 2", -100),
        ("sales / costs / 2", Decimal(2) / 3),
        ("7 ÷ 21 × 30", 10),
        ("-costs + sales", 50),
        ("--costs", 150),
        ("on-time.rate × 1.5", Decimal("0.75")),
        ("sales × 1000000000000 ", None),
        ("5000000000 × sales", 10**12),
        ("sales*0.5", 100),
        ("2024 + sales", 2224),
        ("sales + none", None),
        ("sales ÷ (costs - 150)", None),
        ("0 × none", None),
    ],
)
def test_formulas_are_arithmetic(text, answer):
    assert worked(text) == answer


@pytest.mark.parametrize(
    ("text", "position", "found"),
    [
        ("", 1, "the end"),
        ("sales +", 8, "the end"),
        ("sales + * costs", 9, "“*”"),
        ("sales costs", 7, "“costs”"),
        ("(sales - costs", 15, "the end"),
        ("sales)", 6, "“)”"),
        ("sales % 2", 7, "“%”"),
        ("max(sales)", 4, "“(”"),
        ("sales + €", 9, "“€”"),
        ("sales × 1,000", 9, "“1,0”"),
        ("sales × ١٢", 9, "“١”"),
        ("sales × 9999999999999", 9, "“9999999999999…”"),
        ("(" * 50 + "sales" + ")" * 50, 41, "“(”"),
    ],
)
def test_what_cannot_be_read_says_where(text, position, found):
    with pytest.raises(FormulaInvalid) as error:
        parse(text)
    assert (error.value.position, error.value.found) == (position, found)
    assert str(error.value).startswith(f"At character {position}, found {found}; expected ")


def test_names_are_told_from_the_left_with_their_places():
    assert [(name.code, name.at) for name in names(parse("(b - a-1) × b"))] == [("b", 2), ("a-1", 6), ("b", 13)]


UNITS = {"sales": "€", "costs": "€", "hours": "h", "share": "%", "bare": ""}


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("sales - costs", "€"),
        ("(sales - costs) ÷ sales × 100", "%"),
        ("sales × share", "€"),
        ("sales + 1000", "€"),
        ("sales ÷ hours", "€ per hour"),
        ("sales × hours ÷ hours", "€"),
        ("sales + bare", "€"),
        ("bare", "€"),
        ("sales", ""),
        ("sales ÷ costs × 30", "days"),
        ("1 - share", "%"),
        ("sales × (2 + 3)", "€"),
    ],
)
def test_units_that_go_together(text, unit):
    check_units(parse(text), UNITS.__getitem__, unit=unit)


@pytest.mark.parametrize(
    ("text", "unit", "position", "found"),
    [
        ("sales - hours", "€", 7, "€ − h"),
        ("sales × (1 + share + costs)", "€", 20, "a bare number + €"),
        ("sales - costs", "%", 1, "what comes to €"),
        ("sales ÷ costs", "€", 1, "what comes to a bare number"),
        ("sales ÷ hours + costs", "€", 15, "€ ÷ h + €"),
    ],
)
def test_units_that_do_not(text, unit, position, found):
    with pytest.raises(FormulaInvalid) as error:
        check_units(parse(text), UNITS.__getitem__, unit=unit)
    assert (error.value.position, error.value.found) == (position, found)


numbers = st.integers(0, 99).map(str)
expressions = st.recursive(
    numbers,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(" ".join),
        inner.map("({})".format),
        inner.map("-({})".format),
    ),
    max_leaves=12,
)


@given(expressions)
def test_they_come_to_what_python_says(text):
    try:
        exact = eval(re.sub(r"\d+", r"Fraction(\g<0>)", text), {"Fraction": Fraction})  # noqa: S307
        expected = None if abs(exact) > 10**12 else Decimal(exact.numerator) / Decimal(exact.denominator)
    except ZeroDivisionError:
        expected = None
    assert work_out(parse(text), {}.get) == expected
