"""Does production refuse to start half-configured or with too much power, in words that say why?"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from emar import checks, local_postgres

ROOT = Path(__file__).resolve().parents[2]
SOUND = {
    "EMAR_ENV": "production",
    "SECRET_KEY": "invented-for-this-test-" + "k3" * 20,
    "ALLOWED_HOSTS": "emar.example.org",
    "DATABASE_URL": "postgresql://emar_app@db/emar",
}


def test_a_sound_environment_has_no_faults() -> None:
    assert checks.faults_of_settings(SOUND) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        ({"SECRET_KEY": "django-insecure-" + "0123456789" * 6}, "SECRET_KEY is one that can be guessed"),
        ({"SECRET_KEY": "x" * 60}, "SECRET_KEY is one that can be guessed"),
        ({"SECRET_KEY": "0123456789" * 4}, "SECRET_KEY is shorter than 50 characters"),
        ({"EMAR_ENV": "prod"}, "EMAR_ENV is prod, not demo, test or production"),
        ({"DEBUG": "1"}, "DEBUG is set"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS is not set"),
        ({"ALLOWED_HOSTS": " , "}, "ALLOWED_HOSTS is not set"),
        ({"ALLOWED_HOSTS": "emar.example.org,*"}, "ALLOWED_HOSTS allows every host"),
        ({"DATABASE_URL": ""}, "DATABASE_URL is not set"),
        ({"REQUIRE_SECOND_FACTOR": "0"}, "REQUIRE_SECOND_FACTOR is off"),
    ],
)
def test_each_fault_of_the_environment_is_one_clear_line(change: dict[str, str], fault: str) -> None:
    (only,) = checks.faults_of_settings(SOUND | change)
    assert only.startswith(fault)
    assert "\n" not in only


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment that production can start in, files and database included."""
    static = tmp_path_factory.mktemp("static")
    (static / "staticfiles.json").write_text('{"version": "1.1", "paths": {}, "hash": ""}')
    return SOUND | {"STATIC_ROOT": str(static), "DATABASE_URL": local_postgres.urls().app}


def test_demo_and_tests_need_nothing() -> None:
    assert checks.faults_of_settings({}) == []
    assert checks.faults_of_settings({"EMAR_ENV": "test"}) == []


def start(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=kept | {"EMAR_ENV": "production"} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_every_fault_of_the_environment_is_named_at_once_and_nothing_starts() -> None:
    done = start("manage.py", "check", SECRET_KEY="demo", DEBUG="1")
    assert done.returncode == 1
    assert done.stderr.count("emar does not start: ") == 4
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("role", "fault"),
    [("superuser", "signs in as a superuser"), ("owner", "owns the tables and could turn row-level security off")],
)
def test_the_server_refuses_a_role_with_too_much_power(role: str, fault: str, sound: dict[str, str]) -> None:
    url = getattr(local_postgres.urls(), role)
    served = start("-c", "import emar.wsgi", **sound | {"DATABASE_URL": url})
    assert served.returncode == 1
    assert served.stderr.startswith("emar does not start: ")
    assert fault in served.stderr
    assert served.stderr.count("\n") == 1


def test_stepping_down_from_a_powerful_role_is_not_enough(sound: dict[str, str]) -> None:
    url = local_postgres.urls().superuser + "?options=-c%20role%3Demar_app"
    served = start("-c", "import emar.wsgi", **sound | {"DATABASE_URL": url})
    assert served.returncode == 1
    assert "signs in as a superuser" in served.stderr


def test_check_deploy_finds_the_same_fault(sound: dict[str, str]) -> None:
    done = start("manage.py", "check", "--deploy", **sound | {"DATABASE_URL": local_postgres.urls().owner})
    assert done.returncode == 1
    assert "emar.E001" in done.stderr
    assert "owns the tables" in done.stderr


def test_the_applications_role_starts_and_check_deploy_has_nothing_to_say(sound: dict[str, str]) -> None:
    served = start("-c", "import emar.wsgi", **sound)
    assert (served.returncode, served.stderr) == (0, "")
    done = start("manage.py", "check", "--deploy", "--fail-level", "WARNING", **sound)
    assert done.returncode == 0, done.stderr


def test_files_that_were_never_collected_are_said(sound: dict[str, str], tmp_path: Path) -> None:
    served = start("-c", "import emar.wsgi", **sound | {"STATIC_ROOT": str(tmp_path)})
    assert served.returncode == 1
    assert "run manage.py collectstatic" in served.stderr


def test_a_database_that_does_not_answer_is_said_in_one_line(sound: dict[str, str]) -> None:
    served = start("-c", "import emar.wsgi", **sound | {"DATABASE_URL": "postgresql://emar_app@127.0.0.1:1/emar"})
    assert served.returncode == 1
    assert "the database does not answer" in served.stderr
    assert "Traceback" not in served.stderr
