"""What people write in a list, a line each. Plain Python: no Django, no clock."""

import re

MOST = 5  # items in a list
LONGEST = 300  # characters of an item

MARK = re.compile(r"^[-*+•–]\s+")
NUMBER = re.compile(r"^(\d{1,2})[.)]\s+")


def items(text: str) -> list[str]:
    """The lines that say something, without the marks that people put before items of a list.

    A number is one where it is the item's own: “2. Colours” as the second, and not “24. December”.
    """
    found = [line for line in (MARK.sub("", each.strip()).strip() for each in text.splitlines()) if line]
    return [unnumbered(line, place) for place, line in enumerate(found, start=1)]


def unnumbered(line: str, place: int) -> str:
    number = NUMBER.match(line)
    return line[number.end() :] if number and int(number[1]) == place else line


def wrong_items(found: list[str], *, most: int = MOST, beside: str = "") -> list[str]:
    """What is wrong with a list, a sentence each; `beside` says what else takes up places."""
    said = []
    if len(found) > most:
        expected = f"at most {most}, one a line" if most else "none: drop one, or say that it is done"
        said.append(f"Found {len(found)} item{'' if len(found) == 1 else 's'}{beside}, expected {expected}.")
    for number, item in enumerate(found, start=1):
        if len(item) > LONGEST:
            said.append(f"Item {number} has {len(item)} characters, expected at most {LONGEST}.")
    return said
