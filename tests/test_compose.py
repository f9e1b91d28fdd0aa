"""docker-compose.yml beyond its schema, which `make check` looks after."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.process
ROOT = Path(__file__).parent.parent
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
OURS = ["web", "worker", "beat", "migrate"]
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?P<kind>:[?-])(?P<otherwise>[^}]*)\}")


def filled_in(text: str, given: dict[str, str]) -> str:
    """What Compose makes of it: `:-` has a default, `:?` must be given."""

    def value(found):
        return given[found["name"]] if found["kind"] == ":?" else given.get(found["name"], found["otherwise"])

    return VARIABLE.sub(value, text)


def test_every_secret_must_be_given():
    written = {(name, value) for one in SERVICES.values() for name, value in one.get("environment", {}).items()}
    secret = [value for name, value in written if re.search("SECRET|PASSWORD|DATABASE_URL", name)]
    assert len(secret) == 3
    assert all(re.search(r"\$\{(SECRET_KEY|POSTGRES_PASSWORD):\?", value) for value in secret)


def test_every_service_that_stays_says_whether_it_is_well():
    assert [name for name, one in SERVICES.items() if "healthcheck" not in one] == ["migrate"]
    assert SERVICES["migrate"]["restart"] == "no"


@pytest.mark.parametrize("name", OURS)
def test_ours_may_write_nothing_but_their_volume_and_wait_for_the_database(name):
    service = SERVICES[name]
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["depends_on"]["postgres"] == {"condition": "service_healthy"}


def test_what_it_gives_us_is_a_configuration_we_start_with(tmp_path):
    given = {"SECRET_KEY": "0123456789abcdef" * 4, "POSTGRES_PASSWORD": "abc", "ALLOWED_HOSTS": "opsroom.example.org"}
    env = {name: filled_in(value, given) for name, value in SERVICES["web"]["environment"].items()}
    show = "from config.settings import *; print(DATABASES['default']['PASSWORD'], ALLOWED_HOSTS, CSRF_TRUSTED_ORIGINS)"
    shown = subprocess.run(
        [sys.executable, "-c", show], cwd=ROOT, env=env | {"VAR_DIR": str(tmp_path)}, capture_output=True, text=True
    )
    assert (shown.stdout, shown.stderr) == ("abc ['opsroom.example.org', '127.0.0.1'] []\n", "")
