from django.conf import settings
from django.db import models
from django.db.models import Q


class SupersedingQuerySet(models.QuerySet):
    def current(self):
        return self.filter(superseded_at=None)

    def known_at(self, moment):
        """What stood on record at a moment; what stands now, where none is given."""
        if moment is None:
            return self.current()
        return self.filter(recorded_at__lte=moment).filter(Q(superseded_at=None) | Q(superseded_at__gt=moment))


class Superseding(models.Model):
    """What somebody said: superseded, never updated, with who and when."""

    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    superseded_at = models.DateTimeField(null=True, blank=True)
    superseded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = SupersedingQuerySet.as_manager()

    class Meta:
        abstract = True
