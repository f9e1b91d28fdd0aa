"""Numbers as people write them. Plain Python: no Django, no clock. What people read is made in `written`.

Which of `.` and `,` is the decimal sign follows one rule, from what the cell itself shows:

1. where both occur, the later one is the decimal sign: `1.234,5` and `1,234.5` are the same number;
2. where one occurs several times, it separates thousands: `1.234.567`;
3. a lone comma before exactly three digits separates thousands: `1,234`; any other lone comma or point is the
   decimal sign: `1.234`, `1,23`, `0,125`.

Who knows better says so (`decimal="."` or `decimal=","`); the other sign then separates thousands and nothing else.
"""

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal
from unicodedata import category

from kpis.cells import NotRead, tidy
from kpis.goals import Goal

LIMIT = 10**12  # what one number may be at most, either side of zero, so that sums of millions stay in 64 bits
PLACES = 6
MILLIONTH = Decimal("0.000001")

CURRENCIES = r"(?:EUR|USD|GBP|CHF|SEK|NOK|DKK|PLN|CZK|JPY|AUD|CAD)"
FACTORS = {"k": 10**3, "m": 10**6, "mn": 10**6, "bn": 10**9}
PLAIN = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,6})?")
AMBIGUOUS = re.compile(r"(?<![0-9.,'])(?<![0-9] )([1-9][0-9]{0,2})[.,]([0-9]{3})(?![0-9.,])")
SUFFIX = re.compile(r"(?<=[0-9.]) ?(k|mn|bn|m)\Z", re.IGNORECASE)
EXPONENT = re.compile(r"(?<=[0-9.,])e([+-]?[0-9]{1,3})\Z", re.IGNORECASE)

A_NUMBER = "a number"
A_BAND = "a band from low to high, such as 75..80"
SIX_DECIMALS = "a number with at most six decimals"
WITHIN = f"a number between −{LIMIT:,} and {LIMIT:,}"


class NotANumber(NotRead):
    pass


def parse_number(cell, *, decimal: str | None = None, rounded: bool = False) -> Decimal | None:
    """What a cell says, exactly; None where it is empty.

    Text may carry thousands separators, a currency, a per cent sign (dropped: `12%` is 12), k, m or bn, brackets or a
    trailing minus for negative. A float (a spreadsheet's cell) is rounded half-even to six decimals, which removes
    binary noise; text with more than six is refused unless `rounded`. Raises NotANumber.
    """
    if isinstance(cell, str):
        if decimal != "," and PLAIN.fullmatch(cell):
            return Decimal(cell) + 0
        try:
            number = from_text(text, decimal) if (text := tidy(cell)) else None
        except NotANumber as error:
            raise NotANumber(cell, error.expected) from None
    elif cell is None:
        return None
    elif isinstance(cell, bool) or not isinstance(cell, int | float | Decimal):
        raise NotANumber(cell, A_NUMBER)
    else:
        number = Decimal(repr(cell)) if isinstance(cell, float) else Decimal(cell)
        rounded = rounded or isinstance(cell, float)
    return None if number is None else within_limits(number, cell, rounded)


def refuse_ambiguous(text: str):
    """`1.234` and `1,234`: a file says by its rule what they mean, a person can be asked. Raises NotANumber."""
    if found := AMBIGUOUS.search(tidy(text)):
        whole, fraction = found.groups()
        raise NotANumber(text.strip(), f"{whole}{fraction} or {whole}.{fraction}0: this may mean either")


def within_limits(number: Decimal, cell, rounded: bool) -> Decimal:
    if not number.is_finite():
        raise NotANumber(cell, A_NUMBER)
    if abs(number) > LIMIT:
        raise NotANumber(cell, WITHIN)
    if number.as_tuple().exponent < -PLACES:
        kept = number.quantize(MILLIONTH, ROUND_HALF_EVEN, Context(prec=400))
        if not rounded and kept != number:
            raise NotANumber(cell, SIX_DECIMALS)
        number = kept
    return number + 0 if number else Decimal(0)


def from_text(text: str, decimal: str | None) -> Decimal:
    if len(text) > 80:
        raise NotANumber(text, A_NUMBER)
    body, negative = without_signs(without_unit(text))
    if body.startswith("(") and body.endswith(")") and not negative:
        body, inner = without_signs(without_unit(body[1:-1].strip()))
        if inner:
            raise NotANumber(text, A_NUMBER)
        negative = True
    body, factor = without_factor(without_unit(body))
    number = Decimal(plain(body, decimal, text)) * factor
    return -number if negative else number


def without_unit(text: str) -> str:
    """Without one currency (sign or code) and one per cent sign, at either end."""
    text = re.sub(rf"\A{CURRENCIES} ?(?=[0-9(.,+-])|(?<=[0-9).kKmMnN]) ?{CURRENCIES}\Z", "", text, count=1)
    if text and category(text[0]) == "Sc":
        text = text[1:].strip()
    elif text and category(text[-1]) == "Sc":
        text = text[:-1].strip()
    return text[:-1].strip() if text.endswith("%") else text


def without_signs(text: str) -> tuple[str, bool]:
    if text[:1] in ("-", "+"):
        return without_unit(text[1:].strip()), text[0] == "-"
    if text.endswith("-"):
        return text[:-1].strip(), True
    return text, False


def without_factor(text: str) -> tuple[str, Decimal]:
    if found := EXPONENT.search(text):
        return text[: found.start()], Decimal(10) ** int(found[1])
    if found := SUFFIX.search(text):
        return text[: found.start()], Decimal(FACTORS[found[1].lower()])
    return text, Decimal(1)


def plain(body: str, decimal: str | None, text: str) -> str:
    """Digits with at most a point, from digits with separators; `text` is what to show where that fails."""
    point = decimal or decimal_sign(body)
    whole, found, fraction = body.rpartition(point) if point and point in body else (body, "", "")
    marks = set(re.sub("[0-9]", "", whole))
    grouped = re.fullmatch(r"[0-9]{1,3}(?:(?P<mark>[.,' ])[0-9]{3})(?:(?P=mark)[0-9]{3})*", whole)
    fine = (grouped or not marks) and point not in marks and re.fullmatch("[0-9]*", fraction) and (whole or fraction)
    if not fine or not whole + fraction:
        raise NotANumber(text, f"a number with “{decimal}” as decimal sign" if decimal else A_NUMBER)
    return f"{re.sub('[^0-9]', '', whole) or 0}.{fraction or 0}"


def decimal_sign(body: str) -> str:
    """`.` or `,`, by the rule above; empty where the cell has none."""
    points, commas = body.count("."), body.count(",")
    if points and commas:
        return max(".,", key=body.rindex)
    if points == 1:
        return "."
    if commas == 1 and not re.fullmatch(r"[1-9][0-9]{0,2},[0-9]{3}", body):
        return ","
    return ""


def parse_target(cell, **how) -> Decimal | Goal | None:
    """A number, or a band: `75..80`, `75–80`, `75..` or `..80`. `how` is as for parse_number. Raises NotANumber."""
    ends = band_ends(tidy(cell)) if isinstance(cell, str) else None
    if ends is None:
        return parse_number(cell, **how)
    try:
        band = Goal(*(parse_number(end, **how) for end in ends))
    except NotANumber:
        raise NotANumber(cell, A_BAND) from None
    if band == (None, None) or (None not in band and band.lower > band.upper):
        raise NotANumber(cell, A_BAND)
    return band


def band_ends(text: str) -> tuple[str, str] | None:
    if ".." in text:
        lower, _, upper = text.partition("..")
        return lower, upper
    found = re.fullmatch(r"(.*[0-9%]) ?- ?([0-9].*)", text)
    return (found[1], found[2]) if found else None
