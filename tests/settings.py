"""The demo's settings with a key of its own, a throw-away folder and a quick password hash."""

import os
import tempfile

os.environ.setdefault("DEMO", "1")
os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "0123456789abcdef" * 3)
os.environ.setdefault("VAR_DIR", tempfile.mkdtemp(prefix="opsroom-"))

from config.settings import *  # noqa: E402, F403
from config.settings import DATABASES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_TASK_ALWAYS_EAGER = False
DATABASES["default"]["CONN_MAX_AGE"] = 0
