"""`make bench` in small: that it measures everything and writes it down; the ratios are for larger sizes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.measure import MOST, ROUNDS, Measure, Missed
from bench.report import row, with_those_before

ROOT = Path(__file__).parent.parent


def bench(folder: Path, **env) -> str:
    settings = {"SIZE": "4k", "ROUNDS": "1", "MOST": "1", "DOCS": str(folder), **env}
    run = subprocess.run(
        [sys.executable, "-m", "bench"], cwd=ROOT, env={**os.environ, **settings}, capture_output=True, text=True
    )
    assert run.returncode in (0, 3), run.stderr  # 3: a ratio was missed
    return (folder / "benchmarks.md").read_text()


@pytest.mark.process
def test_the_benchmark_writes_its_table_and_leaves_what_others_wrote(tmp_path):
    kept = "## Another, 1M\n\nmeasured before"
    said = "Said by hand."
    (tmp_path / "benchmarks.md").write_text(
        f"# Benchmarks\n\n<!-- written by make bench -->\n\n{kept}\n\n<!-- until here -->\n\n{said}\n"
    )
    written = bench(tmp_path)
    assert kept in written
    assert said in written.split("<!-- until here -->")[1]
    database = "PostgreSQL" if os.environ.get("DATABASE_URL", "").startswith("postgres") else "SQLite"
    section = written.split(f"## {database}, 4k")[1].split("## ")[0]
    assert section.count("| ") > 15 * 8
    for measure in (
        "full rebuild",
        "import",
        "one correction",
        "burst",
        "overview",
        "a KPI's page",
        "from a write",
        "judging",
    ):
        assert f"| {measure}" in section


def measured(name, *pairs, demand=1.1, at_least=False):
    made = Measure(name, "floor", lambda ground: (pair for pair in pairs), demand, at_least, "s")
    made.pairs = list(pairs)
    return made


def test_a_ratio_is_that_of_medians_against_its_demand():
    quick = measured("quick", (1.0, 1.0), (1.0, 2.0), (9.0, 2.0))
    assert (quick.ratio, quick.is_met) == (0.5, True)
    assert measured("slow", (2.0, 1.0)).is_met is False
    rate = measured("rate", (1.0, 3.0), demand=4, at_least=True)
    assert (rate.ratio, rate.is_met) == (3.0, False)
    assert measured("told", (9.0, 1.0), demand=None).is_met


class Anywhere:
    def use(self):
        pass


@pytest.mark.parametrize(("ours", "rounds"), [(0.2, ROUNDS), (1.05, MOST)])
def test_what_is_near_its_demand_is_measured_more_often(ours, rounds):
    measure = measured("each")
    measure.run = lambda ground: ((ours, 1.0) for _ in range(1000))
    measure.take(Anywhere())
    assert len(measure.pairs) == rounds


def test_what_cannot_be_measured_is_missed():
    def nothing(ground):
        raise Missed("no such page")
        yield

    measure = measured("page")
    measure.run = nothing
    measure.take(Anywhere())
    assert not measure.is_met
    assert row(measure)[-2] == "**missed**: no such page"


def test_a_measure_that_is_taken_alone_leaves_the_rows_of_the_others():
    one, other = measured("one", (1.0, 1.0)), measured("other", (1.0, 1.0))
    before = with_those_before([one, other], [one, other], "")
    again = measured("other", (3.0, 1.0))
    after = with_those_before([again], [one, again], before)
    assert after.split("\n")[2] == before.split("\n")[2]
    assert "**missed**" in after.split("\n")[3]
    assert "one" not in with_those_before([again], [again], before), "a measure that is no more"
