"""A second number beside the edition: it rises with what people write and tell, of which pages are made but no judgement.

Were it the same one, every status that is sent would have all KPIs judged anew.
"""

from django.db import migrations


def raises_what_is_told(schema_editor, table, columns=()):
    """Every change of this table counts; with `columns`, an update of these alone."""
    of = f"UPDATE OF {', '.join(columns)}" if columns else "UPDATE"
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f"CREATE CONSTRAINT TRIGGER {table}_told AFTER INSERT OR {of} OR DELETE ON {table}"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION departments_more_is_told()",
            params=None,
        )
        return
    for event in ("INSERT", of, "DELETE"):
        schema_editor.execute(
            f"CREATE TRIGGER {table}_told_{event.split()[0].lower()} AFTER {event} ON {table}"
            " BEGIN UPDATE departments_told SET number = number + 1; END",
            params=None,
        )


POSTGRESQL = """
CREATE TABLE departments_told (number bigint NOT NULL, raised_in bigint NOT NULL);
INSERT INTO departments_told VALUES (1, 0);
CREATE FUNCTION departments_more_is_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE departments_told SET number = number + 1, raised_in = txid_current() WHERE raised_in <> txid_current();
    RETURN NULL;
END $$;
"""
SQLITE = ["CREATE TABLE departments_told (number bigint NOT NULL)", "INSERT INTO departments_told VALUES (1)"]


def lay_down(apps, schema_editor):
    for statement in [POSTGRESQL] if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement, params=None)
    for name in ("absence", "pause", "businesscalendar", "holiday"):
        raises_what_is_told(schema_editor, f"departments_{name}")


class Migration(migrations.Migration):
    dependencies = [("departments", "0005_webhooks")]
    operations = [migrations.RunPython(lay_down, migrations.RunPython.noop)]
