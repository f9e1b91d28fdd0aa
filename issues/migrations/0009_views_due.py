"""Until when both sides of a mediation write. On SQLite a table with a new column is made anew, and loses its triggers."""

import datetime
from importlib import import_module

from django.db import migrations, models

A_FEW_DAYS = datetime.timedelta(days=4)


def from_the_call(apps, schema_editor):
    mediations = apps.get_model("issues", "Mediation").objects
    for pk, called_at in mediations.values_list("pk", "called_at"):
        mediations.filter(pk=pk).update(views_due_on=called_at.date() + A_FEW_DAYS)


def raise_what_is_told(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        import_module("departments.migrations.0006_told").raises_what_is_told(schema_editor, "issues_mediation")


class Migration(migrations.Migration):

    dependencies = [
        ('issues', '0008_treatments'),
    ]

    operations = [
        migrations.AddField(
            'mediation',
            'views_due_on',
            models.DateField(
                default=datetime.date(2026, 1, 1),
                help_text='Until then both write how they see it; later the COO may go on without.',
            ),
            preserve_default=False,
        ),
        migrations.RunPython(from_the_call, migrations.RunPython.noop),
        migrations.RunPython(raise_what_is_told, migrations.RunPython.noop),
    ]
