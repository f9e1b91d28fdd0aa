from django.conf import settings
from django.db import models
from django.db.models import Q


class SavedView(models.Model):
    """A choice of issues that somebody comes back to: what stands in the address after the question mark."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=500)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="saved_view_once_per_name"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(query=""), name="saved_view_is_named"),
        ]

    def __str__(self):
        return self.name
