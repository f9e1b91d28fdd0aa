"""What a memo is made of: the moment it tells of, its items and their sentences."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from django.utils import timezone
from django.utils.text import Truncator

from departments.models import Department, Headship, User
from kpis.periods import Calendar
from kpis.selectors import knowledge
from kpis.selectors.book import Book, book_then
from kpis.selectors.judged import Behaviour, Sign
from kpis.selectors.said import said_then
from meetings.models.agenda import TITLE, WORDS
from meetings.parts import Part

MOST = 6  # sentences under an item: what goes beyond is counted, with the list that has it
Place = tuple[int, int, str]  # KPI, department, grain


@dataclass
class Told:
    """A sentence with the address of the rows behind it; `about` are the fields of an `AgendaLine` that name them."""

    words: str
    url: str
    about: dict = field(default_factory=dict)
    asks: User | None = None

    def __post_init__(self):
        self.words = Truncator(self.words).chars(WORDS)


@dataclass
class Drafted:
    """An item of the agenda as the memo has it, in the section at that `place`; `minutes` None: as such take."""

    part: Part
    title: str
    words: str = ""
    url: str = ""
    lines: list[Told] = field(default_factory=list)
    about: dict = field(default_factory=dict)
    minutes: int | None = None
    place: int = 0

    def __post_init__(self):
        self.title, self.words = Truncator(self.title).chars(TITLE), Truncator(self.words).chars(WORDS)


@dataclass
class Then:
    """What was known `at` a moment, beside what was known `since`: of the departments that a meeting is about.

    `on`: the day of the meeting; `series`: the key of what it belongs to, whose decisions it looks at again.
    """

    root: Department
    at: datetime
    since: datetime
    on: date
    series: int | None = None

    @cached_property
    def today(self) -> date:
        return timezone.localdate(self.at)

    @cached_property
    def departments(self) -> Mapping[int, Department]:
        """By key, all that there were, as they were called then."""
        return {each.pk: each for each in knowledge.departments(at=self.at)}

    @cached_property
    def places(self) -> Mapping[int, Department]:
        """By key, the departments it is about, in their order."""
        within = knowledge.below(self.root, at=self.at)
        return {key: each for key, each in self.departments.items() if key in within}

    @cached_property
    def book(self) -> Book:
        return book_then(on=self.today, known_at=self.at, within=None)

    @property
    def calendar(self) -> Calendar:
        return self.book.calendar

    @cached_property
    def judged(self) -> tuple[dict[Place, Behaviour], dict[Place, list[Sign]]]:
        return said_then(self.book, since=date.min)

    @cached_property
    def judged_before(self) -> tuple[dict[Place, Behaviour], dict[Place, list[Sign]]]:
        return said_then(book_then(on=timezone.localdate(self.since), known_at=self.since, within=None), since=date.min)

    @cached_property
    def heads(self) -> dict[int, User]:
        """By key of a department, who heads it on the day of the meeting as far as is known; else the deputy."""
        led = knowledge.leads(at=self.at, on=self.on)
        led.sort(key=lambda each: each.kind == Headship.Kind.HEAD)
        return {each.department_id: each.user for each in led}


def shortened(lines: list[Told], *, url: str, noun: str) -> list[Told]:
    """The first MOST, and how many more the list at `url` has."""
    more = len(lines) - MOST
    return lines if more <= 0 else [*lines[:MOST], Told(f"{more} more {noun}{'s' if more > 1 else ''}.", url)]


def several(number: int, noun: str, plural: str = "") -> str:
    """“1 signal”, “3 signals”"""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def counted(pairs: Collection[tuple[int, str]], *, none: str) -> str:
    """“2 done, 1 moved”; of nothing `none`."""
    return ", ".join(f"{number} {words}" for number, words in pairs if number) or none


def day(which: date) -> str:
    return f"{which:%a} {which.day} {which:%b}"
