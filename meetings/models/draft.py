from django.conf import settings
from django.db import models

from departments.models import Department


class StatusDraft(models.Model):
    """What was typed for a department's week and not sent yet, by whoever typed last.

    `content` is what the form holds, by field; `edition` rises with each save, so that nobody writes over another
    unseen. Once it is sent it `is_open` no more, and kept in case that is undone.
    """

    department = models.ForeignKey(Department, models.CASCADE, related_name="+")
    week = models.DateField()
    content = models.JSONField(default=dict)
    edition = models.PositiveIntegerField(default=1)
    is_open = models.BooleanField(default=True)
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["department", "week"], name="draft_one_per_week")]

    def __str__(self):
        return f"{self.department}, week {self.week.isocalendar().week}, edition {self.edition}"
