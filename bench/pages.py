"""The overview, as the COO asks for it: through all of the middleware, with nothing cached."""

from contextlib import contextmanager
from datetime import date

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bench.ground import Ground
from bench.measure import Missed, in_turn, measure
from departments.models import User
from kpis.models import Kpi

FEW, MANY, QUERIES = 6, 200, 12


@contextmanager
def only(many: int):
    """So many KPIs are live, all others retired."""
    Kpi.objects.filter(position__gte=many).update(retired_on=date(2000, 1, 1))
    try:
        yield
    finally:
        Kpi.objects.update(retired_on=None)


def signed_in() -> Client:
    coo, _ = User.objects.get_or_create(username="coo", name="COO", role=User.Role.COO)
    client = Client(headers={"host": "localhost"})
    client.force_login(coo, backend="departments.authentication.Backend")
    return client


def ask(client: Client, url: str, status: int = 200, **headers):
    response = client.get(url, headers=headers)
    assert response.status_code == status, f"{url} answers {response.status_code}"
    return response


def asked_for(client: Client) -> list[str]:
    """The SQL of one overview."""
    with CaptureQueriesContext(connection) as asked:
        ask(client, reverse("overview"))
    return [query["sql"] for query in asked]


@measure(f"overview: queries at {MANY} KPIs", floor=f"at {FEW} KPIs", at_most=1, unit="queries")
def same_queries(ground: Ground):
    client = signed_in()
    while True:
        with only(FEW):
            few = len(asked_for(client))
        with only(MANY):
            yield len(asked_for(client)), few


@measure(f"overview: queries at {MANY} KPIs", floor="allowed", at_most=1, unit="queries")
def few_queries(ground: Ground):
    client = signed_in()
    with only(MANY):
        while True:
            yield len(asked_for(client)), QUERIES


@measure(f"overview of {MANY} KPIs", floor="SELECT of its rollups", at_most=6)
def overview(ground: Ground):
    client = signed_in()
    with only(MANY):
        selects = [sql for sql in asked_for(client) if 'FROM "kpis_rollup"' in sql]

        def floor():
            with connection.cursor() as cursor:
                for sql in selects:
                    cursor.execute(sql)
                    cursor.fetchall()

        yield from in_turn(lambda: ask(client, reverse("overview")), floor)


@measure("overview, unchanged", floor="a view that asks SELECT 1", at_most=1.5)
def unchanged(ground: Ground):
    client = signed_in()
    with only(MANY):
        ask(client, reverse("overview"))  # gives the secret of forms, without which no answer has a tag
        etag = ask(client, reverse("overview")).headers.get("ETag")
        again = client.get(reverse("overview"), headers={"if-none-match": etag or "none"})
        if again.status_code != 304:
            raise Missed("no conditional answer")
        known = {"if-none-match": etag}
        yield from in_turn(
            lambda: [ask(client, reverse("overview"), 304, **known) for _ in range(20)],
            lambda: [ask(client, reverse("select-1")) for _ in range(20)],
        )
