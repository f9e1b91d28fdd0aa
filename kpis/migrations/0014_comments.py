import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('departments', '0007_comments'),
        ('kpis', '0013_bounds'),
    ]

    operations = [
        migrations.CreateModel(
            name='SignalTopic',
            fields=[
                ('thread', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='%(class)s', serialize=False, to='departments.thread')),
                ('signal', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='topic', to='kpis.signal')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='PeriodTopic',
            fields=[
                ('thread', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='%(class)s', serialize=False, to='departments.thread')),
                ('grain', models.CharField(max_length=7)),
                ('period', models.DateField()),
                ('department', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='departments.department')),
                ('kpi', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='topics', to='kpis.kpi')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('kpi', 'department', 'grain', 'period'), name='topic_once_per_period'), models.CheckConstraint(condition=models.Q(('grain__in', ['day', 'week', 'month', 'quarter', 'year'])), name='topic_grain_is_known')],
            },
        ),
    ]
