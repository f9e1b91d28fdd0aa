from django.db import models
from django.urls import reverse

from departments.models import User
from departments.models.thread import Topic
from departments.selectors import stands_in
from issues.models.risk import Risk


class RiskTopic(Topic):
    """A risk that is spoken of."""

    risk = models.OneToOneField(Risk, models.CASCADE, related_name="topic")

    def __str__(self):
        return str(self.risk)

    @property
    def key(self):
        return f"risk-{self.risk_id}"

    def readers(self, *, on):
        """Whom `Risk.objects.reachable_by` shows it to."""
        return User.objects.reading(self.risk.department, on=on)

    def answerable(self, *, on):
        """Its owner, and who is asked for its department."""
        asked = stands_in(self.risk.department, on)
        return [self.risk.owner, *([asked] if asked else [])]

    def url(self):
        return self.risk.url

    def comments_url(self):
        return reverse("issues:risk-comments", args=[self.risk_id])
