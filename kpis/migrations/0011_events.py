"""Events: recorded once, shown on every chart they concern, and named by explanations. They raise the edition."""

from importlib import import_module

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def lay_down(apps, schema_editor):
    raises_the_edition = import_module("departments.migrations.0003_edition").raises_the_edition
    for table in ("kpis_event", "kpis_eventdepartment", "kpis_eventkpi"):
        raises_the_edition(schema_editor, table)


class Migration(migrations.Migration):

    dependencies = [
        ('departments', '0003_edition'),
        ('kpis', '0010_formulas'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_on', models.DateField(verbose_name='day')),
                ('ends_on', models.DateField(blank=True, null=True, verbose_name='last day')),
                ('title', models.CharField(max_length=100, verbose_name='what happened')),
                ('description', models.CharField(blank=True, default='', max_length=500)),
                ('recorded_at', models.DateTimeField()),
                ('superseded_at', models.DateTimeField(blank=True, null=True)),
                ('follows', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='followed_by', to='kpis.event')),
                ('recorded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('superseded_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(models.F('starts_on'), condition=models.Q(('superseded_at', None)), name='event_by_day')],
                'constraints': [models.CheckConstraint(condition=models.Q(('title', ''), _negated=True), name='event_has_a_title', violation_error_message='Say what happened.'), models.CheckConstraint(condition=models.Q(('ends_on', None), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='event_ends_after_it_starts', violation_error_message='The last day is on or after the first.')],
            },
        ),
        migrations.CreateModel(
            name='EventDepartment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('department', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='departments.department')),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='kpis.event')),
            ],
            options={'constraints': [models.UniqueConstraint(fields=('event', 'department'), name='event_names_a_department_once')]},
        ),
        migrations.CreateModel(
            name='EventKpi',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='kpis.event')),
                ('kpi', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kpis.kpi')),
            ],
            options={'constraints': [models.UniqueConstraint(fields=('event', 'kpi'), name='event_names_a_kpi_once')]},
        ),
        migrations.AddField(
            model_name='event',
            name='departments',
            field=models.ManyToManyField(blank=True, related_name='events', through='kpis.EventDepartment', to='departments.department'),
        ),
        migrations.AddField(
            model_name='event',
            name='kpis',
            field=models.ManyToManyField(blank=True, related_name='events', through='kpis.EventKpi', to='kpis.kpi', verbose_name='KPIs'),
        ),
        migrations.RemoveConstraint(model_name='signal', name='signal_explained_with_words'),
        migrations.AddField(
            model_name='historicalsignal',
            name='event',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='kpis.event'),
        ),
        migrations.AddField(
            model_name='signal',
            name='event',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='signals', to='kpis.event'),
        ),
        migrations.AddConstraint(
            model_name='signal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('event', None), ('explained_at', None), ('explanation', '')), models.Q(('explained_at__isnull', False), models.Q(('event', None), ('explanation', ''), _negated=True)), _connector='OR'), name='signal_explained_with_words_or_an_event', violation_error_message='An explanation needs words or an event.'),
        ),
        migrations.RunPython(lay_down, migrations.RunPython.noop),
    ]
