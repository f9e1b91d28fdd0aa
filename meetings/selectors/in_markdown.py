"""Minutes as a text that can be mailed and kept."""

import re
from datetime import datetime

from django.utils import timezone

from issues.models import Commitment
from meetings.models import Decision, Meeting
from meetings.selectors.minutes import Entry, Minutes

SPECIAL = re.compile(r"([\\`*_\[\]<>#|~])")
BLOCK = re.compile(r"^((?:[ \t>]|[-*+][ \t]|\d{1,9}[.)][ \t])*)(#|={3,}[ \t]*$|-{3,}[ \t]*$)", re.MULTILINE)
FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")


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
