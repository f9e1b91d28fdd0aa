"""The thread of a week."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('departments', '0007_comments'),
        ('meetings', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='StatusTopic',
            fields=[
                ('thread', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='%(class)s', serialize=False, to='departments.thread')),
                ('week', models.DateField()),
                ('department', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='departments.department')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('department', 'week'), name='status_topic_once_per_week')],
            },
        ),
    ]
