"""One number that rises whenever something changes that pages are made of, besides rollups: people, departments, definitions.

Triggers raise it, so that nothing can be forgotten. On PostgreSQL they wait for the commit: the row is held for that moment alone.
"""

from django.db import migrations

POSTGRESQL = """
CREATE TABLE departments_edition (number bigint NOT NULL, raised_in bigint NOT NULL);
INSERT INTO departments_edition VALUES (1, 0);
CREATE FUNCTION departments_next_edition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE departments_edition SET number = number + 1, raised_in = txid_current() WHERE raised_in <> txid_current();
    RETURN NULL;
END $$;
"""
SQLITE = ["CREATE TABLE departments_edition (number bigint NOT NULL)", "INSERT INTO departments_edition VALUES (1)"]


def raises_the_edition(schema_editor, table, columns=()):
    """Every change of this table counts; with `columns`, an update of these alone."""
    of = f"UPDATE OF {', '.join(columns)}" if columns else "UPDATE"
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f"CREATE CONSTRAINT TRIGGER {table}_edition AFTER INSERT OR {of} OR DELETE ON {table}"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION departments_next_edition()",
            params=None,
        )
        return
    for event in ("INSERT", of, "DELETE"):
        schema_editor.execute(
            f"CREATE TRIGGER {table}_edition_{event.split()[0].lower()} AFTER {event} ON {table}"
            " BEGIN UPDATE departments_edition SET number = number + 1; END",
            params=None,
        )


def lay_down(apps, schema_editor):
    for statement in [POSTGRESQL] if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement, params=None)
    raises_the_edition(schema_editor, "departments_department")
    raises_the_edition(schema_editor, "departments_headship")
    user = apps.get_model("departments", "User")  # signing in changes nothing that pages show
    columns = [field.column for field in user._meta.concrete_fields if field.name not in ("password", "last_login")]
    raises_the_edition(schema_editor, "departments_user", columns)


class Migration(migrations.Migration):
    dependencies = [("departments", "0002_laws")]
    operations = [migrations.RunPython(lay_down, migrations.RunPython.noop)]
