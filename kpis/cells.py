"""What the cells of a file have in common: tidying what people typed, saying what is wrong. Plain Python."""

SPACES = dict.fromkeys(
    map(ord, "\t\r\n\f\v\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000"), " "
)
UNSEEN = dict.fromkeys(map(ord, "\0\u200b\u200e\u200f\u2060\ufeff"), None)
SIGNS = {ord(sign): "-" for sign in "−–‒﹣－"} | {ord(sign): "'" for sign in "’‘ʼ´`"}
TIDY = SPACES | UNSEEN | SIGNS
A_VALUE = "a value: the cell's formula failed"


class NotRead(ValueError):
    """A cell does not hold what it should: what was `found`, and what is `expected` instead."""

    def __init__(self, found, expected: str):
        found = str(found)
        self.found = found if len(found) <= 60 else f"{found[:59]}…"
        self.expected = expected
        super().__init__(f"Found “{self.found}”, expected {expected}.")


class Fault(str):
    """What the cell of a spreadsheet's failed formula shows: `#DIV/0!`."""

    __slots__ = ()


def tidy(text: str) -> str:
    """One kind of space, minus and apostrophe; nothing at the ends."""
    return text.translate(TIDY).strip()


def one_line(text: str) -> str:
    """The words alone, one space between them: how names and column heads are compared and shown."""
    return " ".join(text.translate(UNSEEN).split())


def in_words(cell) -> str:
    """The text of a cell; a spreadsheet's 74039.0 is 74039, and an empty cell is an empty text."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    return str(cell)
