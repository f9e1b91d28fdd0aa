"""`make bench`: measures ratios in one run, and says which of them miss what is demanded."""

import os
import signal
import sys
from contextlib import ExitStack
from pathlib import Path

import django
from django.utils import timezone

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
django.setup()

from bench import files, freshness, imports, issues, judging, pages, report, rollups  # noqa: E402, F401
from bench.ground import Ground  # noqa: E402
from bench.measure import MEASURES  # noqa: E402

MISSED = 3
SIZE = os.environ.get("SIZE") or "1M"
ONLY = os.environ.get("ONLY", "").split(",")  # parts of names; the other measures keep what was written
DOCS = Path(os.environ.get("DOCS") or Path(__file__).parent.parent / "docs")


def number(size: str) -> int:
    """“100k” and “1M” are as many observations."""
    return round(float(size.rstrip("kM")) * {"k": 10**3, "M": 10**6}.get(size[-1], 1))


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))  # the databases go all the same
    now = timezone.now()
    with ExitStack() as stack:
        blank = stack.enter_context(Ground(0, now=now).laid())
        tenth = stack.enter_context(Ground(number(SIZE) // 10, now=now, blank=blank).laid())
        ground = stack.enter_context(Ground(number(SIZE), now=now, blank=blank, tenth=tenth).laid())
        everything = [made for make in MEASURES if (made := make(ground.wrapper.vendor))]
        measures = [measure for measure in everything if measure.is_one_of(ONLY)]
        print(" | ".join(report.COLUMNS))
        for measure in measures:
            measure.take(ground)
            print(" | ".join(report.row(measure)), flush=True)
        ground.use()
        report.write(DOCS, ground, SIZE, measures, everything)
    return 0 if all(measure.is_met for measure in measures) else MISSED


if __name__ == "__main__":
    sys.exit(main())
