"""What a real installation is started from: nothing that matters has a default, and what is missing is named."""

import re
import subprocess
import sys

import pytest
import yaml

from lewisham_ta.embedded import CHECKOUT

SECRETS = ["SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD"]
GIVEN = {
    "DATABASE_URL": "postgres://nobody@nowhere/ta",
    "REDIS_URL": "redis://nowhere",
    "SECRET_KEY": "k" * 60,
    "ALLOWED_HOSTS": "ta.example.org",
}


@pytest.fixture(scope="module")
def compose() -> str:
    return (CHECKOUT / "docker-compose.yml").read_text()


def test_a_secret_has_no_default(compose):
    for secret in SECRETS:
        uses = re.findall(rf"\$\{{{secret}[^}}]*\}}", compose)
        assert uses
        assert all(use.startswith(f"${{{secret}:?") for use in uses)


def test_every_name_that_compose_asks_for_is_explained_in_the_example(compose):
    asked = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", compose))
    explained = set(re.findall(r"^(?:# )?([A-Z_]+)=", (CHECKOUT / ".env.example").read_text(), re.MULTILINE))
    assert asked == explained


def test_every_service_that_stays_has_a_health_check(compose):
    services = yaml.safe_load(compose)["services"]
    assert services.keys() == {"migrate", "web", "worker", "beat", "postgres", "redis"}
    assert {name for name, service in services.items() if "healthcheck" not in service} == {"migrate"}


@pytest.mark.parametrize("missing", ["SECRET_KEY", "ALLOWED_HOSTS"])
def test_what_is_missing_stops_the_start_and_is_named(missing):
    environment = {name: value for name, value in GIVEN.items() if name != missing}
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=CHECKOUT, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, f"Set {missing} in the environment (see .env.example).\n")
