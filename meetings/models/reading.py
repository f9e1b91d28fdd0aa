from django.conf import settings
from django.db import models
from simple_history.models import HistoricalRecords

from meetings.models.status import WeeklyStatus


class StatusReading(models.Model):
    """That somebody has read a status as it was sent, and said so: who wrote it sees it."""

    status = models.ForeignKey(WeeklyStatus, models.CASCADE, related_name="readings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    read_at = models.DateTimeField()

    history = HistoricalRecords()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["status", "user"], name="status_read_once")]

    def __str__(self):
        return f"{self.status} read by {self.user}"
