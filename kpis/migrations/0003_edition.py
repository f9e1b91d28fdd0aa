"""Definitions, assignments, targets and the calendar raise the edition; observations are found newest first."""

from importlib import import_module

from django.db import migrations


def lay_down(apps, schema_editor):
    raises_the_edition = import_module("departments.migrations.0003_edition").raises_the_edition
    for table in ("kpis_kpi", "kpis_assignment", "kpis_target", "kpis_calendar"):
        raises_the_edition(schema_editor, table)
    if schema_editor.connection.vendor == "postgresql":  # SQLite's rows lie in this order anyway
        schema_editor.execute("CREATE INDEX observation_by_id ON kpis_observation (id)", params=None)


class Migration(migrations.Migration):
    dependencies = [("kpis", "0002_engine"), ("departments", "0003_edition")]
    operations = [migrations.RunPython(lay_down, migrations.RunPython.noop)]
