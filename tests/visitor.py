"""Somebody at a running Opsroom, over HTTP: what they are shown, and how long it took."""

import json
import time
from collections.abc import Callable
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

SECRET = "0123456789abcdef" * 2  # of forms: a cookie and what is sent must say the same


class Answer(NamedTuple):
    asked: str
    status: int
    text: str
    seconds: float


class Stay(HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Visitor:
    """Signed in by a session, or by a token of the API."""

    def __init__(self, base: str, *, session: str = "", token: str = ""):
        self.base, self.opener = base, build_opener(Stay)
        self.headers = {"Cookie": f"sessionid={session}; csrftoken={SECRET}", "X-CSRFToken": SECRET}
        if token:
            self.headers = {"Authorization": f"Bearer {token}"}

    def ask(self, path: str, body: bytes | None = None, **headers) -> Answer:
        began = time.perf_counter()
        try:
            with self.opener.open(Request(self.base + path, body, self.headers | headers), timeout=30) as response:
                status, text = response.status, response.read().decode()
        except HTTPError as error:
            status, text = error.code, error.read().decode(errors="replace")
        return Answer(f"{'GET' if body is None else 'POST'} {path}", status, text, time.perf_counter() - began)

    def send(self, path: str, **fields) -> Answer:
        return self.ask(path, urlencode(fields).encode())

    def record(self, **row) -> Answer:
        return self.ask("/api/v1/observations/", json.dumps([row]).encode(), **{"Content-Type": "application/json"})

    def seconds_to_right_value(self, *, kpi: str, department: str, date: str, value: str, right: Callable) -> float:
        """From recording a value to the first answer of the API whose rollup of that period is `right(value)`."""
        began = time.perf_counter()
        recorded = self.record(kpi=kpi, department=department, date=date, value=value)
        assert recorded.status == 200, recorded
        asked = urlencode({"kpi": kpi, "department": department, "from": date, "to": date})
        while True:
            answer = self.ask(f"/api/v1/rollups/?{asked}")
            if answer.status == 200 and any(right(row["value"]) for row in json.loads(answer.text)):
                return time.perf_counter() - began
            assert time.perf_counter() - began < 60, answer
            time.sleep(0.01)
