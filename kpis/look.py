"""A first look at a table that nobody has described: its head, its columns, how many rows. Plain Python: no Django."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time

from kpis.cells import in_words, one_line
from kpis.heads import named_fields
from kpis.profile import Profile, Vocabulary

WIDEST = 16_384  # columns that a spreadsheet program allows
KEPT_ROWS, KEPT_CELLS, KEPT_CHARACTERS = 400, 200_000, 4_000_000
DESCRIBED = 2000  # columns
MOST_ROWS = 5_000_000
SHOWN_ROWS, SHOWN_COLUMNS, SHOWN_CHARACTERS = 12, 40, 60


class Unusable(ValueError):
    """A table that nothing can be made of; says why."""


@dataclass
class Look:
    """What is kept of a table after going through it once."""

    kept: list[tuple[int, list]] = field(default_factory=list)
    header_row: int | None = None
    heads: list[str] = field(default_factory=list)
    profiles: list[Profile] = field(default_factory=list)
    rows: int = 0
    width: int = 0
    comments: list[int] = field(default_factory=list)

    @property
    def preview(self) -> list[list]:
        """The first rows as (number, texts), what stands above the head included."""
        found = [(number, cells) for number, cells in self.kept if number >= (self.header_row or 1) - 3]
        return [[number, [shown(cell) for cell in cells[:SHOWN_COLUMNS]]] for number, cells in found[:SHOWN_ROWS]]


def look_at(rows: Iterable[tuple[int, list]], words: Vocabulary, *, header_row: int | None = None) -> Look:
    """Goes through all rows. Raises Unusable where the table has more columns than a spreadsheet may."""
    look, filled, room = Look(), [], [KEPT_CELLS, KEPT_CHARACTERS]
    for number, cells in rows:
        if number > MOST_ROWS:
            raise Unusable(f"it has more than {MOST_ROWS:,} rows. Upload it in parts.")
        if not (cells := trimmed(cells)):
            continue
        if len(cells) > WIDEST:
            raise Unusable(f"row {number} has {len(cells):,} columns, more than {WIDEST:,}. Leave out some.")
        if len(filled) < KEPT_ROWS:
            filled.append(number)
        look.rows += 1
        room[0] -= len(cells)
        room[1] -= sum(len(cell) for cell in cells if isinstance(cell, str))
        if len(look.kept) < KEPT_ROWS and min(room) > 0:
            look.kept.append((number, cells))
    if not look.kept:
        raise Unusable("it is empty." if not look.rows else "its first row alone is too long to show.")
    look.header_row = header_row if header_row else guessed_head(look.kept)
    look.rows -= sum(number <= look.header_row for number in filled)
    if not look.rows:
        raise Unusable(f"nothing stands below the names of its columns in row {look.header_row}.")
    describe(look, words)
    return look


def trimmed(cells: list) -> list:
    """Without the empty cells at its end."""
    end = len(cells)
    while end and cells[end - 1] in ("", None):
        end -= 1
    return cells[:end] if any(in_words(cell).strip() for cell in cells[:end]) else []


def describe(look: Look, words: Vocabulary):
    head = next((cells for number, cells in look.kept if number == look.header_row), [])
    look.width = len(head)
    look.heads = [one_line(in_words(cell))[:200] for cell in head[:DESCRIBED]]
    body = [(number, cells) for number, cells in look.kept if number > look.header_row]
    look.comments = [n for n, cells in body if is_comment(cells) and len(look.heads) > 1][:100]
    look.profiles = [Profile() for _ in look.heads]
    for number, cells in body:
        if number not in look.comments:
            for profile, cell in zip(look.profiles, cells, strict=False):
                profile.see(cell, words)


def is_comment(cells: list) -> bool:
    return len(cells) == 1 and in_words(cells[0]).lstrip().startswith("#")


def guessed_head(kept: list[tuple[int, list]]) -> int:
    """The first row about as full as most are; unless a later one has more of the names that heads have."""
    widths = Counter(count(cells) for _, cells in kept)
    most = max(widths.values())
    usual = max(width for width, times in widths.items() if times == most)
    full = [(number, cells) for number, cells in kept if count(cells) >= max(1, 0.6 * usual)]
    number, cells = full[0]
    best = len(named_fields(cells))
    for later, others in full[1:10]:
        if (found := len(named_fields(others))) > max(best, 1):
            number, best = later, found
    return number


def count(cells: list) -> int:
    return sum(1 for cell in cells if in_words(cell).strip())


def shown(cell) -> str:
    if isinstance(cell, datetime) and cell.time() == time():
        cell = cell.date()
    text = one_line(in_words(cell))
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 1]}…"
