"""Laws that Django's constraints cannot say: no circle in the tree, one head and one deputy a day."""

from django.db import migrations

MESSAGE = "A department cannot be below itself."

SQLITE_CIRCLE = """
CREATE TRIGGER department_no_circle_{when} BEFORE {event} ON departments_department
WHEN NEW.parent_id IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'department_no_circle: {message}') WHERE NEW.id IN (
        WITH RECURSIVE up(id) AS (
            SELECT NEW.parent_id
            UNION
            SELECT d.parent_id FROM departments_department d JOIN up ON d.id = up.id WHERE d.parent_id IS NOT NULL
        ) SELECT id FROM up
    );
END
"""

POSTGRESQL_CIRCLE = """
CREATE FUNCTION department_no_circle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('department_no_circle'));
    IF NEW.id IN (
        WITH RECURSIVE up(id) AS (
            SELECT NEW.parent_id
            UNION
            SELECT d.parent_id FROM departments_department d JOIN up ON d.id = up.id WHERE d.parent_id IS NOT NULL
        ) SELECT id FROM up
    ) THEN
        RAISE EXCEPTION 'department_no_circle: %s' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER department_no_circle BEFORE INSERT OR UPDATE OF parent_id ON departments_department
FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION department_no_circle();
""".replace("%s", MESSAGE)


def no_overlap(schema_editor, *, table, name, same):
    """One row of `table` at a time for the same `same`: an exclusion constraint, or two triggers on SQLite."""
    if schema_editor.connection.vendor == "postgresql":
        keys = ", ".join(f"{column} WITH =" for column in same)
        schema_editor.execute("CREATE EXTENSION IF NOT EXISTS btree_gist", params=None)
        schema_editor.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT {name} EXCLUDE USING gist"
            f" ({keys}, daterange(starts_on, ends_on, '[]') WITH &&)",
            params=None,
        )
        return
    keys = " AND ".join(f"t.{column} = NEW.{column}" for column in same)
    for event in ("INSERT", "UPDATE"):
        schema_editor.execute(
            f"""CREATE TRIGGER {name}_{event.lower()} AFTER {event} ON {table} BEGIN
                SELECT RAISE(ABORT, '{name}: these days overlap with another row.') WHERE EXISTS (
                    SELECT 1 FROM {table} t WHERE {keys} AND t.id <> NEW.id
                    AND (t.ends_on IS NULL OR t.ends_on >= NEW.starts_on)
                    AND (NEW.ends_on IS NULL OR t.starts_on <= NEW.ends_on));
                END""",
            params=None,
        )


def lay_down(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL_CIRCLE, params=None)
    else:
        for when, event in (("insert", "INSERT"), ("update", "UPDATE OF parent_id")):
            schema_editor.execute(SQLITE_CIRCLE.format(when=when, event=event, message=MESSAGE), params=None)
    no_overlap(schema_editor, table="departments_headship", name="headship_once_a_day", same=["department_id", "kind"])


class Migration(migrations.Migration):
    dependencies = [("departments", "0001_initial")]
    operations = [migrations.RunPython(lay_down, migrations.RunPython.noop)]
