"""Numbers and days as people read them. Plain Python: no Django, no clock."""

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal

Number = Decimal | float | int

MISSING = "–"
MINUS, SPACE, NARROW = "\N{MINUS SIGN}", "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"
ENOUGH = Context(prec=80)  # 10¹² of 10⁻⁶ per 10⁹ is a ratio, too
STEPS = [(Decimal(10) ** 9, "bn"), (Decimal(10) ** 6, "m"), (Decimal(10) ** 3, "k")]
CURRENCIES = "€$£¥₣₹₽₺₩"


def rounded(value: Number, decimals: int) -> Decimal:
    """Half away from zero, as on paper; never “-0”."""
    found = Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP, context=ENOUGH)
    return found if found else abs(found)


def present(values: Iterable[Number | None]) -> list[Number]:
    return [value for value in values if value is not None]


def with_unit(text: str, unit: str) -> str:
    if not unit:
        return text
    if unit[0] not in CURRENCIES:
        return f"{text}{SPACE}{unit}"
    sign, digits = (MINUS, text[1:]) if text.startswith(MINUS) else ("", text)
    return f"{sign}{unit}{SPACE}{digits}"


def written(value: Number | None, *, unit: str = "", decimals: int = 1) -> str:
    """The value to its decimals with its unit: “1,234.5 %”, “€ 12,000”, “−3”; None is a dash."""
    if value is None:
        return MISSING
    return with_unit(f"{rounded(value, decimals):,}".replace("-", MINUS), unit)


def short(value: Number | None, *, unit: str = "", decimals: int = 1) -> str:
    """At most three significant digits, for a card: “€ 214 k”, “94.8 %”, “1.2 m”. Never more decimals than `decimals`,
    until thousands are folded away. None is a dash."""
    if value is None:
        return MISSING
    size = abs(Decimal(str(value)))
    for step, letter in STEPS:
        if size >= step * Decimal("0.9995"):
            return with_unit(f"{three_digits(Decimal(str(value)) / step, 2)}{SPACE}{letter}", unit)
    return with_unit(three_digits(Decimal(str(value)), decimals), unit)


def three_digits(value: Decimal, decimals: int) -> str:
    found = value
    for _ in range(2):  # rounding may add a digit: 99.96 becomes 100
        found = rounded(found, max(0, min(decimals, 2 - found.adjusted()))) if found else rounded(found, decimals)
    return str(found).replace("-", MINUS)


def folded(value: Number | None, *, unit: str = "", decimals: int = 1) -> str:
    """For a crowded table: in full, from a thousand on without decimals, from ten thousand on in thousands."""
    if value is not None and abs(value) >= 10_000:
        return short(value, unit=unit, decimals=decimals)
    return written(value, unit=unit, decimals=0 if value is not None and abs(value) >= 1000 else decimals)


def aim(lower: Number | None, upper: Number | None, *, unit: str = "", brief: bool = False) -> str:
    """A target in signs, with as many decimals as it has: “≥ 95 %”, “≤ 2”, “75 – 80 %”; empty without one.

    `brief` folds as values in tables are folded: “≤ € 110 k”, and 99.95 stays 99.95.
    """

    def text(value, unit=""):
        exact = Decimal(str(value))
        needed = max(0, -exact.normalize().as_tuple().exponent)
        return (folded if brief else written)(exact, unit=unit, decimals=needed)

    if lower is not None and upper is not None:
        return f"{text(lower)}{SPACE}– {text(upper, unit)}" if lower != upper else f"={SPACE}{text(lower, unit)}"
    if lower is not None:
        return f"≥{SPACE}{text(lower, unit)}"
    return f"≤{SPACE}{text(upper, unit)}" if upper is not None else ""


def lasted(seconds: Number | None) -> str:
    """How long something took, in the one unit that fits: “0.4 s”, “12 min”, “5 h”, “3 days”. None is a dash."""
    if seconds is None:
        return MISSING
    for unit, size, upto in (("s", 1, 100), ("min", 60, 100), ("h", 3600, 48)):
        if seconds < size * upto:
            decimals = 1 if size == 1 and seconds < 9.95 else 0
            return f"{rounded(seconds / size, decimals)}{SPACE}{unit}"
    return f"{rounded(seconds / 86400, 0):,}{SPACE}days"


def span_in_words(first: date, last: date) -> str:
    """“16 – 22 Nov 2026”, “30 Nov – 6 Dec 2026”"""
    if first == last:
        return f"{first.day} {first:%b %Y}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} – {last.day} {last:%b %Y}"
    return f"{first.day} {first:%b}{'' if first.year == last.year else f' {first.year}'} – {last.day} {last:%b %Y}"


def of_differences(unit: str) -> str:
    """Per cent of something differ by points."""
    return "pts" if unit == "%" else unit


def difference(by: Number, *, unit: str = "", decimals: int = 1) -> str:
    """A change with its sign: “+1.2 pts” of per cent, “−€ 12,000”. One that would be written as 0 has two digits."""
    exact = Decimal(str(by))
    if exact and not rounded(exact, decimals):
        decimals = 1 - exact.adjusted()
    text = written(exact, unit=of_differences(unit), decimals=decimals)
    return text if text.startswith(MINUS) else f"+{text}"


def restated(was: Number | None, now: Number | None, *, unit: str = "", decimals: int = 1) -> str:
    """“restated +1.2 pts (was 93.1)”; “taken back (was 93.1)” where there is no answer any more."""
    first = f"(was {written(was, decimals=decimals)})" if was is not None else "(was no answer)"
    if now is None:
        return f"taken back {first}"
    if was is None:
        return f"restated {first}"
    return f"restated {difference(Decimal(str(now)) - Decimal(str(was)), unit=unit, decimals=decimals)} {first}"
