"""The pages that people open most, as the COO asks for them: through all of the middleware, with nothing cached."""

import gc
import re
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
ROWS = re.compile('SELECT .* FROM "(kpis_rollup|kpis_observation)"')


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


def asked_for(client: Client, url: str) -> list[str]:
    """The SQL of one page."""
    with CaptureQueriesContext(connection) as asked:
        ask(client, url)
    return [query["sql"] for query in asked]


def page(name: str, url: str, shows: str = f" of {MANY} KPIs"):
    """What is demanded of a page, whatever it shows."""

    @measure(name + shows, floor="SELECT of its rows", at_most=6)
    def made(ground: Ground):
        client = signed_in()
        with only(MANY):
            selects = [sql for sql in asked_for(client, url) if ROWS.match(sql)]
            gc.collect()
            gc.freeze()  # as the server does once all is loaded (config/wsgi.py)

            def floor():
                with connection.cursor() as cursor:
                    for sql in selects:
                        cursor.execute(sql)
                        cursor.fetchall()

            yield from in_turn(lambda: ask(client, url), floor)

    @measure(f"{name}, unchanged", floor="a view that asks SELECT 1", at_most=1.5)
    def unchanged(ground: Ground):
        client = signed_in()
        with only(MANY):
            ask(client, url)  # gives the secret of forms, without which no answer has a tag
            etag = ask(client, url).headers.get("ETag")
            again = client.get(url, headers={"if-none-match": etag or "none"})
            if again.status_code != 304:
                raise Missed("no conditional answer")
            known = {"if-none-match": etag}
            yield from in_turn(
                lambda: [ask(client, url, 304, **known) for _ in range(20)],
                lambda: [ask(client, reverse("select-1")) for _ in range(20)],
            )


def many_kpis(name: str, url: str):
    @measure(f"{name}: queries at {MANY} KPIs", floor=f"at {FEW} KPIs", at_most=1, unit="queries")
    def the_same(ground: Ground):
        client = signed_in()
        while True:
            with only(FEW):
                few = len(asked_for(client, url))
            with only(MANY):
                yield len(asked_for(client, url)), few


def long_history(name: str, url: str):
    @measure(f"{name}: queries", floor="at a tenth of the size", at_most=1, unit="queries")
    def the_same(ground: Ground):
        while True:
            ground.tenth.use()
            few = len(asked_for(signed_in(), url))
            ground.use()
            yield len(asked_for(signed_in(), url)), few


OVERVIEW, DEPARTMENT, KPI = "/overview/", "/departments/group-1/", "/kpis/kpi-0/?department=agency"
many_kpis("overview", OVERVIEW)


@measure(f"overview: queries at {MANY} KPIs", floor="allowed", at_most=1, unit="queries")
def few_queries(ground: Ground):
    client = signed_in()
    with only(MANY):
        while True:
            yield len(asked_for(client, OVERVIEW)), QUERIES


page("overview", OVERVIEW)
many_kpis("a department's page", DEPARTMENT)
page("a department's page", DEPARTMENT)
long_history("a KPI's page", KPI)
page("a KPI's page", KPI, shows="")
