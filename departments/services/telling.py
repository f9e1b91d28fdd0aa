"""Whom a comment concerns is told: who is mentioned, who answers for the thing, who takes part in the thread."""

from collections.abc import Collection
from datetime import datetime

from django.utils import timezone

from departments.models import Comment, User
from departments.models.thread import Topic
from departments.services.notifying import notify

MENTIONED = "You are mentioned in it."
ANSWERABLE = "You answer for what it is about."
TAKES_PART = "You take part in this thread."


def tell(topic: Topic, said: Comment, text: str, *, readers: dict, mentioned: Collection[User], at: datetime):
    """Each person once for a comment, but not its author; who is not among the `readers` (by key) is told nothing.

    A second call tells those alone who were not told: a comment that was changed tells whom it mentions only now.
    """
    named = {user.pk for user in mentioned}
    whys = dict.fromkeys(takes_part(said), TAKES_PART)
    whys |= dict.fromkeys((user.pk for user in topic.answerable(on=timezone.localdate(at))), ANSWERABLE)
    whys |= dict.fromkeys(named, MENTIONED)
    for key in sorted(whys.keys() & readers.keys() - {said.by_id}):
        verb = "mentions you" if key in named else "commented"
        notify(
            to=readers[key],
            kind="mention" if key in named else "comment",
            key=f"comment:{said.pk}:{'mention' if key in named else 'said'}",
            subject=f"{said.by} {verb}: {topic}",
            text=text,
            url=f"{topic.url()}#comment-{said.pk}",
            why=whys[key],
            at=at,
        )


def takes_part(said: Comment) -> set[int]:
    """Who said something in the thread before, or was mentioned in it."""
    before = Comment.objects.filter(thread=said.thread_id, pk__lt=said.pk)
    return {*before.values_list("by", flat=True), *before.exclude(mentioned=None).values_list("mentioned", flat=True)}
