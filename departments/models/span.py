from datetime import date

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q


class SpanQuerySet(models.QuerySet):
    def on(self, day):
        return self.during(day, day)

    def during(self, first, last):
        """Rows that hold on at least one of these days."""
        return self.filter(starts_on__lte=last).filter(Q(ends_on=None) | Q(ends_on__gte=first))

    def trim(self, first, last):
        """Let go of the days before and after these; rows wholly elsewhere stay."""
        self.on(first).update(starts_on=first)
        if last:
            self.on(last).update(ends_on=last)


class Span(models.Model):
    """Something that holds from one day to another, and never twice at once.

    `once_per` names the fields within which the days must not overlap: kindly refused here, and by the
    database itself (migrations 0002).
    """

    once_per: list[str] = []
    beside: list[int] = []  # keys of rows saved along with this one: whoever saves them compares them

    starts_on = models.DateField("from")
    ends_on = models.DateField("to", null=True, blank=True, help_text="Last day; empty: until further notice.")

    class Meta:
        abstract = True

    def clean(self):
        if self.starts_on is None or any(
            getattr(self, type(self)._meta.get_field(n).attname) is None for n in self.once_per
        ):
            return
        same = {name: getattr(self, name) for name in self.once_per}
        others = type(self).objects.filter(**same).exclude(pk__in=[self.pk, *self.beside])
        if clash := others.during(self.starts_on, self.ends_on or date.max).first():
            raise Overlap(clash)

    def is_during(self, first: date, last: date) -> bool:
        """As `during` of its QuerySet, for a row in hand."""
        return self.starts_on <= last and (self.ends_on is None or self.ends_on >= first)

    def overlaps(self, other) -> bool:
        same = all(getattr(self, name) == getattr(other, name) for name in self.once_per)
        return same and self.starts_on <= (other.ends_on or date.max) and other.starts_on <= (self.ends_on or date.max)


class Overlap(ValidationError):
    def __init__(self, clash: Span):
        until = f"to {clash.ends_on:%d %b %Y}" if clash.ends_on else "on"
        super().__init__(f"Overlaps with “{clash}”, from {clash.starts_on:%d %b %Y} {until}: end that one first.")


def ends_after_it_starts(name):
    return models.CheckConstraint(
        condition=Q(ends_on=None) | Q(ends_on__gte=models.F("starts_on")),
        name=f"{name}_ends_after_it_starts",
        violation_error_message="The last day is on or after the first.",
    )
