"""How hard to try: `make test-long` sets LONG, and what is marked `long` then does ten times as much and more."""

import os

LONG = bool(os.environ.get("LONG"))
