"""Formulas, and KPIs that combine by one. On SQLite a table with new laws is made anew, and loses its triggers."""

import datetime
from importlib import import_module

import django.db.models.deletion
import django.db.models.functions.comparison
import kpis.rules
from django.conf import settings
from django.db import migrations, models


def keep_triggers(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        kept = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'kpis_kpi'"
        schema_editor.execute(f"CREATE TABLE kpis_kept AS {kept}", params=None)


def lay_down(apps, schema_editor):
    import_module("departments.migrations.0003_edition").raises_the_edition(schema_editor, "kpis_formula")
    lay_back(apps, schema_editor)


def lay_back(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        with schema_editor.connection.cursor() as cursor:
            kept = [sql for (sql,) in cursor.execute("SELECT sql FROM kpis_kept").fetchall()]
        for statement in [*kept, "DROP TABLE kpis_kept"]:
            schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):

    dependencies = [
        ('departments', '0003_edition'),
        ('kpis', '0009_uploads'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(keep_triggers, lay_back),
        migrations.CreateModel(
            name='Formula',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('recorded_at', models.DateTimeField()),
                ('superseded_at', models.DateTimeField(blank=True, null=True)),
                ('expression', models.CharField(help_text='KPI codes, numbers, + - × ÷ and parentheses, such as (sales - costs) ÷ sales × 100. A minus has spaces around it.', max_length=500)),
                ('starts_on', models.DateField(blank=True, help_text='Empty: for all periods. A later one takes over from its day on, and a new phase starts there.', null=True, verbose_name='from')),
                ('reason', models.CharField(blank=True, max_length=200)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='kpi',
            name='kpi_combination_is_exact',
        ),
        migrations.RemoveConstraint(
            model_name='kpi',
            name='kpi_over_time_is_known',
        ),
        migrations.AlterField(
            model_name='historicalkpi',
            name='over_departments',
            field=models.CharField(choices=[('sum', 'Sum'), ('mean', 'Mean'), ('ratio', 'Ratio'), ('min', 'Min'), ('max', 'Max'), ('formula', 'Formula'), ('none', 'None')], default=kpis.rules.OverDepartments['RATIO'], max_length=10),
        ),
        migrations.AlterField(
            model_name='historicalkpi',
            name='over_time',
            field=models.CharField(choices=[('sum', 'Sum'), ('mean', 'Mean'), ('last', 'Last'), ('ratio', 'Ratio'), ('min', 'Min'), ('max', 'Max'), ('formula', 'Formula')], default=kpis.rules.OverTime['RATIO'], max_length=10),
        ),
        migrations.AlterField(
            model_name='kpi',
            name='over_departments',
            field=models.CharField(choices=[('sum', 'Sum'), ('mean', 'Mean'), ('ratio', 'Ratio'), ('min', 'Min'), ('max', 'Max'), ('formula', 'Formula'), ('none', 'None')], default=kpis.rules.OverDepartments['RATIO'], max_length=10),
        ),
        migrations.AlterField(
            model_name='kpi',
            name='over_time',
            field=models.CharField(choices=[('sum', 'Sum'), ('mean', 'Mean'), ('last', 'Last'), ('ratio', 'Ratio'), ('min', 'Min'), ('max', 'Max'), ('formula', 'Formula')], default=kpis.rules.OverTime['RATIO'], max_length=10),
        ),
        migrations.AddConstraint(
            model_name='kpi',
            constraint=models.CheckConstraint(condition=models.Q(('over_departments', 'none'), models.Q(('over_departments__in', ['sum', 'mean', 'min', 'max']), ('over_time__in', ['sum', 'last', 'min', 'max'])), models.Q(('over_departments', 'mean'), ('over_time', 'mean')), models.Q(('over_departments', 'ratio'), ('over_time', 'ratio')), models.Q(('over_departments', 'formula'), ('over_time', 'formula')), _connector='OR'), name='kpi_combination_is_exact', violation_error_message='These rules do not go together: a ratio combines as a ratio, a mean as a mean, a formula as a formula; sum, last, min and max as sum, mean, min or max. “None” goes with all.'),
        ),
        migrations.AddConstraint(
            model_name='kpi',
            constraint=models.CheckConstraint(condition=models.Q(('over_time__in', ['sum', 'mean', 'last', 'ratio', 'min', 'max', 'formula'])), name='kpi_over_time_is_known'),
        ),
        migrations.AddField(
            model_name='formula',
            name='kpi',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='formulas', to='kpis.kpi'),
        ),
        migrations.AddField(
            model_name='formula',
            name='recorded_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='formula',
            name='superseded_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='formula',
            constraint=models.CheckConstraint(condition=models.Q(('expression', ''), _negated=True), name='formula_says_something', violation_error_message='Give the formula.'),
        ),
        migrations.AddConstraint(
            model_name='formula',
            constraint=models.UniqueConstraint(models.F('kpi'), django.db.models.functions.comparison.Coalesce('starts_on', models.Value(datetime.date(1, 1, 1))), condition=models.Q(('superseded_at', None)), name='formula_one_current_per_day', violation_error_message='A formula already holds from this day: remove it, or give another day.'),
        ),
        migrations.RunPython(lay_down, keep_triggers),
    ]
