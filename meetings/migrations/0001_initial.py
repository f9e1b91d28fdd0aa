"""Weekly statuses: as they are written, sent and read, and when they are due."""

from importlib import import_module

import datetime
import django.core.validators
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models


def lay_down(apps, schema_editor):
    raises_what_is_told = import_module("departments.migrations.0006_told").raises_what_is_told
    for name in ("weeklystatus", "statusreading", "deadline"):
        raises_what_is_told(schema_editor, f"meetings_{name}")


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('departments', '0007_comments'),
        ('kpis', '0014_comments'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Deadline',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('weekday', models.PositiveSmallIntegerField(choices=[(0, 'Monday'), (1, 'Tuesday'), (2, 'Wednesday'), (3, 'Thursday'), (4, 'Friday'), (5, 'Saturday'), (6, 'Sunday')], default=4, help_text='Where it is a day off, the working day before.')),
                ('time', models.TimeField(default=datetime.time(17, 0), help_text="In the agency's time zone.")),
            ],
            options={
                'verbose_name': 'deadline of weekly statuses',
                'verbose_name_plural': 'deadline of weekly statuses',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='deadline_is_one'), models.CheckConstraint(condition=models.Q(('weekday__lte', 6)), name='deadline_weekday_is_known')],
            },
        ),
        migrations.CreateModel(
            name='HistoricalDeadline',
            fields=[
                ('id', models.PositiveSmallIntegerField(db_index=True, default=1, editable=False)),
                ('weekday', models.PositiveSmallIntegerField(choices=[(0, 'Monday'), (1, 'Tuesday'), (2, 'Wednesday'), (3, 'Thursday'), (4, 'Friday'), (5, 'Saturday'), (6, 'Sunday')], default=4, help_text='Where it is a day off, the working day before.')),
                ('time', models.TimeField(default=datetime.time(17, 0), help_text="In the agency's time zone.")),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical deadline of weekly statuses',
                'verbose_name_plural': 'historical deadline of weekly statuses',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='WeeklyStatus',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('recorded_at', models.DateTimeField()),
                ('superseded_at', models.DateTimeField(blank=True, null=True)),
                ('week', models.DateField(help_text='Its Monday.')),
                ('health', models.CharField(choices=[('on', 'On track'), ('risk', 'At risk'), ('off', 'Off track')], max_length=4)),
                ('headline', models.CharField(max_length=140)),
                ('confidence', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MaxValueValidator(100)])),
                ('need', models.CharField(blank=True, default='', max_length=300)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('data_kind', models.CharField(choices=[('quiet', 'No concern'), ('concern', 'Concern'), ('unknown', 'Nothing judged')], default='unknown', max_length=8)),
                ('data_words', models.CharField(blank=True, default='', max_length=500)),
                ('sent_at', models.DateTimeField()),
                ('amends', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='meetings.weeklystatus')),
                ('batch', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kpis.batch')),
                ('department', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='statuses', to='departments.department')),
                ('need_of', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='departments.department')),
                ('recorded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('superseded_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'weekly statuses',
            },
        ),
        migrations.CreateModel(
            name='StatusReading',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('read_at', models.DateTimeField()),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('status', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='readings', to='meetings.weeklystatus')),
            ],
        ),
        migrations.CreateModel(
            name='StatusItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('progress', 'Progress'), ('plan', 'Plan'), ('problem', 'Problem')], max_length=8)),
                ('position', models.PositiveSmallIntegerField()),
                ('text', models.CharField(max_length=300)),
                ('age', models.PositiveSmallIntegerField(default=0)),
                ('carries', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='carried_as', to='meetings.statusitem')),
                ('status', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='meetings.weeklystatus')),
            ],
            options={
                'ordering': ['status', 'kind', 'position'],
            },
        ),
        migrations.CreateModel(
            name='PlanReview',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('outcome', models.CharField(choices=[('done', 'Done'), ('carried', 'Carried'), ('dropped', 'Dropped')], max_length=8)),
                ('reason', models.CharField(blank=True, default='', max_length=200)),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to='meetings.statusitem')),
                ('status', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reviews', to='meetings.weeklystatus')),
            ],
            options={
                'ordering': ['status', 'plan'],
            },
        ),
        migrations.CreateModel(
            name='StatusDraft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('week', models.DateField()),
                ('content', models.JSONField(default=dict)),
                ('edition', models.PositiveIntegerField(default=1)),
                ('is_open', models.BooleanField(default=True)),
                ('saved_at', models.DateTimeField()),
                ('department', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='departments.department')),
                ('saved_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('department', 'week'), name='draft_one_per_week')],
            },
        ),
        migrations.AddIndex(
            model_name='weeklystatus',
            index=models.Index(fields=['department', 'week'], name='status_by_week'),
        ),
        migrations.AddConstraint(
            model_name='weeklystatus',
            constraint=models.UniqueConstraint(condition=models.Q(('superseded_at', None)), fields=('department', 'week'), name='status_one_current_per_week'),
        ),
        migrations.AddConstraint(
            model_name='weeklystatus',
            constraint=models.CheckConstraint(condition=models.Q(('health__in', ['on', 'risk', 'off'])), name='status_health_is_known'),
        ),
        migrations.AddConstraint(
            model_name='weeklystatus',
            constraint=models.CheckConstraint(condition=models.Q(('data_kind__in', ['quiet', 'concern', 'unknown'])), name='status_data_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='weeklystatus',
            constraint=models.CheckConstraint(condition=models.Q(('headline', ''), _negated=True), name='status_has_a_headline'),
        ),
        migrations.AddConstraint(
            model_name='weeklystatus',
            constraint=models.CheckConstraint(condition=models.Q(('confidence', None), ('confidence__lte', 100), _connector='OR'), name='status_confidence_is_per_cent'),
        ),
        migrations.AddConstraint(
            model_name='weeklystatus',
            constraint=models.CheckConstraint(condition=models.Q(('need_of', None), models.Q(('need', ''), _negated=True), _connector='OR'), name='status_needs_something_of_somebody'),
        ),
        migrations.AddConstraint(
            model_name='weeklystatus',
            constraint=models.CheckConstraint(condition=models.Q(('need_of', None), models.Q(('need_of', models.F('department')), _negated=True), _connector='OR'), name='status_needs_nothing_of_itself'),
        ),
        migrations.AddConstraint(
            model_name='statusreading',
            constraint=models.UniqueConstraint(fields=('status', 'user'), name='status_read_once'),
        ),
        migrations.AddConstraint(
            model_name='statusitem',
            constraint=models.UniqueConstraint(fields=('status', 'kind', 'position'), name='status_item_once_per_position'),
        ),
        migrations.AddConstraint(
            model_name='statusitem',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['progress', 'plan', 'problem'])), name='status_item_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='statusitem',
            constraint=models.CheckConstraint(condition=models.Q(('position__gte', 1), ('position__lte', 5)), name='status_item_at_most_five', violation_error_message='At most 5 items.'),
        ),
        migrations.AddConstraint(
            model_name='statusitem',
            constraint=models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='status_item_says_something'),
        ),
        migrations.AddConstraint(
            model_name='statusitem',
            constraint=models.CheckConstraint(condition=models.Q(('carries', None), ('kind', 'plan'), _connector='OR'), name='status_item_carries_plans_only'),
        ),
        migrations.AddConstraint(
            model_name='planreview',
            constraint=models.UniqueConstraint(fields=('status', 'plan'), name='plan_review_once'),
        ),
        migrations.AddConstraint(
            model_name='planreview',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ['done', 'carried', 'dropped'])), name='plan_review_outcome_is_known'),
        ),
        migrations.AddConstraint(
            model_name='planreview',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('outcome', 'dropped'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='plan_review_drops_for_a_reason', violation_error_message='Say why a plan is dropped.'),
        ),
        migrations.RunPython(lay_down, migrations.RunPython.noop),
    ]
