from django.db import models
from django.db.models import Q
from django.urls import reverse

from departments.models import Department, User
from departments.models.thread import Topic
from departments.selectors import stand_in
from issues.models.commitment import Commitment
from issues.models.issue import Issue


class IssueTopic(Topic):
    """An issue that is spoken of."""

    issue = models.OneToOneField(Issue, models.CASCADE, related_name="topic")

    def __str__(self):
        return str(self.issue)

    @property
    def key(self):
        return f"issue-{self.issue_id}"

    def readers(self, *, on):
        """Whom `Issue.objects.reachable_by` shows it to."""
        within = Q()
        for department in self.departments():
            within |= Q(department__in=Department.objects.above(department))
        everything = User.objects.reading_everything(on=on).values("pk")
        return User.objects.employed(on=on).filter(within | Q(pk__in=everything))

    def departments(self) -> list[Department]:
        issue = self.issue
        return list(dict.fromkeys(filter(None, [issue.raiser, issue.owner, issue.court])))

    def answerable(self, *, on):
        """Who raised it, who heads the departments that it lies between, and who stands in for them."""
        places = self.departments()
        heads = User.objects.heading(places, on=on)
        return [self.issue.raised_by, *heads, *filter(None, stand_in(places, on).values())]

    def url(self):
        return reverse("issues:issue", args=[self.issue_id])

    def comments_url(self):
        return reverse("issues:comments", args=[self.issue_id])


class CommitmentTopic(Topic):
    """A commitment that is spoken of."""

    commitment = models.OneToOneField(Commitment, models.CASCADE, related_name="topic")

    def __str__(self):
        return str(self.commitment)

    @property
    def key(self):
        return f"commitment-{self.commitment_id}"

    def readers(self, *, on):
        """Whom `Commitment.objects.reachable_by` shows it to."""
        found, within = self.commitment, Q()
        for department in filter(None, {found.department, found.to_department}):
            within |= Q(department__in=Department.objects.above(department))
        own = Q(pk__in={found.who_id, found.to_user_id, found.made_by_id} - {None})
        everything = User.objects.reading_everything(on=on).values("pk")
        return User.objects.employed(on=on).filter(within | own | Q(pk__in=everything))

    def answerable(self, *, on):
        """Who promised it, and to whom: for a department whoever is asked for it."""
        found = self.commitment
        stands = stand_in([found.to_department], on).values() if found.to_department else []
        return [each for each in (found.who, found.to_user, *stands) if each]

    def url(self):
        return reverse("issues:commitment", args=[self.commitment_id])

    def comments_url(self):
        return reverse("issues:commitment-comments", args=[self.commitment_id])
