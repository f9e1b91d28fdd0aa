"""What a configuration must be for Opsroom to start: real processes, as an operator would start them."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.process
ROOT = Path(__file__).parent.parent
PRODUCTION = {"SECRET_KEY": secrets.token_urlsafe(50), "ALLOWED_HOSTS": "opsroom.example.org"}
WEB = ["-m", "granian", "--interface", "wsgi", "--port", "0", "--log-level", "critical", "config.wsgi:application"]
REFUSED = {
    "no key": ({"SECRET_KEY": ""}, "SECRET_KEY is missing or weak. Set it to"),
    "a short key": ({"SECRET_KEY": "opsroom"}, "SECRET_KEY is missing or weak. Set it to"),
    "a dull key": ({"SECRET_KEY": "x" * 60}, "SECRET_KEY is missing or weak. Set it to"),
    "debugging": ({"DEBUG": "1"}, "DEBUG is on. Unset DEBUG"),
    "no hosts": ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS is empty or '*'. Set it to"),
    "any host": ({"ALLOWED_HOSTS": "opsroom.example.org,*"}, "ALLOWED_HOSTS is empty or '*'. Set it to"),
    "a whole domain of the first level": (
        {"ALLOWED_HOSTS": "opsroom.example.org,.com"},
        "everything under .com. Set it",
    ),
    "links that lead nowhere": ({"SITE_URL": "opsroom.example.org"}, "SITE_URL is 'opsroom.example.org'. Set it to"),
    "a demo on a public address": ({"DEMO": "1", "HOST": "0.0.0.0", "ALLOWED_HOSTS": "localhost"}, "Unset HOST and"),
    "a demo under a public name": ({"DEMO": "1"}, "Unset HOST and ALLOWED_HOSTS, or unset DEMO."),
}


def run(folder: Path, *command: str, **env: str) -> subprocess.CompletedProcess:
    env = {"PATH": os.environ["PATH"], "VAR_DIR": str(folder)} | env
    return subprocess.run([sys.executable, *command], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("why", REFUSED)
def test_an_insecure_configuration_is_refused_in_one_line_with_its_cure(tmp_path, why):
    change, said = REFUSED[why]
    refused = run(tmp_path, "manage.py", "check", **PRODUCTION | change)
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (1, "", 1)
    assert refused.stderr.startswith("Opsroom does not start: ")
    assert said in refused.stderr


@pytest.mark.parametrize("command", [["-m", "celery", "--app", "config", "worker"], WEB], ids=["worker", "web"])
def test_the_web_server_and_the_worker_refuse_as_plainly(tmp_path, command):
    refused = run(tmp_path, *command, **PRODUCTION | {"DEBUG": "1"})
    assert refused.returncode == 1
    assert (
        refused.stderr == "Opsroom does not start: DEBUG is on. Unset DEBUG; only the demo (DEMO=1) may run with it.\n"
    )


def test_production_has_nothing_left_to_harden(tmp_path):
    checked = run(tmp_path, "manage.py", "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_the_demo_makes_its_own_key_once_for_its_owner_alone(tmp_path):
    show = ["-c", "from config import settings; print(settings.SECRET_KEY)"]
    first, second = run(tmp_path, *show, DEMO="1"), run(tmp_path, *show, DEMO="1")
    assert len(first.stdout) > 50
    assert first.stdout == second.stdout
    assert (tmp_path / "secret-key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("env", "address"),
    [
        (PRODUCTION, "https://opsroom.example.org"),
        (PRODUCTION | {"SITE_URL": "", "HTTPS": "0"}, "http://opsroom.example.org"),
        (PRODUCTION | {"SITE_URL": "https://ops.example.org:8443/"}, "https://ops.example.org:8443"),
        ({"DEMO": "1", "PORT": "8001"}, "http://127.0.0.1:8001"),
    ],
)
def test_links_in_mail_lead_to_the_first_allowed_host_unless_told_otherwise(tmp_path, env, address):
    shown = run(tmp_path, "-c", "from config.settings import *; print(SITE_URL)", **env)
    assert (shown.stdout, shown.stderr) == (f"{address}\n", "")


def test_the_demo_writes_its_mail_into_files_and_production_says_where_a_mail_ended(tmp_path):
    show = ["-c", "from config.settings import *; print(EMAIL_BACKEND, EMAIL_FILE_PATH, EMAIL_TIMEOUT)"]
    assert run(tmp_path, *show, DEMO="1").stdout.split()[:2] == [
        "django.core.mail.backends.filebased.EmailBackend", f"{tmp_path}/mail",
    ]  # fmt: skip
    assert run(tmp_path, *show, **PRODUCTION).stdout.split()[0] == "departments.smtp.EmailBackend"
