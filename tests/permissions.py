"""The permission table: every address and method, and what each actor gets.

`tests/permissions.txt` has a line for each: method, route, then a status per actor in the order of ACTORS.
"""

import re
from pathlib import Path
from typing import NamedTuple

from django.urls import URLPattern, URLResolver, get_resolver

FILE = Path(__file__).with_suffix(".txt")
ACTORS = [
    "anonymous", "member", "head", "other_head", "executive", "coo", "administrator", "deactivated",
    "token_read", "token_revoked",
]  # fmt: skip
METHODS = ["GET", "POST"]
API_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class Line(NamedTuple):
    method: str
    route: str
    statuses: tuple[int, ...]

    def __str__(self):
        return f"{self.method:<6} {self.route:<72} {' '.join(map(str, self.statuses))}"


def routes(resolver=None, prefix="") -> list[str]:
    """Every address that the application answers, as its pattern."""
    found = []
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + plain(str(entry.pattern))
        if isinstance(entry, URLResolver):
            found += routes(entry, route)
        elif isinstance(entry, URLPattern):
            found.append("/" + route)
    return list(dict.fromkeys(found))


def plain(pattern: str) -> str:
    """Regular expressions of routers in the manner of paths: `^kpis/(?P<code>[^/]+)/$` is `kpis/<code>/`."""
    text = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"<\1>", pattern)
    return text.lstrip("^").replace(r"\Z", "").replace("\\", "").rstrip("$")


def methods(route: str) -> list[str]:
    return API_METHODS if route.startswith("/api/v1/") else METHODS


def table() -> dict[tuple[str, str], tuple[int, ...]]:
    found = {}
    for text in FILE.read_text().splitlines():
        if text and not text.startswith("#"):
            method, route, *statuses = text.split()
            found[method, route] = tuple(map(int, statuses))
    return found
