"""Uploads on their way into an import, and what was chosen for tables with the same head."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('kpis', '0008_signals'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='RememberedMapping',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('head', models.CharField(help_text='SHA-256 of the names of the columns.', max_length=64)),
                ('choices', models.JSONField()),
                ('used_at', models.DateTimeField()),
                ('chosen_by', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mappings', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('head', 'chosen_by'), name='remembered_mapping_once_per_head_and_user')],
            },
        ),
        migrations.CreateModel(
            name='Upload',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uploaded_at', models.DateTimeField()),
                ('file_name', models.CharField(max_length=255)),
                ('size', models.PositiveBigIntegerField(help_text='Bytes.')),
                ('sha256', models.CharField(max_length=64)),
                ('shelf_name', models.CharField(max_length=32, unique=True)),
                ('state', models.CharField(choices=[('received', 'Waits to be read'), ('read', 'Columns to be chosen'), ('chosen', 'Waits to be checked'), ('checked', 'Checked'), ('confirmed', 'Waits to be imported'), ('done', 'Imported'), ('cancelled', 'Cancelled'), ('failed', 'Cannot be imported')], default='received', max_length=10)),
                ('changed_at', models.DateTimeField(help_text='When it came into its state.')),
                ('tries', models.PositiveSmallIntegerField(default=0, help_text='How often the worker began with it in this state.')),
                ('asked', models.JSONField(blank=True, default=dict, help_text='Which sheet and head to read.')),
                ('seen', models.JSONField(blank=True, default=dict, help_text='What was found in it, with the first rows.')),
                ('choices', models.JSONField(blank=True, default=dict, help_text='What its columns mean.')),
                ('report', models.JSONField(blank=True, default=dict, help_text='What an import would do, or did.')),
                ('skip_rejected', models.BooleanField(default=False)),
                ('trouble', models.TextField(blank=True)),
                ('batch', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='upload', to='kpis.batch')),
                ('uploaded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='uploads', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state__in', ['received', 'chosen', 'confirmed'])), fields=['changed_at'], name='upload_waiting')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['received', 'read', 'chosen', 'checked', 'confirmed', 'done', 'cancelled', 'failed'])), name='upload_state_is_known'), models.CheckConstraint(condition=models.Q(('batch', None), ('state', 'done'), _connector='OR'), name='upload_batch_when_done'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'failed'), _negated=True), models.Q(('trouble', ''), _negated=True), _connector='OR'), name='upload_failed_for_a_reason')],
            },
        ),
    ]
