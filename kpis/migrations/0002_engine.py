"""The calendar's days, the marks and the triggers that leave them, and laws that Django's constraints cannot say."""

from importlib import import_module

from django.db import migrations

from kpis.periods import Calendar, Day

MARKS = """
CREATE TABLE kpis_mark (
    kpi_id bigint NOT NULL,
    department_id bigint,
    date date,
    marked_at {moment}
)
"""  # append-only, no key of any kind; without department and date it means the whole KPI

POSTGRESQL = """
CREATE INDEX kpis_mark_by_kpi ON kpis_mark (kpi_id);

CREATE FUNCTION kpis_mark_fresh() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO kpis_mark (kpi_id, department_id, date) SELECT DISTINCT kpi_id, department_id, date FROM fresh;
    RETURN NULL;
END $$;
CREATE FUNCTION kpis_mark_stale() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO kpis_mark (kpi_id, department_id, date) SELECT DISTINCT kpi_id, department_id, date FROM stale;
    RETURN NULL;
END $$;
CREATE TRIGGER observation_inserted AFTER INSERT ON kpis_observation
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION kpis_mark_fresh();
CREATE TRIGGER observation_updated AFTER UPDATE ON kpis_observation
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION kpis_mark_fresh();
CREATE TRIGGER observation_deleted AFTER DELETE ON kpis_observation
    REFERENCING OLD TABLE AS stale FOR EACH STATEMENT EXECUTE FUNCTION kpis_mark_stale();

CREATE FUNCTION kpis_facts_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'observation_never_updated: correct it with a new row.' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER observation_never_updated BEFORE UPDATE ON kpis_observation FOR EACH ROW
    WHEN ((OLD.kpi_id, OLD.department_id, OLD.date, OLD.reference, OLD.value, OLD.numerator, OLD.denominator, OLD.batch_id, OLD.recorded_at)
        IS DISTINCT FROM (NEW.kpi_id, NEW.department_id, NEW.date, NEW.reference, NEW.value, NEW.numerator, NEW.denominator, NEW.batch_id, NEW.recorded_at)
        OR OLD.superseded_at IS NOT NULL)
    EXECUTE FUNCTION kpis_facts_stay();

CREATE FUNCTION kpis_lock_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO kpis_lock (kpi_id, version) VALUES (NEW.id, 0);
    RETURN NULL;
END $$;
CREATE TRIGGER kpi_inserted AFTER INSERT ON kpis_kpi FOR EACH ROW EXECUTE FUNCTION kpis_lock_new();

CREATE FUNCTION kpis_forget_kpi() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM kpis_mark WHERE kpi_id = OLD.id;
    RETURN NULL;
END $$;
CREATE TRIGGER kpi_deleted AFTER DELETE ON kpis_kpi FOR EACH ROW EXECUTE FUNCTION kpis_forget_kpi();

CREATE FUNCTION kpis_mark_kpi() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO kpis_mark (kpi_id) VALUES (NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER kpi_redefined AFTER UPDATE ON kpis_kpi FOR EACH ROW
    WHEN ((OLD.recorded, OLD.over_time, OLD.over_departments) IS DISTINCT FROM (NEW.recorded, NEW.over_time, NEW.over_departments))
    EXECUTE FUNCTION kpis_mark_kpi();

CREATE FUNCTION kpis_mark_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO kpis_mark (kpi_id) SELECT kpi_id FROM kpis_lock;
    RETURN NULL;
END $$;
CREATE TRIGGER department_moved AFTER UPDATE OF parent_id ON departments_department FOR EACH ROW
    WHEN (OLD.parent_id IS DISTINCT FROM NEW.parent_id) EXECUTE FUNCTION kpis_mark_all();

ALTER TABLE kpis_observation DROP CONSTRAINT kpis_observation_pkey;
ALTER TABLE kpis_observation ADD PRIMARY KEY (kpi_id, id);
"""

SQLITE = [
    "CREATE INDEX kpis_mark_by_kpi ON kpis_mark (kpi_id)",
    """CREATE TRIGGER observation_inserted AFTER INSERT ON kpis_observation BEGIN
        INSERT INTO kpis_mark (kpi_id, department_id, date) VALUES (NEW.kpi_id, NEW.department_id, NEW.date); END""",
    """CREATE TRIGGER observation_updated AFTER UPDATE ON kpis_observation BEGIN
        INSERT INTO kpis_mark (kpi_id, department_id, date) VALUES (NEW.kpi_id, NEW.department_id, NEW.date); END""",
    """CREATE TRIGGER observation_deleted AFTER DELETE ON kpis_observation BEGIN
        INSERT INTO kpis_mark (kpi_id, department_id, date) VALUES (OLD.kpi_id, OLD.department_id, OLD.date); END""",
    """CREATE TRIGGER observation_never_updated BEFORE UPDATE ON kpis_observation
        WHEN (OLD.kpi_id, OLD.department_id, OLD.date, OLD.reference, OLD.batch_id, OLD.recorded_at)
          <> (NEW.kpi_id, NEW.department_id, NEW.date, NEW.reference, NEW.batch_id, NEW.recorded_at)
          OR OLD.value IS NOT NEW.value OR OLD.numerator IS NOT NEW.numerator OR OLD.denominator IS NOT NEW.denominator
          OR OLD.superseded_at IS NOT NULL
        BEGIN SELECT RAISE(ABORT, 'observation_never_updated: correct it with a new row.'); END""",
    "CREATE TRIGGER kpi_inserted AFTER INSERT ON kpis_kpi BEGIN INSERT INTO kpis_lock (kpi_id, version) VALUES (NEW.id, 0); END",
    "CREATE TRIGGER kpi_deleted AFTER DELETE ON kpis_kpi BEGIN DELETE FROM kpis_mark WHERE kpi_id = OLD.id; END",
    """CREATE TRIGGER kpi_redefined AFTER UPDATE ON kpis_kpi
        WHEN (OLD.recorded, OLD.over_time, OLD.over_departments) <> (NEW.recorded, NEW.over_time, NEW.over_departments)
        BEGIN INSERT INTO kpis_mark (kpi_id) VALUES (NEW.id); END""",
    """CREATE TRIGGER department_moved AFTER UPDATE OF parent_id ON departments_department
        WHEN OLD.parent_id IS NOT NEW.parent_id
        BEGIN INSERT INTO kpis_mark (kpi_id) SELECT kpi_id FROM kpis_lock; END""",
]


def fill_calendar(apps, schema_editor):
    """As literal rows: thirty thousand model instances would take as long as all other migrations together."""
    rows = ["('" + "','".join(map(str, day)) + "')" for day in Calendar().days()]
    with schema_editor.connection.cursor() as cursor:
        for start in range(0, len(rows), 2000):
            values = ",".join(rows[start : start + 2000])
            cursor.execute(f"INSERT INTO kpis_calendar ({', '.join(Day._fields)}) VALUES {values}")


def lay_down(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    moment = {
        "postgresql": "timestamptz NOT NULL DEFAULT statement_timestamp()",
        "sqlite": "datetime NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now'))",
    }[vendor]
    schema_editor.execute(MARKS.format(moment=moment), params=None)
    for statement in [POSTGRESQL] if vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement, params=None)
    no_overlap = import_module("departments.migrations.0002_laws").no_overlap
    no_overlap(schema_editor, table="kpis_assignment", name="assignment_once_a_day", same=["kpi_id", "department_id"])


class Migration(migrations.Migration):
    dependencies = [("kpis", "0001_initial"), ("departments", "0002_laws")]
    operations = [
        migrations.RunPython(fill_calendar, migrations.RunPython.noop),
        migrations.RunPython(lay_down, migrations.RunPython.noop),
    ]
