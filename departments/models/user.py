from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from simple_history.models import HistoricalRecords

from departments.models.department import Department
from departments.models.headship import Headship


class Role(models.TextChoices):
    """What somebody is to the agency. Heads and deputies are told by their headships, not by a role."""

    STAFF = "staff", "Staff member"
    COO = "coo", "Chief Operations Officer"
    EXECUTIVE = "executive", "Executive"
    ADMINISTRATOR = "administrator", "Administrator"


class UserQuerySet(models.QuerySet):
    def employed(self, *, on):
        return self.filter(is_active=True).filter(Q(starts_on=None) | Q(starts_on__lte=on)).not_left(on=on)

    def not_left(self, *, on):
        return self.filter(Q(leaves_on=None) | Q(leaves_on__gte=on))

    def absent(self, *, on):
        until = Q(absences__ends_on=None) | Q(absences__ends_on__gte=on)
        return self.filter(until, absences__starts_on__lte=on)

    def reading_everything(self, *, on):
        leading = Headship.objects.on(on).values("user")
        return self.filter(~Q(role=Role.STAFF) | Q(pk__in=leading))

    def reading(self, department, *, on):
        """Those who work here on that day and reach a department to read it: `reachable_by` from its other end."""
        within = Q(department__in=Department.objects.above(department))
        return self.employed(on=on).filter(within | Q(pk__in=User.objects.reading_everything(on=on).values("pk")))

    def heading(self, departments, *, on):
        heads = Headship.objects.heads().on(on).filter(department__in=departments)
        return self.employed(on=on).filter(pk__in=heads.values("user"))

    def by_name(self):
        return self.order_by("name", "username")


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
    def create_user(self, username, password=None, **fields):
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username, password=None, **fields):
        return self.create_user(username, password, role=Role.ADMINISTRATOR, **fields)


class StaffRecords(HistoricalRecords):
    """Who changed whom, and when. Signing in is no change."""

    def post_save(self, instance, created, update_fields=None, **kwargs):
        if created or set(update_fields or ["all"]) != {"last_login"}:
            super().post_save(instance, created, **kwargs)


class User(AbstractBaseUser):
    """Somebody who works here: how they sign in, and their staff record."""

    Role = Role

    username = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    email = models.EmailField(blank=True)
    role = models.CharField(max_length=20, choices=Role, default=Role.STAFF)
    is_active = models.BooleanField("may sign in", default=True)
    department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="staff")
    title = models.CharField(max_length=120, blank=True)
    fte = models.DecimalField(
        "FTE",
        max_digits=3,
        decimal_places=2,
        default=1,
        validators=[MinValueValidator(0)],
        help_text="1 is full time.",
    )
    starts_on = models.DateField(null=True, blank=True)
    leaves_on = models.DateField("last day", null=True, blank=True, help_text="Access ends with this day.")

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    objects = UserManager()
    history = StaffRecords(excluded_fields=["password", "last_login"])

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="user_role_is_known"),
            models.CheckConstraint(
                condition=Q(fte__gte=0) & Q(fte__lte=1),
                name="user_fte_between_0_and_1",
                violation_error_message="FTE lies between 0 and 1.",
            ),
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(leaves_on=None) | Q(leaves_on__gte=models.F("starts_on")),
                name="user_leaves_after_starting",
                violation_error_message="The last day is on or after the first.",
            ),
            models.UniqueConstraint(
                Lower("email"),
                condition=~Q(email=""),
                name="user_email_once",
                violation_error_message="Somebody else has this e-mail address.",
            ),
        ]

    def __str__(self):
        return self.name or self.username

    def get_full_name(self):
        return self.name

    def get_short_name(self):
        return self.name.split(" ")[0]

    def has_left(self, *, on):
        return self.leaves_on is not None and self.leaves_on < on

    def is_gone(self, *, on):
        """Whether nothing of what is said here is for them any more."""
        return not self.is_active or self.has_left(on=on)

    @property
    def writes_everything(self):
        return self.role == Role.COO

    def led(self, *, on):
        """The headships of a day, those of heads first; asked once for each user that was loaded."""
        kept = self.__dict__.setdefault("_led", {})
        if on not in kept:
            found = self.headships.on(on).select_related("department")
            kept[on] = list(found.order_by("-kind", "department__position", "department__name"))
        return kept[on]

    def reads_everything(self, *, on):
        return self.role != Role.STAFF or bool(self.led(on=on))

    # What Django admin asks for.

    @property
    def is_staff(self):
        return self.role == Role.ADMINISTRATOR

    @property
    def is_superuser(self):
        return self.is_staff

    def has_perm(self, perm, obj=None):
        return self.is_active and self.is_staff

    def has_perms(self, perms, obj=None):
        return self.has_perm(None)

    def has_module_perms(self, app_label):
        return self.has_perm(None)
