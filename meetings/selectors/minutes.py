"""What became of a meeting: the minutes, as far as a reader may read them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.utils import timezone

from departments.models import User
from issues.models import Commitment
from meetings.models import AgendaItem, Attendance, Decision, ItemCommitment, Meeting, Note, Rating
from meetings.parts import Part
from meetings.selectors.subjects import MASKED, mark_read

TOLD = ["recorded_by", "measure__kpi", "measure__department"]  # of a decision
SPECIAL = re.compile(r"([\\`*_\[\]<>#|~])")
BLOCK = re.compile(r"^((?:[ \t>]|[-*+][ \t]|\d{1,9}[.)][ \t])*)(#|={3,}[ \t]*$|-{3,}[ \t]*$)", re.MULTILINE)
FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")


@dataclass
class Entry:
    """An item in the minutes: what was written on it, decided and promised. Of one that is not read, only that it was.

    `notes` are those that stand; `noted` the versions before that were amended since the meeting was closed, and the
    amendments, oldest first.
    """

    item: AgendaItem
    notes: Note | None = None
    noted: list[Note] = field(default_factory=list)
    decisions: list["Decided"] = field(default_factory=list)
    promised: list[Commitment] = field(default_factory=list)
    carried_to: Meeting | None = None

    @property
    def title(self) -> str:
        return self.item.title if self.item.is_read else MASKED

    @property
    def spent(self) -> int:
        """In minutes, those that were begun."""
        return minutes_of([self])


@dataclass
class Decided:
    """A decision as it stands, and what it was before, newest first."""

    decision: Decision
    before: list[Decision]


@dataclass
class Minutes:
    meeting: Meeting
    entries: list[Entry]
    attendances: list[Attendance]
    ratings: list[Rating]

    @property
    def there(self) -> list[User]:
        return [each.user for each in self.attendances if each.is_present]

    @property
    def missing(self) -> list[User]:
        return [each.user for each in self.attendances if not each.is_present]

    @property
    def lasted(self) -> timedelta | None:
        """From its beginning to its end; None while it has not ended."""
        return self.meeting.closed_at - self.meeting.opened_at if self.meeting.closed_at else None

    @property
    def cost(self) -> float | None:
        """Hours of work: how long it was, for each who was there."""
        return len(self.there) * self.lasted / timedelta(hours=1) if self.lasted is not None else None

    @property
    def rating(self) -> float | None:
        return sum(each.score for each in self.ratings) / len(self.ratings) if self.ratings else None

    @property
    def planned(self) -> int:
        return sum(entry.item.minutes for entry in self.entries if entry.item.is_scheduled)

    @property
    def spent(self) -> int:
        return minutes_of(self.entries)

    @property
    def decisions(self) -> list[tuple[Entry, Decided]]:
        return [(entry, each) for entry in self.entries for each in entry.decisions]

    @property
    def promised(self) -> list[tuple[Entry, Commitment]]:
        return [(entry, each) for entry in self.entries for each in entry.promised]


class Kind(NamedTuple):
    """What was planned for a part of a meeting and what it took, in minutes; `usual`: what it took before, None where
    that is not known yet."""

    part: Part
    planned: int
    taken: int
    usual: int | None


def by_kind(found: Minutes, learned: Mapping[Part, int | None]) -> list[Kind]:
    """The parts of a meeting in the order in which they begin."""
    parts = {Part(each.item.part): [] for each in found.entries}
    for each in found.entries:
        parts[Part(each.item.part)].append(each)
    return [
        Kind(part, sum(each.item.minutes for each in its if each.item.is_scheduled), minutes_of(its), learned[part])
        for part, its in parts.items()
    ]


def minutes_of(entries: Iterable[Entry]) -> int:
    """What they took together, begun minutes."""
    return -(-sum(each.item.spent for each in entries) // 60)


def minutes(meeting: Meeting, *, reader: User, on: date) -> Minutes:
    """The minutes of a meeting for one of its readers: a constant number of queries."""
    items = meeting.items.standing().in_order().select_related("issue", "signal__kpi", "carried_as__meeting__series")
    entries = [entry(item) for item in mark_read(items, reader=reader, on=on)]
    fill([each for each in entries if each.item.is_read], meeting)
    people = meeting.attendances.select_related("user").order_by("user__name", "user__username")
    ratings = meeting.ratings.select_related("user").order_by("user__name", "user__username")
    return Minutes(meeting, entries, list(people), list(ratings))


def entry(item: AgendaItem) -> Entry:
    carried = getattr(item, "carried_as", None)
    return Entry(item, carried_to=carried.meeting if carried else None)


def fill(entries: list[Entry], meeting: Meeting):
    """What was written on these: those of them alone are asked for."""
    keys = [each.item.pk for each in entries]
    notes, decisions, promised = defaultdict(list), defaultdict(list), defaultdict(list)
    for note in Note.objects.filter(item__in=keys).select_related("by").order_by("number"):
        notes[note.item_id].append(note)
    for decision in Decision.objects.filter(item__in=keys).select_related(*TOLD).order_by("pk"):
        decisions[decision.item_id].append(decision)
    made = ItemCommitment.objects.filter(item__in=keys).order_by("pk")
    for each in made.select_related("commitment__who", "commitment__to_department", "commitment__to_user"):
        promised[each.item_id].append(each.commitment)
    for each in entries:
        said = notes[each.item.pk]
        each.notes = said[-1] if said else None
        each.noted = amended(said, meeting.closed_at)
        each.decisions = standing(decisions[each.item.pk])
        each.promised = promised[each.item.pk]


def amended(notes: list[Note], closed_at: datetime | None) -> list[Note]:
    """What stood when the meeting was closed, and each amendment but the last, oldest first."""
    later = [note for note in notes if closed_at and note.at > closed_at]
    return notes[: len(notes) - len(later)][-1:] + later[:-1] if later else []


def standing(decisions: list[Decision]) -> list[Decided]:
    by_key = {each.pk: each for each in decisions}
    found = []
    for each in decisions:
        if each.superseded_at is None:
            before, earlier = [], by_key.get(each.amends_id)
            while earlier:
                before.append(earlier)
                earlier = by_key.get(earlier.amends_id)
            found.append(Decided(each, before))
    return sorted(found, key=lambda each: (each.before or [each.decision])[-1].pk)


def in_markdown(found: Minutes) -> str:
    """The minutes as a text in Markdown, in which nothing that was typed makes HTML or another heading."""
    meeting = found.meeting
    lines = [f"# {plain(str(meeting))}", ""]
    if meeting.opened_at:
        lines.append(f"{spelt(meeting.opened_at, '%A %-d %B %Y, %H:%M')}{until(meeting)}.")
    lines += said_of_people(found)
    for number, each in enumerate(found.entries, 1):
        lines += ["", f"## {number}. {plain(each.title)}", "", f"{took(each)}{fate(each, meeting)}"]
        lines += ["", quoted(each.notes.text)] if each.notes and each.notes.text else []
        lines += ["", *(decided(one.decision) for one in each.decisions)] if each.decisions else []
        lines += ["", *(promise(one) for one in each.promised)] if each.promised else []
    return "\n".join(lines) + "\n"


def spelt(at: datetime, pattern: str) -> str:
    return timezone.localtime(at).strftime(pattern)


def until(meeting: Meeting) -> str:
    return f" to {spelt(meeting.closed_at, '%H:%M')}" if meeting.closed_at else ", still running"


def said_of_people(found: Minutes) -> list[str]:
    lines = [f"There: {', '.join(map(plain, map(str, found.there))) or 'nobody'}."]
    lines += [f"Not there: {', '.join(map(plain, map(str, found.missing)))}."] if found.missing else []
    lines += [f"It took {found.cost:.1f} hours of work."] if found.cost is not None else []
    lines += [f"Rated {found.rating:.1f} of 10 by {len(found.ratings)}."] if found.ratings else []
    return lines


def took(each: Entry) -> str:
    return f"{each.item.minutes} min planned, {each.spent} taken"


def fate(each: Entry, meeting: Meeting) -> str:
    if each.item.done_at or not meeting.closed_at:
        return "."
    return f". Not done, carried to {each.carried_to.slot:%-d %b %Y}." if each.carried_to else ". Not done."


def decided(one: Decision) -> str:
    expects = f" Expected: {plain(one.expects)}" if one.expects else ""
    again = f" Look at it again on {one.revisit_on:%a %-d %b %Y}." if one.revisit_on else ""
    return f"- **Decided:** {plain(one.words)}{expects}{again}"


def promise(one: Commitment) -> str:
    return f"- **{plain(str(one.who))}** promised {plain(one.to)}: {plain(one.what)}, by {one.due_on:%a %-d %b %Y}"


def plain(text: str) -> str:
    """A line that means in Markdown what it says."""
    return SPECIAL.sub(r"\\\1", " ".join(text.split()))


def quoted(text: str) -> str:
    """Markdown that somebody wrote, within a document: no HTML, and no headings of its own."""
    return closed(BLOCK.sub(r"\1\\\2", text.replace("<", "&lt;").strip()))


def closed(text: str) -> str:
    """With the end of a block of code that was left open: what comes after is none of it."""
    begun = ""
    for found in filter(None, map(FENCE.match, text.splitlines())):
        if not begun:
            begun = found[1]
        elif found[1].startswith(begun) and not found[2].strip():
            begun = ""
    return f"{text}\n{begun}" if begun else text
