"""`make bench` in small: that it measures everything and writes it down; the ratios are for larger sizes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.process
ROOT = Path(__file__).parent.parent


def bench(folder: Path, **env) -> str:
    settings = {"SIZE": "8k", "ROUNDS": "1", "DOCS": str(folder), **env}
    run = subprocess.run(
        [sys.executable, "-m", "bench"], cwd=ROOT, env={**os.environ, **settings}, capture_output=True, text=True
    )
    assert run.returncode in (0, 3), run.stderr  # 3: a ratio was missed
    return (folder / "benchmarks.md").read_text()


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
    section = written.split(f"## {database}, 8k")[1].split("## ")[0]
    assert section.count("| ") > 15 * 8
    for measure in ("full rebuild", "import", "one correction", "burst", "overview"):
        assert f"| {measure}" in section
