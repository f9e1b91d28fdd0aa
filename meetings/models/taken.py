from django.conf import settings
from django.db import models

from meetings.models.agenda import AgendaItem


class Taken(models.Model):
    """That a form which somebody sent on an item was taken: the same one sent again, as after a lost connection, does
    nothing. `key` is the form's own."""

    item = models.ForeignKey(AgendaItem, models.CASCADE, related_name="+")
    key = models.CharField(max_length=40)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name_plural = "taken"
        constraints = [
            models.UniqueConstraint(fields=["item", "key"], name="taken_once"),
            models.CheckConstraint(condition=~models.Q(key=""), name="taken_by_a_key"),
        ]

    def __str__(self):
        return self.key
