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


def line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def with_those_before(measures: list[Measure], everything: list[Measure], before: str) -> str:
    """The table; a measure that was not taken this time keeps its row."""
    rows = [each.strip("| ").split(" | ") for each in before.split("\n") if each.startswith("| ")]
    known = {(cells[0], cells[2]): line(cells) for cells in rows if len(cells) == len(COLUMNS)}
    known |= {(measure.name, measure.floor): line(row(measure)) for measure in measures}
    wanted = [(measure.name, measure.floor) for measure in everything]
    head = [line(COLUMNS), line(["---"] * len(COLUMNS))]
    return "\n".join(head + [known[key] for key in wanted if key in known])


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


def section(ground: Ground, size: str, table: str) -> str:
    versions = f"{database()}, Python {platform.python_version()}, Django {django.__version__}"
    return (
        f"{title(ground, size)}\n\n{ground.now:%-d %B %Y}. {machine()}; {versions}. {ground.size:,} observations.\n\n"
        f"{table}"
    )


def write(folder: Path, ground: Ground, size: str, measures: list[Measure], everything: list[Measure]):
    """Puts this section in the place of the one with the same title; all others, and what is said below, stay."""
    path = folder / "benchmarks.md"
    before, _, rest = (path.read_text() if path.exists() else HEAD).partition(BEGIN)
    written, _, after = rest.partition(END)
    parts = (part.strip() for part in re.split(r"^(?=## )", written, flags=re.M) if part.strip())
    sections = {part.split("\n", 1)[0]: part for part in parts}
    name = title(ground, size)
    sections[name] = section(ground, size, with_those_before(measures, everything, sections.get(name, "")))
    body = "\n\n".join(sections[name] for name in sorted(sections))
    path.write_text(f"{before}{BEGIN}\n\n{body}\n\n{END}{after}")
