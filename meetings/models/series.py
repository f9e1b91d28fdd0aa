from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from simple_history.models import HistoricalRecords

from departments.models import Department, User
from kpis.models.superseding import Superseding
from meetings.parts import Part

LONGEST_MEETING = 12 * 60  # minutes


def is_zone(name: str):
    if name not in available_timezones():
        raise ValidationError(f"Found “{name}”, expected a time zone such as Europe/Berlin.")


class SeriesQuerySet(models.QuerySet):
    def reachable_by(self, user, *, on):
        """Those to which somebody is invited, or which they lead; the COO reaches all.

        Who stands in for a head is invited with them.
        """
        if user.writes_everything:
            return self
        return self.filter(Q(chair=user) | Q(pk__in=Invited.objects.inviting(user, on=on).values("series")))

    def led_by(self, user, *, on):
        """Those somebody may change and run: as chair, as head of the department whose meeting it is, as the COO."""
        if user.writes_everything:
            return self
        led = [headship.department_id for headship in user.led(on=on)]
        return self.filter(Q(chair=user) | Q(department__in=led))

    def running(self, *, on):
        """Those that have not been ended."""
        return self.filter(Q(ended_on=None) | Q(ended_on__gte=on))


class Series(models.Model):
    """A meeting that comes again: whose it is, who leads it, when (`Schedule`), with whom (`Invited`), what for
    (`Section`).

    `department` says what it is about: of the agency's own, of all departments.
    """

    title = models.CharField(max_length=80)
    department = models.ForeignKey(Department, models.PROTECT, related_name="series")
    chair = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="chairs")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ended_on = models.DateField("last day", null=True, blank=True)

    objects = SeriesQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name_plural = "series"
        constraints = [
            models.CheckConstraint(
                condition=~Q(title=""), name="series_has_a_title", violation_error_message="A series needs a title."
            ),
        ]

    def __str__(self):
        return self.title


class Schedule(Superseding):
    """From this day on a series takes place so: the day is the first that its rule counts from, and may be one itself.

    `rule` is a recurrence rule of RFC 5545 without its start (FREQ=WEEKLY;BYDAY=MO), at most one meeting a day; empty
    for a single meeting. `starts_at` is the time of day where the clocks are those of `zone`. The next schedule takes
    over from its own day.
    """

    series = models.ForeignKey(Series, models.CASCADE, related_name="schedules")
    starts_on = models.DateField("from")
    starts_at = models.TimeField("at")
    minutes = models.PositiveSmallIntegerField("length in minutes")
    zone = models.CharField("time zone", max_length=63, validators=[is_zone])
    rule = models.CharField("repeats", max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["series", "starts_on"], condition=Q(superseded_at=None), name="schedule_one_current_per_start"
            ),
            models.CheckConstraint(
                condition=Q(minutes__gte=5, minutes__lte=LONGEST_MEETING),
                name="schedule_lasts_five_minutes_to_twelve_hours",
                violation_error_message="A meeting lasts 5 minutes at least and 12 hours at most.",
            ),
        ]

    def __str__(self):
        return f"{self.series} from {self.starts_on:%-d %b %Y}"


class InvitedQuerySet(models.QuerySet):
    def inviting(self, user, *, on):
        """The invitations that somebody stands in, on a day."""
        led = [headship.department_id for headship in user.led(on=on)]
        above = Department.objects.none()
        for department in Department.objects.filter(pk__in=led):
            above |= Department.objects.above(department)
        staffed = Department.objects.above(user.department) if user.department_id else Department.objects.none()
        return self.filter(
            Q(who=Invited.Who.PERSON, user=user)
            | Q(who=Invited.Who.ROLE, role=user.role)
            | Q(who=Invited.Who.HEAD, department__in=led)
            | Q(who=Invited.Who.HEADS, department__in=above.values("pk"))
            | Q(who=Invited.Who.STAFF, department__in=staffed.values("pk"))
        )


class Invited(models.Model):
    """Who belongs to a series: a person, a role, the head of a department, the heads below one, or its people.

    Who that is, is asked anew for each meeting: `selectors.participants`.
    """

    class Who(models.TextChoices):
        PERSON = "person", "Person"
        ROLE = "role", "Role"
        HEAD = "head", "Head of"
        HEADS = "heads", "All heads in"
        STAFF = "staff", "Everybody in"

    series = models.ForeignKey(Series, models.CASCADE, related_name="invited")
    who = models.CharField(max_length=6, choices=Who)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="+")
    role = models.CharField(max_length=20, choices=User.Role, blank=True, default="")

    objects = InvitedQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                "series", "who", "role", Coalesce("user", 0), Coalesce("department", 0), name="invited_once"
            ),
            models.CheckConstraint(
                condition=Q(who="person", user__isnull=False, department=None, role="")
                | Q(who="role", user=None, department=None, role__in=User.Role.values)
                | Q(who__in=["head", "heads", "staff"], user=None, department__isnull=False, role=""),
                name="invited_is_somebody",
            ),
        ]

    def __str__(self):
        if self.who == self.Who.PERSON:
            return str(self.user)
        if self.who == self.Who.ROLE:
            return self.get_role_display()
        return f"{self.get_who_display()} {self.department}"


class Section(models.Model):
    """A part of each agenda of a series, with its minutes; the order is theirs."""

    series = models.ForeignKey(Series, models.CASCADE, related_name="sections")
    position = models.PositiveSmallIntegerField()
    part = models.CharField(max_length=10, choices=[(str(part), part.words) for part in Part])
    title = models.CharField(max_length=80)
    minutes = models.PositiveSmallIntegerField()

    history = HistoricalRecords()

    class Meta:
        ordering = ["series", "position"]
        constraints = [
            models.UniqueConstraint(fields=["series", "position"], name="section_once_per_position"),
            models.CheckConstraint(
                condition=Q(part__in=[str(part) for part in Part]), name="section_part_is_known"
            ),
            models.CheckConstraint(condition=~Q(title="") & Q(minutes__gte=1), name="section_has_title_and_minutes"),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.title}, {self.minutes} min"
