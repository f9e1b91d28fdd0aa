"""A named cast: an agency with two departments, and who works there."""

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection, connections
from django.db.backends.base.introspection import BaseDatabaseIntrospection
from django.test import TestCase

from departments.models import Department, User
from tests import make
from tests.clock import NOW
from tests.mailserver import MailServer


def pytest_collection_modifyitems(items):
    """What neither has a database nor starts what may have one is the same with all of them: it is tried with one."""
    for item in items:
        has_one = item.get_closest_marker("django_db") or {"db", "transactional_db"} & set(item.fixturenames)
        has_one = has_one or issubclass(item.cls or object, TestCase)
        if not has_one and not any(map(item.get_closest_marker, ("process", "browser"))):
            item.add_marker("once")


@pytest.fixture(scope="session", autouse=True)
def what_flushing_empties():
    """Tests that commit empty all tables behind them: the marks too, but not the days that migrations lay."""
    names = BaseDatabaseIntrospection.django_table_names

    def emptied(*args, **kwargs):
        return [*(name for name in names(*args, **kwargs) if name != "kpis_calendar"), "kpis_mark"]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseIntrospection, "django_table_names", emptied)
        yield


@pytest.fixture(autouse=True)
def no_tries_so_far():
    """Log-ins are counted per minute and address, and here the minute never ends."""
    cache.clear()


@pytest.fixture(autouse=True)
def clock(request):
    """Tests live on one Wednesday; what drives a real browser or a real process lives now."""
    if request.node.get_closest_marker("browser") or request.node.get_closest_marker("process"):
        yield
        return
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def agency(db):
    return Department.objects.create(name="Agency", slug="agency")


@pytest.fixture
def creative(agency):
    return make.department("Creative", parent=agency)


@pytest.fixture
def media(agency):
    return make.department("Media", parent=agency)


@pytest.fixture
def coo(db):
    return make.user("coo", role=User.Role.COO)


@pytest.fixture
def ceo(db):
    return make.user("ceo", role=User.Role.EXECUTIVE)


@pytest.fixture
def administrator(db):
    return make.user("admin", role=User.Role.ADMINISTRATOR)


@pytest.fixture
def creative_head(creative):
    return make.head(creative, "creative-head")


@pytest.fixture
def media_head(media):
    return make.head(media, "media-head")


@pytest.fixture
def designer(creative):
    return make.user("designer", department=creative)


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
def post_office(settings):
    """A mail server that takes what is sent from here."""
    with MailServer() as server:
        settings.EMAIL_BACKEND = "departments.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        yield server
