"""A database that does not answer is told as such: 503, when to try again, and nothing said to be lost."""

import pytest
from django.db import connection, connections


@pytest.fixture
def no_database(client, request):
    """The connection breaks with the next question (PostgreSQL), or what is asked for is out of reach (SQLite)."""
    client.raise_request_exception = False
    if connection.vendor == "postgresql":
        connection.ensure_connection()
        pid = connection.connection.info.backend_pid
        other = connections.create_connection("default")
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        other.close()
        yield
        connection.close()
        return
    with connection.cursor() as cursor:
        for table in ("django_session", "departments_apitoken"):
            cursor.execute(f"ALTER TABLE {table} RENAME TO {table}_away")
        yield
        for table in ("django_session", "departments_apitoken"):
            cursor.execute(f"ALTER TABLE {table}_away RENAME TO {table}")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("path", "headers", "words"),
    [
        ("/overview/", {}, "Back in a moment"),
        ("/api/v1/kpis/", {"Authorization": "Bearer ops_x"}, "The database does not answer just now"),
    ],
)
def test_a_database_that_does_not_answer_is_a_503_that_says_when_to_try_again(
    client, no_database, path, headers, words
):
    client.cookies["sessionid"] = "a" * 32
    answer = client.get(path, headers=headers)
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert words in answer.text
