"""Whether figures are fresh and right, and what they stand on: one page for those who answer for it."""

import shutil
import signal
import socket
import subprocess
import time
from datetime import date, timedelta
from threading import Timer

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.celery import app
from dashboard.status import broker_answers
from kpis.models import Rollup, RollupLock
from kpis.services.rollups import drain, oldest_mark
from kpis.services.verifying import verify
from tests import make
from tests.clock import NOW

WEEK = date(2026, 11, 9)
needs_redis = pytest.mark.skipif(shutil.which("redis-server") is None, reason="No redis-server: nothing to freeze.")


@pytest.fixture
def jobs(creative):
    kpi = make.kpi(creative, code="jobs", name="Open jobs")
    make.observations(kpi, creative, {WEEK: 3})
    return kpi


def told(client, user):
    client.force_login(user)
    return client.get("/statusz?format=json").json()


def page(client, user):
    client.force_login(user)
    return " ".join(client.get("/statusz").text.split())


def test_a_fresh_installation_says_that_nothing_is_there_yet(client, administrator):
    said = told(client, administrator)
    assert said["changes"] == {"waiting": 0, "kpis": 0, "oldest_at": None, "oldest_waits_seconds": None}
    assert set(said["drain"].values()) == {None, 0}
    assert (said["trouble"], said["verification"]["kpis"], said["verification"]["differing"]) == ([], 0, [])
    assert "Nothing was recorded yet; no KPI was verified yet." in page(client, administrator)
    assert "Not verified yet" in page(client, administrator)


def test_changes_that_wait_are_counted_and_the_oldest_is_dated(client, coo, jobs, creative):
    make.observations(jobs, creative, {WEEK - timedelta(weeks=1): 4})
    Rollup.objects.all().delete()
    age = timedelta(minutes=5)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE kpis_mark SET marked_at = %s", [connection.ops.adapt_datetimefield_value(NOW - age)])
    said = told(client, coo)["changes"]
    assert (said["waiting"], said["kpis"], said["oldest_waits_seconds"]) == (2, 1, 300)
    assert (
        "2 changes wait to get into the figures, the oldest for 5\N{NO-BREAK SPACE}min" in client.get("/statusz").text
    )
    assert "Background work is delayed" in page(client, coo)


def test_what_was_rolled_up_says_how_long_it_had_waited(client, coo, jobs, creative):
    other = make.kpi(creative)
    make.observations(other, creative, {WEEK: 1})
    with connection.cursor() as cursor:
        hour = {"postgresql": "marked_at - INTERVAL '1 hour'", "sqlite": "datetime(marked_at, '-1 hour')"}
        cursor.execute(f"UPDATE kpis_mark SET marked_at = {hour[connection.vendor]} WHERE kpi_id = %s", [other.pk])
    drain(now=NOW)
    said = told(client, coo)["drain"]
    assert (said["last_at"], said["recent_kpis"]) == ("2026-11-18T09:00:00Z", 2)
    assert 3600 <= said["longest_wait_seconds"] < 3700
    assert said["median_wait_seconds"] == pytest.approx(1800, abs=60)
    assert oldest_mark() is None
    assert "Up to date" in page(client, coo)


def test_what_verification_found_is_shown_until_it_finds_no_more(client, ceo, jobs, creative):
    drain(now=NOW)
    Rollup.objects.filter(grain="year").update(amount=99)
    verify(jobs.pk, now=NOW)
    said = told(client, ceo)["verification"]
    assert (said["verified"], said["differing"]) == (1, [{"kpi": "jobs", "differences": 2}])
    assert "1 of 1 KPIs differs from a recomputation" in page(client, ceo)
    assert "Open jobs</a> <span" in page(client, ceo)
    Rollup.objects.filter(grain="year").update(amount=3)
    verify(jobs.pk, now=NOW)
    assert told(client, ceo)["verification"]["differing"] == []
    assert "1 of 1 KPIs were recomputed, and no total differed" in page(client, ceo)


@pytest.mark.skipif(not hasattr(RollupLock, "trouble"), reason="Locks do not know of trouble yet.")
def test_a_kpi_whose_totals_cannot_be_made_is_named_with_why(client, coo, jobs, creative):
    make.kpi(creative)
    RollupLock.objects.filter(kpi=jobs).update(trouble="integer overflow")
    assert told(client, coo)["trouble"] == [{"kpi": "jobs", "trouble": "integer overflow"}]
    assert 'Open jobs</a> <span class="quiet">integer overflow' in page(client, coo)


def test_programs_get_json_and_browsers_a_page_that_nobody_keeps(client, coo):
    client.force_login(coo)
    assert client.get("/statusz", headers={"Accept": "application/json"}).json()["versions"]["Django"]
    answer = client.get("/statusz", headers={"Accept": "text/html,*/*;q=0.8"})
    assert answer["Content-Type"].startswith("text/html")
    assert "no-store" in answer["Cache-Control"]


def test_the_way_to_it_is_in_the_menu_of_those_who_may_see_it(client, coo, creative_head):
    client.force_login(coo)
    assert "System status" in client.get("/kpis/").text
    client.force_login(creative_head)
    assert "System status" not in client.get("/kpis/").text


def test_it_asks_the_same_number_of_questions_for_one_kpi_and_for_thirty(client, coo, jobs, creative):
    drain(now=NOW)
    client.force_login(coo)

    def questions():
        client.get("/statusz")
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/statusz").status_code == 200
        return len(captured)

    few = questions()
    for _ in range(29):
        make.observations(make.kpi(creative), creative, {WEEK: 1})
    drain(now=NOW)
    RollupLock.objects.update(differences=1, verified_at=NOW)
    assert questions() == few


# --- The broker ---------------------------------------------------------------------------------


def test_the_broker_that_these_tests_use_answers(client, coo):
    assert told(client, coo)["broker"]["answers"] is True


def name_redis(monkeypatch, port):
    monkeypatch.setitem(app.conf, "broker_url", f"redis://127.0.0.1:{port}/0")
    monkeypatch.setitem(app.conf, "broker_transport", None)
    monkeypatch.setitem(app.conf, "broker_transport_options", {})


def test_a_broker_that_is_not_there_does_not_answer(client, coo, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    name_redis(monkeypatch, port)
    assert "Broker does not answer" in page(client, coo)


@needs_redis
@pytest.mark.process
def test_a_frozen_broker_is_given_up_in_a_second(monkeypatch, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    redis = subprocess.Popen(
        ["redis-server", "--port", str(port), "--save", "", "--dir", str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    watchdog = Timer(20, redis.kill)  # whoever waits for it would wait for ever
    watchdog.start()
    try:
        next(line for line in redis.stdout if "Ready to accept" in line)
        name_redis(monkeypatch, port)
        assert broker_answers(within=20)
        redis.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        assert not broker_answers(within=1)
        assert time.monotonic() - began < 1.9
    finally:
        watchdog.cancel()
        redis.kill()
        redis.wait()
        redis.stdout.close()
