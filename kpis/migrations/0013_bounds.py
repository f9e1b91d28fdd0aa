"""What a value can be. On SQLite a table with new laws is made anew, and loses its triggers: they are laid down again."""

from importlib import import_module

import kpis.models.fields
from django.db import migrations, models

formulas = import_module("kpis.migrations.0010_formulas")
LEAST = "What no value can be below: 0 for most that is counted. Empty: nothing."
HEADLINE = "One of the agency's few numbers, shown on the overview, which has room for 8."
MOST = "What no value can be above: 100 for a share. Empty: nothing."


def bound(text):
    return kpis.models.fields.MicroField(blank=True, help_text=text, null=True)


class Migration(migrations.Migration):

    dependencies = [
        ('departments', '0003_edition'),
        ('kpis', '0012_replaced'),
    ]

    operations = [
        migrations.RunPython(formulas.keep_triggers, formulas.lay_back),
        migrations.AddField('historicalkpi', 'least', bound(LEAST)),
        migrations.AddField('historicalkpi', 'most', bound(MOST)),
        migrations.AddField('kpi', 'least', bound(LEAST)),
        migrations.AddField('kpi', 'most', bound(MOST)),
        migrations.AddConstraint(
            model_name='kpi',
            constraint=models.CheckConstraint(condition=models.Q(('least', None), ('most', None), ('least__lte', models.F('most')), _connector='OR'), name='kpi_least_is_not_above_most', violation_error_message='The least a value can be is not above the most.'),
        ),
        migrations.AlterField('historicalkpi', 'headline', models.BooleanField(default=False, help_text=HEADLINE)),
        migrations.AlterField('kpi', 'headline', models.BooleanField(default=False, help_text=HEADLINE)),
        migrations.RunPython(formulas.lay_back, formulas.keep_triggers),
    ]
