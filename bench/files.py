"""A whole file through `import_observations`: how long it takes, and how much memory."""

import csv
import os
import subprocess
import sys
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from bench.ground import Ground
from bench.imports import forget, in_turn_and_forgotten, into_bare, new_rows
from bench.measure import measure
from departments.models import Department
from kpis.models import Kpi
from kpis.services.importing import import_observations

# In a small process between: what is forked off a large one counts as large as that.
MEASURED = """
import resource, subprocess, sys
subprocess.run([sys.executable, *sys.argv[1:]], check=True, capture_output=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
MANAGE = Path(__file__).parent.parent / "manage.py"
ROOM = 300  # MB above the same command with one row


def written(ground: Ground, rows: Iterable, name: str) -> Path:
    """A CSV file of (KPI, department, date, value), by code and slug as people write them."""
    codes = dict(Kpi.objects.values_list("pk", "code"))
    slugs = dict(Department.objects.values_list("pk", "slug"))
    path = settings.FOLDER / name
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["kpi", "department", "date", "numerator", "denominator", "value"])
        out.writerows([codes[kpi], slugs[department], day, *numbers] for kpi, department, day, *numbers in rows)
    return path


@measure("import_observations of a file", floor="COPY or executemany into the keyed table", at_most=2.2)
def import_and_copy(ground: Ground):
    plain = set(Kpi.objects.exclude(over_time="ratio").values_list("pk", flat=True))
    rows = [entry for entry in new_rows(ground) if entry.kpi_id in plain]
    path = written(ground, ((e.kpi_id, e.department_id, e.date, "", "", e.value) for e in rows), "some.csv")
    put = into_bare(ground, rows)

    def ours():
        report = import_observations(path, mapping=None, by=None, at=ground.now + timedelta(days=100))
        assert report.added == len(rows), report.problems[:3]

    def floor():
        with transaction.atomic(), connection.cursor() as cursor:
            put(cursor)

    return in_turn_and_forgotten(ground, ours, floor)


def places(ground: Ground, many: int):
    """So many rows with new values for days that have one: each is a correction, the costliest that a row can be."""
    ratios = set(Kpi.objects.filter(over_time="ratio").values_list("pk", flat=True))
    for number in range(many):
        day, place = divmod(number, len(ground.kpis) * len(ground.departments))
        kpi, department = divmod(place, len(ground.departments))
        kpi = ground.kpis[kpi]
        numbers = (number % 7, 9, "") if kpi in ratios else ("", "", number % 1000 / 8)
        yield kpi, ground.departments[department], ground.days[-1] - timedelta(days=day), *numbers


def peak(ground: Ground, path: Path) -> float:
    """The most memory (MB) that the command took, as the kernel tells when it has ended; all is taken back again."""
    command = [sys.executable, "-c", MEASURED, str(MANAGE), "import_observations", str(path), "--dry-run"]
    run = subprocess.run(
        command, env={**os.environ, "DATABASE_URL": ground.url}, check=True, capture_output=True, text=True
    )
    return int(run.stdout) / 1024


@measure(
    "memory of import_observations, all rows corrected",
    floor=f"with one row, and {ROOM} MB",
    at_most=1,
    unit="MB",
    rounds=1,
)
def memory(ground: Ground):
    idle = peak(ground, written(ground, places(ground, 1), "one.csv"))
    all_rows = written(ground, places(ground, ground.size), "all.csv")
    while True:
        yield peak(ground, all_rows), idle + ROOM
        forget(ground)
