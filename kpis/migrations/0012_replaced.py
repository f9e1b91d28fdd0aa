"""What was replaced is found by KPI, department and day."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('departments', '0003_edition'),
        ('kpis', '0011_events'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='observation',
            index=models.Index(condition=models.Q(('superseded_at__isnull', False)), fields=['kpi', 'department', 'date'], name='observation_replaced'),
        ),
    ]
