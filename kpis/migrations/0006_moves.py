"""A department that moves marks every KPI: also one that is being made, which it waits for or which waits for it."""

from django.db import migrations

MARK_ALL = """
CREATE OR REPLACE FUNCTION kpis_mark_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE kpis_kpi IN SHARE MODE;
    INSERT INTO kpis_mark (kpi_id) SELECT kpi_id FROM kpis_lock;
    RETURN NULL;
END $$;
"""


def lay_down(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(MARK_ALL, params=None)


class Migration(migrations.Migration):
    dependencies = [("kpis", "0005_verifying")]
    operations = [migrations.RunPython(lay_down, migrations.RunPython.noop)]
