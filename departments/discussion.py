"""A thread as a page shows it: to somebody, now or as it stood at a moment."""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from departments.forms import CommentForm
from departments.models import Comment, Resolution, User, Wording
from departments.models.thread import Topic
from departments.services.commenting import CHANGEABLE


@dataclass
class Entry:
    """A comment with what it says, what it said before, and what its reader may do with it."""

    comment: Comment
    wording: Wording
    before: list[Wording]
    names: dict[str, str]
    is_mine: bool = False
    may_change: bool = False
    form: object = None  # while it is being changed

    @property
    def text(self) -> str:
        return self.wording.text


@dataclass
class Discussion:
    """`form`: for the next comment, None where nothing may be said. `people`: who may be mentioned."""

    topic: Topic
    entries: list[Entry]
    resolution: Resolution | None = None
    form: CommentForm | None = None
    people: list[tuple[str, str, str]] = field(default_factory=list)
    note: str = ""  # what was just done
    is_unfolded: bool = False

    @property
    def people_id(self) -> str:
        return f"people-{self.topic.key}"

    @property
    def count(self) -> int:
        return sum(1 for entry in self.entries if entry.text)


def discussion(topic: Topic, *, reader: User, at: datetime, known_at: datetime | None = None, form=None) -> Discussion:
    """What was said of a thing up to a moment, then read-only; or all of it, and the means to say more."""
    found = Discussion(topic, entries(topic, reader=reader, at=at, known_at=known_at))
    if topic.thread_id:
        standing = topic.thread.resolutions.standing(at=known_at).select_related("resolved_by")
        found.resolution = standing.first()
    if known_at is None:
        is_resolved = found.resolution is not None
        found.form = form or CommentForm(initial={"resolved": is_resolved}, auto_id=f"{topic.key}-%s")
        people = topic.readers(on=timezone.localdate(at)).exclude(pk=reader.pk).by_name()
        found.people = list(people.values_list("username", "name", "title"))
    return found


def entries(topic: Topic, *, reader: User, at: datetime, known_at: datetime | None) -> list[Entry]:
    if not topic.thread_id:
        return []
    rows = topic.thread.comments.select_related("by").prefetch_related("wordings", "mentioned").order_by("pk")
    found = []
    for comment in rows.filter(at__lte=known_at) if known_at else rows:
        wordings = sorted(comment.wordings.all(), key=lambda wording: wording.pk)
        *before, wording = [each for each in wordings if known_at is None or each.at <= known_at]
        names = {user.username.casefold(): user.name for user in comment.mentioned.all()}
        entry = Entry(comment, wording, [each for each in before if each.text], names)
        entry.is_mine = known_at is None and comment.by_id == reader.pk
        entry.may_change = entry.is_mine and bool(wording.text) and at <= comment.at + CHANGEABLE
        found.append(entry)
    return found
