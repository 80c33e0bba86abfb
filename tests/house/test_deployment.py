"""Do the files of deploy/ bring up production: roles, tables, built files, server, log?"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from emar.local_postgres import LocalPostgres

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def database() -> Iterator[tuple[str, dict[str, str]]]:
    """A server as an operator finds it, with neither our roles nor our database; its URL and psql's variables."""
    folder = Path(tempfile.mkdtemp(prefix="emar-house-"))
    folder.chmod(0o755)
    server = LocalPostgres(folder, is_durable=False)
    superuser = server.urls().superuser.removesuffix("emar") + "postgres"
    connection = psycopg2.connect(superuser)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("DROP DATABASE emar")
        cursor.execute("DROP ROLE emar_owner")
        cursor.execute("DROP ROLE emar_app")
    connection.close()
    yield superuser, {"psql": str(server._binaries() / "psql")}
    server.stop()
    shutil.rmtree(folder)


def as_role(superuser: str, role: str, password: str) -> str:
    return f"postgresql://{role}:{password}@{superuser.rsplit('@', 1)[1].rsplit('/', 1)[0]}/emar"


def test_an_installation_comes_up_and_serves(database: tuple[str, dict[str, str]], tmp_path: Path) -> None:
    superuser, programs = database
    path = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    passwords = {"OWNER_PASSWORD": "owner's-own", "APP_PASSWORD": "invented"}
    run([programs["psql"], "--quiet", "-f", "deploy/roles.sql", superuser], path | passwords)

    environment = path | {
        "EMAR_ENV": "production",
        "SECRET_KEY": "invented-for-this-test-0123456789-0123456789-0123456789",
        "ALLOWED_HOSTS": "emar.example.org",
        "DATABASE_URL": as_role(superuser, "emar_app", "invented"),
        "STATIC_ROOT": str(tmp_path / "static"),
        "LOG_LEVEL": "INFO",
    }
    owner = {"DATABASE_OWNER_URL": as_role(superuser, "emar_owner", "owner%27s-own")}
    run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], environment | owner)
    run([sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"], environment)

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path / "log"
    with log.open("w") as written:
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "emar.wsgi"],
            cwd=ROOT,
            env=environment | {"PORT": str(port), "WORKERS": "1"},
            stdout=written,
            stderr=written,
        )
    try:
        readiness = json.loads(ask(port, "/readyz"))
        assert readiness["ready"] is True
        assert readiness["checks"]["migrations"] == "ok"
        with pytest.raises(urllib.error.HTTPError, match="400"):
            ask(port, "/?name=Joan", tries=1)  # 127.0.0.1 is not one of its hosts
    finally:
        server.terminate()
        server.wait(timeout=30)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert any(line["logger"] == "emar.request" and line["status"] == 400 for line in lines)
    assert "Joan" not in log.read_text()


def run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def ask(port: int, page: str, tries: int = 300) -> str:
    for _ in range(tries - 1):
        try:
            return ask(port, page, 1)
        except urllib.error.URLError:
            time.sleep(0.1)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{page}", timeout=10) as answer:
        return str(answer.read().decode())
