from enum import Enum

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL
from simple_history.models import HistoricalRecords

ANCESTRY = """
    WITH RECURSIVE line(department_id, ancestor_id) AS (
        SELECT id, id FROM departments_department
        UNION ALL
        SELECT line.department_id, d.parent_id
        FROM line JOIN departments_department d ON d.id = line.ancestor_id
        WHERE d.parent_id IS NOT NULL
    )
"""  # every department with itself and each department above it


class Reach(Enum):
    """What somebody wants to do with what they reach."""

    READ = "read"
    WRITE = "write"


class DepartmentQuerySet(models.QuerySet):
    def live(self, *, on):
        return self.filter(Q(closed_on=None) | Q(closed_on__gte=on))

    def paused(self, *, on):
        """Those that owe nothing on this day. What is below them is paused by itself, or not."""
        until = Q(pauses__ends_on=None) | Q(pauses__ends_on__gte=on)
        return self.filter(until, pauses__starts_on__lte=on)

    def below(self, departments):
        """The given departments and everything under them."""
        keys = [d.pk if isinstance(d, Department) else d for d in departments]
        if not keys:
            return self.none()
        marks = ", ".join(["%s"] * len(keys))
        found = RawSQL(f"{ANCESTRY} SELECT department_id FROM line WHERE ancestor_id IN ({marks})", keys)
        return self.filter(pk__in=found)

    def court_of(self, department):
        """Those whose balls lie with a department: it and everything under it; the agency's own, which is the COO's."""
        return self.below([department]) if department.parent_id else self.filter(pk=department.pk)

    def above(self, department):
        """The given department and everything over it."""
        found = RawSQL(f"{ANCESTRY} SELECT ancestor_id FROM line WHERE department_id = %s", [department.pk])
        return self.filter(pk__in=found)

    def in_line_with(self, departments):
        """The given departments, everything under them, and everything above them."""
        keys = [d.pk for d in departments]
        if not keys:
            return self.none()
        marks = ", ".join(["%s"] * len(keys))
        below = f"SELECT department_id FROM line WHERE ancestor_id IN ({marks})"
        above = f"SELECT ancestor_id FROM line WHERE department_id IN ({marks})"
        return self.filter(pk__in=RawSQL(f"{ANCESTRY} {below} UNION {above}", [*keys, *keys]))

    def reachable_by(self, user, *, on, reach=Reach.READ):
        """The COO: all. Executives, administrators and heads read all; heads write their own; staff read their own."""
        if user.writes_everything or (reach is Reach.READ and user.reads_everything(on=on)):
            return self
        if reach is Reach.READ:
            return self.below([user.department_id] if user.department_id else [])
        return self.below([headship.department_id for headship in user.led(on=on)])

    def by_name(self):
        return self.order_by("position", "name")


class Department(models.Model):
    """A node of the tree of departments; the root is the agency itself."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=80, unique=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    position = models.PositiveSmallIntegerField(default=0, help_text="Order in lists; then by name.")
    opened_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)

    objects = DepartmentQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                models.Case(models.When(parent=None, then=models.Value(1))),
                name="department_one_root",
                violation_error_message="There is already a root department (the agency): give this one a parent.",
            ),
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=models.F("id")),
                name="department_not_its_own_parent",
                violation_error_message="A department cannot be its own parent.",
            ),
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(opened_on=None) | Q(closed_on__gte=models.F("opened_on")),
                name="department_closes_after_it_opens",
                violation_error_message="A department closes on or after the day it opens.",
            ),
            models.CheckConstraint(
                condition=~Q(slug="") & ~Q(name=""),
                name="department_is_named",
                violation_error_message="A department needs a name and a slug.",
            ),
        ]

    def __str__(self):
        return self.name

    def clean(self):
        if self.pk and Department.objects.below([self]).filter(pk=self.parent_id).exists():
            raise ValidationError({"parent": "A department cannot be below itself."})
