"""Rollups look up no foreign keys, which their observations have; a lock says what trouble its KPI is in."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('departments', '0002_laws'),
        ('kpis', '0003_edition'),
    ]

    operations = [
        migrations.RunSQL(  # on SQLite a field that is added makes its table anew, and triggers write into this one
            "ALTER TABLE kpis_lock ADD COLUMN trouble varchar(200) DEFAULT '' NOT NULL",
            migrations.RunSQL.noop,
            state_operations=[
                migrations.AddField(
                    model_name='rolluplock',
                    name='trouble',
                    field=models.CharField(blank=True, db_default='', default='', max_length=200),
                ),
            ],
        ),
        migrations.AlterField(
            model_name='ownrollup',
            name='department',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='departments.department'),
        ),
        migrations.AlterField(
            model_name='ownrollup',
            name='kpi',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kpis.kpi'),
        ),
        migrations.AlterField(
            model_name='rollup',
            name='department',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='rollups', to='departments.department'),
        ),
        migrations.AlterField(
            model_name='rollup',
            name='kpi',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='rollups', to='kpis.kpi'),
        ),
    ]
