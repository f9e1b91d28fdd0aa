from django.db import models

from departments.models import Department
from kpis.models.fields import MicroField
from kpis.models.kpi import Kpi


class Sums(models.Model):
    """What observations add up to within a period. Written by the drain alone.

    There is no rollup without an observation, and that has the foreign keys: here they are not looked up again.
    """

    grain = models.CharField(max_length=7)
    period = models.DateField()
    n = models.BigIntegerField()
    sum = MicroField(null=True)
    min = MicroField(null=True)
    max = MicroField(null=True)
    numerator = MicroField(null=True)
    denominator = MicroField(null=True)
    last = MicroField(null=True)
    last_on = models.DateField()

    class Meta:
        abstract = True


class OwnRollup(Sums):
    """A department's own observations of a KPI, over a period."""

    pk = models.CompositePrimaryKey("kpi", "department", "grain", "period")
    kpi = models.ForeignKey(Kpi, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", db_index=False, db_constraint=False)

    class Meta:
        db_table = "kpis_own"

    def __str__(self):
        return f"{self.kpi_id} {self.department_id} {self.grain} {self.period}"


class Rollup(Sums):
    """A KPI for a department and everything below it, over a period. `amount` is what rules.answer starts from."""

    pk = models.CompositePrimaryKey("kpi", "department", "grain", "period")
    kpi = models.ForeignKey(Kpi, models.PROTECT, related_name="rollups", db_index=False, db_constraint=False)
    department = models.ForeignKey(
        Department, models.PROTECT, related_name="rollups", db_index=False, db_constraint=False
    )
    amount = MicroField(null=True)
    reporting = models.IntegerField()

    class Meta:
        db_table = "kpis_rollup"

    def __str__(self):
        return f"{self.kpi_id} {self.department_id} {self.grain} {self.period}"


class RollupLock(models.Model):
    """The unit of recomputation: held while a KPI's rollups are made. `version` counts the changes.

    `trouble` says why the last drain could not make them; empty where it could.
    `waited` is how many seconds the oldest change had waited when the last drain took it up; `differences` how many
    columns of the KPI's rollups were not what a recomputation says, when that was last looked at.
    """

    kpi = models.OneToOneField(Kpi, models.CASCADE, primary_key=True, related_name="lock")
    version = models.BigIntegerField(default=0)
    drained_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=200, blank=True, default="", db_default="")
    waited = models.FloatField(null=True)
    verified_at = models.DateTimeField(null=True)
    differences = models.IntegerField(null=True)

    class Meta:
        db_table = "kpis_lock"

    def __str__(self):
        return f"{self.kpi_id} at {self.version}"
