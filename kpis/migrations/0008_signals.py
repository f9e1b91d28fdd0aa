"""What values say: phases, processes, signals, and up to where these were judged."""

from importlib import import_module

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.comparison
import simple_history.models
from django.conf import settings
from django.db import migrations, models



def lay_down(apps, schema_editor):
    import_module("departments.migrations.0003_edition").raises_the_edition(schema_editor, "kpis_phase")


class Migration(migrations.Migration):

    dependencies = [
        ('departments', '0003_edition'),
        ('kpis', '0007_kpi_without_start'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Judgement',
            fields=[
                ('kpi', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='judgement', serialize=False, to='kpis.kpi')),
                ('version', models.BigIntegerField()),
                ('edition', models.BigIntegerField()),
                ('on', models.DateField()),
                ('changes', models.BigIntegerField(default=0)),
            ],
            options={
                'db_table': 'kpis_judgement',
            },
        ),
        migrations.CreateModel(
            name='HistoricalSignal',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('grain', models.CharField(max_length=7)),
                ('kind', models.CharField(choices=[('improvement', 'Improvement'), ('concern', 'Concern'), ('high', 'High'), ('low', 'Low'), ('missing', 'Missing'), ('late', 'Late')], max_length=12)),
                ('rules', models.CharField(blank=True, default='', max_length=60)),
                ('first', models.DateField()),
                ('last', models.DateField()),
                ('known', models.DateField()),
                ('found_at', models.DateTimeField()),
                ('explained_at', models.DateTimeField(blank=True, null=True)),
                ('explanation', models.CharField(blank=True, default='', max_length=500)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('department', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='departments.department')),
                ('explained_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('kpi', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='kpis.kpi')),
            ],
            options={
                'verbose_name': 'historical signal',
                'verbose_name_plural': 'historical signals',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Phase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_on', models.DateField(verbose_name='from')),
                ('fixed_from', models.PositiveSmallIntegerField(blank=True, help_text='So many values, 8 at least. Empty: from all values of the phase.', null=True, validators=[django.core.validators.MinValueValidator(8)], verbose_name='limits from the first')),
                ('reason', models.CharField(max_length=200)),
                ('recorded_at', models.DateTimeField()),
                ('superseded_at', models.DateTimeField(blank=True, null=True)),
                ('department', models.ForeignKey(blank=True, help_text='Empty: for all that measure it, and their totals.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='phases', to='departments.department')),
                ('kpi', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='phases', to='kpis.kpi')),
                ('recorded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('superseded_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('fixed_from', None), ('fixed_from__gte', 8), _connector='OR'), name='phase_has_values_for_its_limits', violation_error_message='Limits are taken from 8 values at least.'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='phase_has_a_reason', violation_error_message='Say what was changed.'), models.UniqueConstraint(models.F('kpi'), models.F('starts_on'), django.db.models.functions.comparison.Coalesce('department', 0), condition=models.Q(('superseded_at', None)), name='phase_one_current_per_day', violation_error_message='A phase already starts on this day.')],
            },
        ),
        migrations.CreateModel(
            name='Process',
            fields=[
                ('pk', models.CompositePrimaryKey('kpi', 'department', blank=True, editable=False, primary_key=True, serialize=False)),
                ('grain', models.CharField(max_length=7)),
                ('period', models.DateField()),
                ('kind', models.CharField(max_length=12)),
                ('assurance', models.CharField(max_length=12)),
                ('values', models.IntegerField()),
                ('lower', models.FloatField(null=True)),
                ('centre', models.FloatField(null=True)),
                ('upper', models.FloatField(null=True)),
                ('phase_from', models.DateField(null=True)),
                ('department', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='departments.department')),
                ('kpi', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='processes', to='kpis.kpi')),
            ],
            options={
                'db_table': 'kpis_process',
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['common_cause', 'improvement', 'concern', 'high', 'low'])), name='process_kind_is_known'), models.CheckConstraint(condition=models.Q(('assurance__in', ['hits', 'misses', 'hit_and_miss', 'none'])), name='process_assurance_is_known'), models.CheckConstraint(condition=models.Q(models.Q(('centre', None), ('lower', None), ('upper', None)), models.Q(('lower__lte', models.F('centre')), ('upper__gte', models.F('centre')), ('values__gte', 8)), _connector='OR'), name='process_has_limits_or_none')],
            },
        ),
        migrations.CreateModel(
            name='Signal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('grain', models.CharField(max_length=7)),
                ('kind', models.CharField(choices=[('improvement', 'Improvement'), ('concern', 'Concern'), ('high', 'High'), ('low', 'Low'), ('missing', 'Missing'), ('late', 'Late')], max_length=12)),
                ('rules', models.CharField(blank=True, default='', max_length=60)),
                ('first', models.DateField()),
                ('last', models.DateField()),
                ('known', models.DateField()),
                ('found_at', models.DateTimeField()),
                ('explained_at', models.DateTimeField(blank=True, null=True)),
                ('explanation', models.CharField(blank=True, default='', max_length=500)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('department', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='signals', to='departments.department')),
                ('explained_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('kpi', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='signals', to='kpis.kpi')),
            ],
            options={
                'indexes': [models.Index(fields=['kpi', 'department', 'last'], name='signal_by_series')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['improvement', 'concern', 'high', 'low', 'missing', 'late'])), name='signal_kind_is_known'), models.CheckConstraint(condition=models.Q(('first__lte', models.F('known')), ('last__gte', models.F('first'))), name='signal_is_known_when_it_has_begun'), models.CheckConstraint(condition=models.Q(models.Q(('explained_at', None), ('explanation', '')), models.Q(('explained_at__isnull', False), models.Q(('explanation', ''), _negated=True)), _connector='OR'), name='signal_explained_with_words', violation_error_message='An explanation needs words.'), models.UniqueConstraint(condition=models.Q(('withdrawn_at', None)), fields=('kpi', 'department', 'kind', 'first'), name='signal_one_standing_per_start')],
            },
        ),
        migrations.RunPython(lay_down, migrations.RunPython.noop),
    ]
