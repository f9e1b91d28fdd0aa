"""What the database does by itself when a row changes is laid down for every table, and no migration loses it."""

import re
from pathlib import Path

from django.conf import settings
from django.db import connection

LAID = re.compile(r'raises_(?:what_is_told|the_edition)\(schema_editor, f?"([a-z_{}]+)"')
LOOPED = re.compile(r"for (?:table|name) in \(([^)]*)\)")
BY_ITSELF = {"kpis_kpi", "kpis_observation"}  # those with triggers of their own


def laid_down() -> set[str]:
    """The tables for which some migration lays a trigger down."""
    found = set()
    for path in Path(settings.BASE_DIR).glob("*/migrations/0*.py"):
        text = path.read_text()
        names = [name.strip(" \"'\n") for group in LOOPED.findall(text) for name in group.split(",") if name.strip()]
        for table in LAID.findall(text):
            found |= {re.sub(r"\{\w+\}", name, table) for name in names} if "{" in table else {table}
    return found


def with_triggers() -> set[str]:
    sql = {
        "sqlite": "SELECT DISTINCT tbl_name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal",
    }
    with connection.cursor() as cursor:
        cursor.execute(sql[connection.vendor])
        return {name for (name,) in cursor.fetchall()}


def test_no_migration_loses_a_trigger(db):
    expected = laid_down() | BY_ITSELF
    assert len(expected) > 25
    assert expected - with_triggers() == set()
