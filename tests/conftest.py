"""Real PostgreSQL for every test, as the application's role.

A migrated template database is made once for each state of the migrations; each pytest process copies
it, which takes a fraction of a second, and drops its copy at the end. Tests never connect as a superuser or an
owner: those are not held to the policies and would prove nothing.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg2
import pytest
from django.conf import settings
from django.db import connections
from psycopg2 import sql

#: A real SMTP server for whatever sends e-mail.
pytest_plugins = ["tests.ordering.post_room"]
ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data that no one here wrote; tests that read it skip where it is missing."""
    if not SHARED_DATA.is_dir():
        pytest.skip("needs the real data beside the project (../shared/data)")
    return SHARED_DATA


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """Give this process its own copy of the migrated template."""
    template = _template()
    name = f"test_{os.getpid()}_{uuid4().hex[:8]}"
    _as_owner("CREATE DATABASE {} TEMPLATE {}", name, template)
    for alias in connections:
        connections[alias].settings_dict["NAME"] = name
        settings.DATABASES[alias]["NAME"] = name
    yield
    with django_db_blocker.unblock():
        connections.close_all()
    _drop(name)


def _drop(name: str) -> None:
    # PostgreSQL's own housekeeping may be at work in the copy, and only a superuser may send that away.
    connection = psycopg2.connect(_superuser_url("postgres"))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
    connection.close()


def _superuser_url(database: str) -> str:
    from emar import local_postgres

    superuser = os.environ.get("DATABASE_SUPERUSER_URL") or local_postgres.urls().superuser
    return superuser.rsplit("/", 1)[0] + "/" + database


def _template() -> str:
    digest = hashlib.sha256()
    for file in sorted([*ROOT.glob("*/migrations/*.py"), ROOT / "stock" / "row_security.py"]):
        digest.update(file.read_bytes())
    name = f"template_{digest.hexdigest()[:16]}"
    lock_file = ROOT / ".local" / "test-template.lock"
    lock_file.parent.mkdir(exist_ok=True)
    with lock_file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _as_owner("SELECT 1 FROM pg_database WHERE datname = {!}", name):
            _make_template(name)
    return name


def _make_template(name: str) -> None:
    for (old,) in _as_owner("SELECT datname FROM pg_database WHERE datname LIKE {!}", "template\\_%"):
        _as_owner("DROP DATABASE IF EXISTS {} WITH (FORCE)", old)
    _as_owner("CREATE DATABASE {}", f"{name}_unfinished")
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT,
        env=os.environ
        | {
            "DATABASE_URL": _url("default", f"{name}_unfinished"),
            "DATABASE_OWNER_URL": _url("owner", f"{name}_unfinished"),
        },
        check=True,
    )
    _as_owner("ALTER DATABASE {} RENAME TO {}", f"{name}_unfinished", name)


def _url(alias: str, database: str) -> str:
    at = settings.DATABASES[alias]
    return f"postgresql://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}/{database}"


def _as_owner(statement: str, *names: str) -> list[tuple[str, ...]]:
    at = settings.DATABASES["owner"]
    connection = psycopg2.connect(
        host=at["HOST"], port=at["PORT"], user=at["USER"], password=at["PASSWORD"], dbname="postgres"
    )
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            if "{!}" in statement:
                cursor.execute(statement.replace("{!}", "%s"), names)
                return cursor.fetchall()
            cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
            return []
    finally:
        connection.close()


@pytest.fixture
def owner_db(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """Let a test write as the owner of the tables, as an administrator's command does, and undo it."""
    with django_db_blocker.unblock():
        with connections["owner"].cursor() as cursor:
            cursor.execute("SELECT 1")
        yield


@pytest.fixture
def committed_db(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """Real transactions, for tests of concurrency, servers and browsers: empties every table afterwards.

    Emptying is the superuser's doing: append-only tables refuse everybody else, the owner included.
    """
    with django_db_blocker.unblock():
        yield
        connections.close_all()
        _empty_every_table()


@pytest.fixture(scope="module", autouse=True)
def _empty_afterwards() -> Iterator[None]:
    """Leave nothing of one file's tests to the next file of this process.

    What factories write as the owner of the tables is committed, and a test is rolled back without it. No test may
    depend on which files ran before it: what it finds by name, or counts, would be others'.
    """
    yield
    if str(settings.DATABASES["default"]["NAME"]).startswith("test_"):
        connections.close_all()
        _empty_every_table()


def _empty_every_table() -> None:
    connection = psycopg2.connect(_superuser_url(settings.DATABASES["default"]["NAME"]))
    with connection, connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' "
            "AND tablename NOT IN ('django_migrations', 'django_content_type')"
        )
        tables = [name for (name,) in cursor.fetchall()]
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in tables))
        # No trigger or reference is asked in this role, and emptying a hundred empty tables takes seconds.
        for (name,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {name}")
    connection.close()
