"""The demo's settings in a throw-away folder; which database is measured, bench.ground decides."""

import os
import tempfile
from pathlib import Path

folder = tempfile.TemporaryDirectory(prefix="opsroom-bench-")
os.environ.update(DEMO="1", VAR_DIR=folder.name, SECRET_KEY="only-for-benchmarks-" + "0123456789abcdef" * 3)

from config.settings import *  # noqa: E402, F403
from config.settings import DATABASES  # noqa: E402

DATABASES["default"]["CONN_MAX_AGE"] = None
FOLDER = Path(folder.name)
ROOT_URLCONF = "bench.urls"
