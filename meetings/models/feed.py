import hashlib
import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from meetings.models.series import Series


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


class CalendarFeedQuerySet(models.QuerySet):
    def live(self):
        return self.filter(revoked_at=None)

    def matching(self, secret):
        return self.filter(digest=digest(secret))


class CalendarFeed(models.Model):
    """An address at which a calendar program finds the meetings of somebody, or those of one series, for as long as
    they work here and reach it. Who knows it needs nothing else: it is shown once and kept as a hash alone.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="feeds")
    series = models.ForeignKey(Series, models.CASCADE, null=True, blank=True, related_name="feeds")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField("begins with", max_length=6, editable=False)
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField("last read", null=True, blank=True)

    objects = CalendarFeedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "user", Coalesce("series", 0), condition=Q(revoked_at=None), name="feed_one_live_for_each"
            ),
        ]

    def __str__(self):
        return f"{self.series or 'All meetings'}, for {self.user}"

    @staticmethod
    def new_secret() -> str:
        return secrets.token_urlsafe(32)


class Invitation(models.Model):
    """That somebody was invited to a series by mail, and what their calendar was told of it last: `said`, the events
    as they were put then. Taken back (`ended_at`) once they do not belong to it any more.
    """

    series = models.ForeignKey(Series, models.CASCADE, related_name="invitations")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="invitations")
    said = models.JSONField(default=dict)
    number = models.PositiveIntegerField(default=0)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "user"], name="invitation_once")]

    def __str__(self):
        return f"{self.user} to {self.series}"
