"""What Opsroom counts itself. On SQLite a table with a new column is made anew; its triggers are laid down again."""

from importlib import import_module

from django.db import migrations, models

formulas = import_module("kpis.migrations.0010_formulas")


class Migration(migrations.Migration):

    dependencies = [
        ('kpis', '0015_derived'),
    ]

    operations = [
        migrations.RunPython(formulas.keep_triggers, formulas.lay_back),
        migrations.AddField('historicalkpi', 'by_opsroom', models.BooleanField(default=False, editable=False)),
        migrations.AddField('kpi', 'by_opsroom', models.BooleanField(default=False, editable=False)),
        migrations.RunPython(formulas.lay_back, formulas.keep_triggers),
    ]
