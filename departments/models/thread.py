from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from departments.prose import LONGEST


class Thread(models.Model):
    """What people say to each other about one thing. Which thing, says a Topic: a row of the app that has it."""

    started_at = models.DateTimeField()

    def __str__(self):
        return f"Thread {self.pk}"

    @property
    def topic(self) -> "Topic | None":
        """None where what it was about is gone."""
        links = (link for link in self._meta.related_objects if issubclass(link.related_model, Topic))
        found = (link.related_model.objects.filter(thread=self).first() for link in links)
        return next(filter(None, found), None)


class ResolutionQuerySet(models.QuerySet):
    def standing(self, *, at: datetime | None = None):
        """Those of threads that are resolved, or were at a moment."""
        if at is None:
            return self.filter(reopened_at=None)
        return self.filter(resolved_at__lte=at).filter(Q(reopened_at=None) | Q(reopened_at__gt=at))


class Resolution(models.Model):
    """Somebody said that a thread needs no more words; another one, or the same, may have taken it up again."""

    thread = models.ForeignKey(Thread, models.CASCADE, related_name="resolutions")
    resolved_at = models.DateTimeField()
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reopened_at = models.DateTimeField(null=True, blank=True)
    reopened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = ResolutionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["thread"],
                condition=Q(reopened_at=None),
                name="resolution_one_standing_per_thread",
                violation_error_message="This thread is resolved already.",
            ),
            models.CheckConstraint(
                condition=Q(reopened_at=None, reopened_by=None)
                | Q(reopened_at__isnull=False, reopened_by__isnull=False),
                name="resolution_reopened_at_with_reopened_by",
            ),
        ]

    def __str__(self):
        return f"Thread {self.thread_id} resolved by {self.resolved_by}"


class Comment(models.Model):
    """Somebody said something. What it says stands in its wordings, of which the newest counts."""

    thread = models.ForeignKey(Thread, models.PROTECT, related_name="comments")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="comments")
    at = models.DateTimeField()
    mentioned = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="mentioned_in")

    def __str__(self):
        return f"{self.by}, {self.at:%d %b %Y %H:%M}"


class WordingQuerySet(models.QuerySet):
    def known_at(self, moment: datetime | None):
        return self if moment is None else self.filter(at__lte=moment)

    def standing(self, *, at: datetime | None = None):
        """What comments say, or said at a moment; nothing of those that were withdrawn."""
        newer = Wording.objects.known_at(at).filter(comment=OuterRef("comment"), pk__gt=OuterRef("pk"))
        return self.known_at(at).filter(~Exists(newer)).exclude(text="")


class Wording(models.Model):
    """What a comment says from a moment on, as its author put it, in Markdown. Empty: withdrawn. Never updated."""

    comment = models.ForeignKey(Comment, models.CASCADE, related_name="wordings")
    text = models.CharField(max_length=LONGEST, blank=True)
    at = models.DateTimeField()

    objects = WordingQuerySet.as_manager()

    def __str__(self):
        return self.text[:60]


class TopicQuerySet(models.QuerySet):
    def about(self, **thing):
        """The topic of a thing; one that is not saved yet, where nothing was said of it."""
        return self.filter(**thing).first() or self.model(**thing)

    def with_counts(self, *, at: datetime | None = None):
        """Each with how much is `said` in its thread, and whether that `is_resolved`; or was at a moment."""
        said = Wording.objects.standing(at=at).filter(comment__thread=OuterRef("thread")).order_by()
        said = said.values("comment__thread").annotate(number=Count("pk")).values("number")
        resolved = Resolution.objects.standing(at=at).filter(thread=OuterRef("thread"))
        return self.annotate(said=Coalesce(Subquery(said), 0), is_resolved=Exists(resolved))


class Topic(models.Model):
    """What a thread is about. An app has one for each kind of thing that can be spoken of, with a link to that thing.

    It says what the thing is called (`str`), who may read it, who answers for it, and where it is shown; a row is made
    with the first comment.
    """

    thread = models.OneToOneField(Thread, models.PROTECT, primary_key=True, related_name="%(class)s")

    objects = TopicQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def thing(self) -> dict:
        """What it is about, as `about` takes it."""
        return {f.attname: getattr(self, f.attname) for f in self._meta.concrete_fields if not f.primary_key}

    @property
    def key(self) -> str:
        """Tells it from every other topic: a part of ids on a page."""
        raise NotImplementedError

    def readers(self, *, on):
        """The people who may read it on a day, and so may comment: a QuerySet."""
        raise NotImplementedError

    def answerable(self, *, on):
        """The people who answer for it on a day: they are told what is said."""
        raise NotImplementedError

    def url(self) -> str:
        """The page that shows it, with its thread."""
        raise NotImplementedError

    def comments_url(self) -> str:
        """Where a comment is sent: a threads.ThreadPage of the app."""
        raise NotImplementedError
