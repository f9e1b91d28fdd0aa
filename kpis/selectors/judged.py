"""What cells of a KPI come to: the verdict, how long it has stood, and what is missing since."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import islice, takewhile
from typing import NamedTuple

from departments.models import Department, User
from kpis import goals
from kpis.goals import Goal, Standing
from kpis.models import Kpi
from kpis.models.signal import rules_in_words, said_in_words
from kpis.periods import Grain
from kpis.selectors.book import Cell
from kpis.spc import Limits

KEEPS_MISSING = 3  # values in a row off target
UNREPORTED = ("missing", "late")  # kinds of signals that no value shows


class Judged:
    """Cells of a KPI, oldest first, read as one: by the newest answer of a period that is over.

    What is missing since then is told beside it and changes no verdict; neither does a period that still runs.
    """

    cells: Sequence[Cell]

    @property
    def over(self) -> Iterator[Cell]:
        """The periods that are over, newest first."""
        return (cell for cell in reversed(self.cells) if cell.over)

    @property
    def answers(self) -> Iterator[Cell]:
        return (cell for cell in self.over if cell.value is not None)

    @cached_property
    def latest(self) -> Cell | None:
        """The newest period in which a value was due or came in all the same."""
        return next((cell for cell in self.over if cell.due or cell.reading), None)

    @cached_property
    def judged(self) -> Cell | None:
        """The newest answer, however old."""
        return next(self.answers, None)

    @cached_property
    def previous(self) -> Cell | None:
        """The answer before that one."""
        return next(islice(self.answers, 1, None), None)

    @property
    def kind(self) -> str:
        """The verdict in a word: on, risk (misses its target), off (keeps missing it), untargeted, none (no answer)."""
        if self.judged is None:
            return "none"
        if self.judged.standing is Standing.OFF:
            return "off" if self.missed_in_a_row >= KEEPS_MISSING else "risk"
        return str(self.judged.standing)

    @property
    def word(self) -> str:
        """Where the usual word for the kind would not be true: there is no answer, and nobody failed to report."""
        if self.judged is None and self.latest is None:
            return "Not due yet"
        return "No answer" if self.judged is None and self.latest.reading else ""

    @cached_property
    def missed_in_a_row(self) -> int:
        return goals.run_of_misses(cell.standing for cell in self.over)

    @cached_property
    def missing_in_a_row(self) -> int:
        """How many values that were due are missing since the newest that is there."""
        return sum(cell.due for cell in takewhile(lambda cell: cell.reading is None, self.over))

    @property
    def has_no_answer(self) -> bool:
        """Something was recorded last, and it comes to nothing (37 of 0), while there is an older answer."""
        return bool(self.judged and self.latest.reading and self.latest.value is None)


class Behaviour(NamedTuple):
    """What the judge said of a process with its newest value, in `period`."""

    period: date
    kind: str
    assurance: str
    limits: Limits | None


class Sign(NamedTuple):
    """A signal that stands, as lists and charts show it."""

    pk: int | None  # of its row, where it has one
    kind: str
    rules: str
    first: date
    last: date
    known: date
    explanation: str = ""
    event: str | None = None  # that explains it

    @property
    def said(self) -> str:
        return said_in_words(self.explanation, self.event)

    @property
    def in_words(self) -> str:
        return rules_in_words(self.rules)


class Restated(NamedTuple):
    """What a figure came to when it was first reported, and what it comes to now. None where there was no answer."""

    was: Decimal | None
    now: Decimal | None

    @property
    def by(self) -> Decimal | None:
        return None if self.was is None or self.now is None else self.now - self.was


@dataclass
class Line(Judged):
    """A KPI of a department (with all below it) over some periods, oldest first.

    `source` is the KPI and the department whose process it shows.
    `newest` is the period of the newest value there is, as far as it was judged; `behaviour` is there while that is the
    newest shown; `signs` are the signals that show in these periods; `restated` has the periods that had another value.
    """

    kpi: Kpi
    department: Department
    grain: Grain
    cells: Sequence[Cell]
    owner: User | None
    source: tuple[int, int] | None = None
    newest: date | None = None
    behaviour: Behaviour | None = None
    signs: Sequence[Sign] = ()
    restated: Mapping[date, Restated] = field(default_factory=dict)

    @property
    def is_rising(self) -> bool:
        """Whether what is no routine variation lies above it."""
        return self.behaviour.kind in ("high", {"up": "improvement", "down": "concern"}.get(self.kpi.direction))

    @property
    def sign(self) -> Sign | None:
        """The signal that the newest value belongs to."""
        newest = self.judged and self.judged.period
        found = (s for s in self.signs if newest and s.kind not in UNREPORTED and s.first <= newest <= s.last)
        return next(found, None)

    @property
    def signed(self) -> Iterator[tuple[Cell, Sign | None]]:
        """Each cell with the signal that it shows."""
        told = [s for s in self.signs if s.kind not in UNREPORTED]
        for cell in self.cells:
            shows = cell.over and cell.value is not None
            yield cell, next((s for s in told if shows and s.first <= cell.period <= s.last), None)

    @property
    def told(self) -> Iterator[tuple[Cell, Sign | None, Restated | None]]:
        """Each cell with the signal that it shows and what it was restated from."""
        return ((cell, sign, self.restated.get(cell.period)) for cell, sign in self.signed)

    @property
    def newest_restated(self) -> Restated | None:
        """What the newest answer was restated from."""
        return self.restated.get(self.judged.period) if self.judged else None

    @property
    def marks(self) -> list[str]:
        """The kind of each value for a word-sized chart, "" for routine variation."""
        return [sign.kind if sign else "" for _, sign in self.signed]

    @property
    def goal(self) -> Goal | None:
        """The target of the newest period that is over."""
        return next((cell.goal for cell in self.over), None)

    @cached_property
    def is_silent(self) -> bool:
        """Nothing was recorded in any of these periods."""
        return not any(cell.reading for cell in reversed(self.cells))

    @property
    def missed(self) -> str:
        """How often in a row the target was missed: “3 weeks”, “13+ months” where it may go further back."""
        open_ended = self.cells[0].expected > 0 and all(cell.miss for cell in self.answers)
        count = f"{self.missed_in_a_row}{'+' if open_ended else ''}"
        return f"{count} {self.grain}{'' if count == '1' else 's'}"

    @property
    def owned_by(self) -> str:
        return owned_by(self.kpi.owner, self.owner)

    @property
    def values(self) -> list[Decimal | None]:
        return [c.value for c in self.cells]

    @property
    def expected(self) -> int:
        return self.latest.expected if self.latest else 0

    @property
    def reporting(self) -> int:
        return self.latest.reading.reporting if self.latest and self.latest.reading else 0


def shown_at(kpi: Kpi) -> Grain:
    """The grain at which a scorecard shows a KPI: its cadence, days as weeks."""
    return Grain.WEEK if kpi.cadence == Grain.DAY else Grain(kpi.cadence)


def owned_by(department: Department, head: User | None) -> str:
    """Who answers for a KPI, in the words of every page: the department, and who leads it."""
    return f"{department}, {head}" if head else f"{department}, no head"
