import pytest
from django.db import connection, connections


@pytest.fixture
def on_disk(transactional_db, tmp_path):
    """A database that other processes can open: its URL. PostgreSQL's as it is, or a copy of SQLite's in a file."""
    if connection.vendor == "postgresql":
        at = connection.settings_dict
        yield f"postgres://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT'] or 5432}/{at['NAME']}"
        return
    before, path = connections["default"], str(tmp_path / "opsroom.sqlite3")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [path])
    connections["default"] = copy = connections.create_connection("default")
    copy.settings_dict = {**before.settings_dict, "NAME": path}
    yield f"sqlite:///{path}"
    copy.close()
    connections["default"] = before


@pytest.fixture
def shelves(settings, tmp_path):
    """Where uploads wait: a folder of this test's own."""
    settings.UPLOADS_DIR = tmp_path / "uploads"
    return settings.UPLOADS_DIR
