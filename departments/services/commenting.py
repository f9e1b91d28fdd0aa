"""What people say to each other about a thing: said, changed, withdrawn, settled. All of it stays on record."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.utils import timezone

from departments.models import Comment, Resolution, Thread, User, Wording
from departments.models.thread import Topic
from departments.prose import mentioned
from departments.services.telling import tell

CHANGEABLE = timedelta(hours=1)  # after it was said
TWICE = timedelta(minutes=1)  # the same words again so soon are a form that was sent twice


class CommentRefused(Exception):
    """What somebody asked of a comment is not done."""


class ResolvedSince(CommentRefused):
    """The thread was open when somebody began to write."""

    def __init__(self, resolution: Resolution, by: User):
        who = "You" if resolution.resolved_by == by else resolution.resolved_by
        super().__init__(f"{who} resolved this meanwhile. Send it again to reopen it with your comment.")


class ChangedSince(CommentRefused):
    """The comment does not say any more what its author started from."""

    def __init__(self, now: Wording):
        stands = f"changed it since, to “{now.text}” Yours takes its place when you save again."
        super().__init__(f"You {stands if now.text else 'withdrew it since: bring it back first.'}")


class TooLate(CommentRefused):
    """What was said so long ago was read and answered."""

    def __init__(self):
        super().__init__("A comment can be changed for an hour. Withdraw it, or say what you mean in another one.")


class Said(NamedTuple):
    """A comment, and the log-ins it mentions of nobody who may read it."""

    comment: Comment
    untold: list[str]


@transaction.atomic
def comment(topic: Topic, text: str, *, reopens: bool = False, by: User, at: datetime) -> Said:
    """Say something about a thing; with the first words its thread begins. Whom it concerns is told.

    The same words again right after themselves are the same comment. Raises ResolvedSince where the thread is
    resolved, unless it `reopens` it.
    """
    thread = hold(begun(topic, at=at))
    if resolution := thread.resolutions.standing().select_related("resolved_by").first():
        if not reopens:
            raise ResolvedSince(resolution, by)
        reopen(topic, by=by, at=at)
    said = said_just_now(thread, text, by=by, at=at)
    if not said:
        said = Comment.objects.create(thread=thread, by=by, at=at)
        Wording.objects.create(comment=said, text=text, at=at)
    return Said(said, mention(topic, said, text, at=at))


def begun(topic: Topic, *, at: datetime) -> Topic:
    """The topic as a row, with its thread: made with the first comment, and by one of two who begin at once."""
    if topic.thread_id:
        return topic
    try:
        with transaction.atomic():
            topic.thread = Thread.objects.create(started_at=at)
            topic.save(force_insert=True)
    except IntegrityError:
        topic.thread = type(topic).objects.get(**topic.thing).thread
    return topic


def hold(topic: Topic) -> Thread:
    """The thread as it stands, until the transaction ends."""
    return Thread.objects.select_for_update(no_key=True).get(pk=topic.thread_id)


def said_just_now(thread: Thread, text: str, *, by: User, at: datetime) -> Comment | None:
    last = thread.comments.order_by("-pk").first()
    again = last and last.by_id == by.pk and last.at > at - TWICE and newest(last).text == text
    return last if again else None


def newest(said: Comment) -> Wording:
    return said.wordings.order_by("-pk")[0]


def mention(topic: Topic, said: Comment, text: str, *, at: datetime) -> list[str]:
    """Note and tell whom a text mentions, and tell whom else it concerns. The log-ins of nobody who may read it."""
    names = mentioned(text)
    readers = {user.pk: user for user in topic.readers(on=timezone.localdate(at))}
    found, untold = named(names, readers.values())
    said.mentioned.add(*found)
    tell(topic, said, text, readers=readers, mentioned=found, at=at)
    return untold


def named(names: Iterable[str], people: Iterable[User]) -> tuple[list[User], list[str]]:
    """The people of these log-ins, and what names nobody. Capital letters count only where they tell two apart."""
    people = list(people)
    logins = {user.username.casefold(): user for user in people} | {user.username: user for user in people}
    found = {name: logins.get(name) or logins.get(name.casefold()) for name in names}
    return list(dict.fromkeys(filter(None, found.values()))), [name for name in names if not found[name]]


@transaction.atomic
def change(said: Comment, text: str, *, was: int, topic: Topic, at: datetime) -> Said:
    """Its author puts a comment otherwise; what it said before stays on record. Who is mentioned only now is told.

    `was`: the wording that was started from. The same words again change nothing. Raises ChangedSince, TooLate.
    """
    hold(topic)
    now = newest(said)
    if now.text == text:
        return Said(said, mention(topic, said, text, at=at) if at <= said.at + CHANGEABLE else [])
    if now.pk != was or not now.text:
        raise ChangedSince(now)
    if at > said.at + CHANGEABLE:
        raise TooLate
    Wording.objects.create(comment=said, text=text, at=at)
    return Said(said, mention(topic, said, text, at=at))


@transaction.atomic
def withdraw(said: Comment, *, topic: Topic, at: datetime):
    """Its author takes a comment back: nobody is shown it any more. A second time changes nothing."""
    hold(topic)
    if newest(said).text:
        Wording.objects.create(comment=said, text="", at=at)


@transaction.atomic
def restore(said: Comment, *, topic: Topic, at: datetime):
    """A comment that was withdrawn says again what it said. A second time changes nothing."""
    hold(topic)
    if not newest(said).text:
        before = said.wordings.exclude(text="").order_by("-pk")[0]
        Wording.objects.create(comment=said, text=before.text, at=at)


@transaction.atomic
def resolve(topic: Topic, *, by: User, at: datetime):
    """No more needs to be said. A second time, and a second person, change nothing."""
    thread = hold(topic)
    if not thread.resolutions.standing().exists():
        thread.resolutions.create(resolved_by=by, resolved_at=at)


@transaction.atomic
def reopen(topic: Topic, *, by: User, at: datetime):
    """More needs to be said. A second time, and a second person, change nothing."""
    hold(topic).resolutions.standing().update(reopened_by=by, reopened_at=at)
