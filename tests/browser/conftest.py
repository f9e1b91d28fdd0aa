"""A real Chromium, the distribution's own, looking at a running server."""

import os
import shutil
import threading

import pytest
from django.core.handlers.base import BaseHandler
from django.db import connection, connections
from django.test import Client
from playwright.sync_api import expect, sync_playwright

expect.set_options(timeout=20_000)  # a busy machine may take its time
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps a loop in the thread that also makes the rows
MEANT = ("404 (Not Found)", "400 (Bad", "409 (Conflict)", "ERR_INTERNET_DISCONNECTED")  # tests bring these about


@pytest.fixture(scope="session")
def chromium():
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine: browser tests are left out")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
        connections.close_all()  # those of Playwright's loop, which would keep the test database from being dropped


@pytest.fixture(autouse=True)
def in_turn(monkeypatch):
    """SQLite's database is in memory, and all who are served share the one connection to it: they are so in turn."""
    if connection.vendor != "sqlite":
        return
    turn, answered = threading.RLock(), BaseHandler.get_response

    def get_response(self, request):
        with turn:
            return answered(self, request)

    monkeypatch.setattr(BaseHandler, "get_response", get_response)


@pytest.fixture
def visit(chromium, live_server):
    """`visit("/kpis/", by=coo, width=360, theme="dark")` opens a page; at the end, no browser may have complained."""
    contexts, complaints = [], []

    def open_page(path, *, by=None, width=1440, height=900, theme="light", **options):
        context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=theme, **options)
        contexts.append(context)
        if by:
            door = Client()  # of its own: several people may be looking at once
            door.force_login(by)
            context.add_cookies(
                [{"name": "sessionid", "value": door.cookies["sessionid"].value, "url": live_server.url}]
            )
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(live_server.url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    for thread in threading.enumerate():  # a page that asks by itself may have left a question to be answered
        if "process_request_thread" in thread.name:
            thread.join(10)
    assert [said for said in complaints if not any(each in said for each in MEANT)] == []
