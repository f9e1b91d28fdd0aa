"""Numbers as people read them."""

from decimal import Decimal

import pytest

from kpis.written import aim, folded, lasted, short, written


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "text"),
    [
        (Decimal("94.85"), "%", 1, "94.9 %"),
        (Decimal("1234567.5"), "€", 0, "€ 1,234,568"),
        (Decimal("-212.4"), "€", 0, "−€ 212"),
        (Decimal("-0.04"), "", 1, "0.0"),
        (0.1 + 0.2, "", 6, "0.300000"),
        (3, "tickets", 0, "3 tickets"),
        (None, "%", 1, "–"),
    ],
)
def test_a_value_is_written_to_its_decimals_with_its_unit(value, unit, decimals, text):
    assert plain(written(value, unit=unit, decimals=decimals)) == text


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (Decimal("94.83"), 1, "94.8"),
        (Decimal("99.96"), 2, "100"),
        (Decimal("999.4"), 1, "999"),
        (Decimal("999.6"), 1, "1.00 k"),
        (Decimal("-214345"), 0, "−214 k"),
        (Decimal("14200000"), 0, "14.2 m"),
        (Decimal("999949"), 0, "1.00 m"),
        (Decimal("2500000000"), 0, "2.50 bn"),
        (Decimal("0.004"), 2, "0.00"),
        (None, 1, "–"),
    ],
)
def test_a_card_shows_at_most_three_significant_digits(value, decimals, text):
    assert plain(short(value, decimals=decimals)) == text


@pytest.mark.parametrize(
    ("lower", "upper", "text"),
    [
        (Decimal("95.000000"), None, "≥ 95 %"),
        (None, Decimal("0.50"), "≤ 0.5 %"),
        (75, 80, "75 – 80 %"),
        (5, 5, "= 5 %"),
        (None, None, ""),
    ],
)
def test_a_target_is_written_in_signs(lower, upper, text):
    assert plain(aim(lower, upper, unit="%")) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [("99.95", "99.95"), ("1234.56", "1,235"), ("110000", "110 k"), ("-2400000", "−2.40 m"), (None, "–")],
)
def test_a_number_in_a_crowded_table_is_folded_from_ten_thousand_on(value, text):
    assert plain(folded(value and Decimal(value), decimals=2)) == text


def test_a_brief_target_is_folded_as_values_are_and_a_small_one_stays_exact():
    assert plain(aim(None, 110000, unit="€", brief=True)) == "≤ € 110 k"
    assert plain(aim(Decimal("99.95"), None, unit="%", brief=True)) == "≥ 99.95 %"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"), (0, "0.0 s"), (0.44, "0.4 s"), (9.96, "10 s"), (99.4, "99 s"), (100, "2 min"), (5999, "100 min"),
        (6000, "2 h"), (47 * 3600, "47 h"), (48 * 3600, "2 days"),
    ],
)  # fmt: skip
def test_how_long_something_took_is_said_in_the_unit_that_fits(seconds, text):
    assert plain(lasted(seconds)) == text
