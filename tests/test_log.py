"""What the console says of requests."""

import io
import logging

import pytest

from dashboard import views


@pytest.fixture
def log(monkeypatch):
    (console,) = (each for each in logging.getLogger().handlers if each.name == "console")
    said = io.StringIO()
    monkeypatch.setattr(console, "stream", said)
    return said


@pytest.mark.parametrize("path", ["/overview/?on=x", "/kpis/?q=%00"])
def test_a_request_that_cannot_be_understood_is_one_line(client, coo, log, path):
    client.force_login(coo)
    assert client.get(path).status_code == 400
    assert log.getvalue().count("\n") == 1
    assert "WARNING django.request" in log.getvalue()


def test_what_broke_is_told_with_where(client, coo, log, monkeypatch):
    monkeypatch.setattr(views, "overview", None)
    client.force_login(coo)
    client.raise_request_exception = False
    assert client.get("/overview/").status_code == 500
    assert "Traceback" in log.getvalue()
