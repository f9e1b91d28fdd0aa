"""What was measured, as a table on the screen and in docs/benchmarks.md."""

import os
import platform
import re
from pathlib import Path

import django
from django.db import connection

from bench.ground import Ground
from bench.measure import Measure

BEGIN, END = "<!-- written by make bench -->", "<!-- until here -->"
HEAD = f"""# Benchmarks

{BEGIN}
{END}
"""


def shown(number: float, unit: str) -> str:
    if unit != "s":
        return f"{number:,.0f} {unit}"
    return f"{number:,.1f} s" if number >= 10 else f"{number:.2f} s" if number >= 0.5 else f"{number * 1000:.1f} ms"


def row(measure: Measure) -> list[str]:
    demand = "–" if measure.demand is None else f"{'≥' if measure.at_least else '≤'} {measure.demand:g}"
    if measure.note:
        return [measure.name, "–", measure.floor, "–", "–", demand, f"**missed**: {measure.note}", "0"]
    return [
        measure.name,
        shown(measure.ours, measure.unit),
        measure.floor,
        shown(measure.theirs, measure.unit),
        f"{measure.ratio:.2f}",
        demand,
        "" if measure.demand is None else "met" if measure.is_met else "**missed**",
        str(len(measure.pairs)),
    ]


COLUMNS = ["measure", "ours", "against", "takes", "ratio", "demand", "", "rounds"]


def table(measures: list[Measure]) -> str:
    lines = [COLUMNS, ["---"] * len(COLUMNS), *map(row, measures)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cpuinfo = Path("/proc/cpuinfo")
    named = re.search(r"model name\s*: (.+)", cpuinfo.read_text()) if cpuinfo.exists() else None
    return f"{os.cpu_count()} cores ({named[1] if named else platform.machine()}), {memory:.0f} GB of memory"


def database() -> str:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SHOW server_version")
            return f"PostgreSQL {cursor.fetchone()[0].split()[0]}"
        cursor.execute("SELECT sqlite_version()")
        return f"SQLite {cursor.fetchone()[0]}"


def title(ground: Ground, size: str) -> str:
    return f"## {'PostgreSQL' if ground.is_postgresql else 'SQLite'}, {size}"


def section(ground: Ground, measures: list[Measure], size: str) -> str:
    versions = f"{database()}, Python {platform.python_version()}, Django {django.__version__}"
    return (
        f"{title(ground, size)}\n\n{ground.now:%-d %B %Y}. {machine()}; {versions}. {ground.size:,} observations.\n\n"
        f"{table(measures)}\n"
    )


def write(folder: Path, ground: Ground, measures: list[Measure], size: str):
    """Puts this section in the place of the one with the same title; all others, and what is said below, stay."""
    path = folder / "benchmarks.md"
    before, _, rest = (path.read_text() if path.exists() else HEAD).partition(BEGIN)
    written, _, after = rest.partition(END)
    sections = {
        part.split("\n", 1)[0]: part.strip() for part in re.split(r"^(?=## )", written, flags=re.M) if part.strip()
    }
    sections[title(ground, size)] = section(ground, measures, size).strip()
    body = "\n\n".join(sections[name] for name in sorted(sections))
    path.write_text(f"{before}{BEGIN}\n\n{body}\n\n{END}{after}")
