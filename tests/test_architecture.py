"""The house keeps its order: apps in a line, layers downwards, imports at the top."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
APPS = ["departments", "kpis", "issues", "meetings", "dashboard"]  # each sees only those before it
LAYERS = {
    "views": 4, "api": 4, "admin": 4, "urls": 4, "management": 4, "resources": 4, "authentication": 4, "context": 4,
    "conditional": 4, "moment": 4, "tasks": 3, "services": 2, "selectors": 2, "forms": 2, "models": 1, "mixins": 1,
}  # fmt: skip
PLAIN = {
    "departments": ["tree", "business", "bell", "prose"],
    "dashboard": ["reference"],
    "issues": ["flow", "clock", "kinds", "ledger", "eventlog", "scales", "drawing", "charts"],
    "meetings": [
        "items", "weeks", "calibration", "parts", "recurrence", "rules", "rule_words", "ical", "zones", "timing",
    ],
    "kpis": [
        "periods", "rules", "goals", "spc", "charts", "written", "numbers", "dates", "cells", "sheets", "workbook",
        "mapping", "mapping_file", "places", "reading", "recomputation", "shelf", "periodic", "profile", "heads",
        "look", "guessing", "chosen", "formulas", "effect",
    ],
}  # fmt: skip


def sources():
    return [p for app in APPS for p in (ROOT / app).rglob("*.py") if "migrations" not in p.parts]


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def layer(app: str, module: str) -> int:
    return 0 if module in PLAIN.get(app, []) else LAYERS.get(module, 2)


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(ROOT)))
def test_each_file_imports_only_what_lies_below_it(path):
    app, *rest = path.relative_to(ROOT).with_suffix("").parts
    own = layer(app, rest[0])
    for name in imported(ast.parse(path.read_text())):
        found, _, module = name.partition(".")
        if found not in APPS:
            assert not (own == 0 and found in ("django", "celery", "rest_framework")), f"{name} in plain Python"
            continue
        assert APPS.index(found) <= APPS.index(app), f"{path}: {name} lies further down the line"
        if found == app and module:
            assert layer(app, module.split(".")[0]) <= own, f"{path}: {name} is a layer above"


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(ROOT)))
def test_no_import_hides_inside_a_function(path):
    functions = [
        n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    hidden = [i for f in functions for i in ast.walk(f) if isinstance(i, ast.Import | ast.ImportFrom)]
    assert not hidden


def test_only_edges_and_the_clock_layer_read_the_clock():
    for path in sources():
        app, *rest = path.relative_to(ROOT).with_suffix("").parts
        if layer(app, rest[0]) < 3 and rest[0] != "navigation":
            for word in ("timezone.now()", "timezone.localdate()", "datetime.now(", "date.today("):
                if rest[0] == "mixins":
                    continue  # Scoped serves views: it reads the day of the request
                assert word not in path.read_text(), f"{path} reads the clock"
