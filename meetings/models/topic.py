from django.db import models
from django.urls import reverse

from departments.models import Department, User
from departments.models.thread import Topic
from departments.selectors import stand_in
from meetings.models.status import WeeklyStatus


class StatusTopic(Topic):
    """A department's week that is spoken of: all versions of its status, and its silence, share one thread."""

    department = models.ForeignKey(Department, models.PROTECT, related_name="+")
    week = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["department", "week"], name="status_topic_once_per_week")]

    def __str__(self):
        return f"{self.department}, week {self.week.isocalendar().week}"

    @property
    def key(self):
        return f"status-{self.department_id}-{self.week}"

    def readers(self, *, on):
        return User.objects.reading(self.department, on=on)

    def answerable(self, *, on):
        """Who wrote it, who heads the department, and who stands in."""
        wrote = User.objects.filter(pk__in=self.versions().values("recorded_by"))
        heads = User.objects.heading([self.department], on=on)
        return [*wrote, *heads, *filter(None, stand_in([self.department], on).values())]

    def versions(self):
        return WeeklyStatus.objects.current().filter(department=self.department, week=self.week)

    def url(self):
        return reverse("meetings:status", args=[self.department.slug, self.week])

    def comments_url(self):
        return reverse("meetings:comments", args=[self.department.slug, self.week])
