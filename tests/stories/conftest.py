"""A real server and a real browser, for journeys through the product as people make them."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.stories.network import Network

# Playwright keeps an event loop in this thread, in which nothing of Django's runs.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
ROOT = Path(__file__).resolve().parents[2]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
# Chromium asks its maker's servers for this and that, and says so on every page, unless told not to.
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run", "--disable-quic",
]  # fmt: skip


def until(page: Page, is_there: Callable[[], object], seconds: float = 30) -> None:
    """Wait until something holds at the server, letting the page work on meanwhile; fail when it never does.

    What the server has is asked of the server: words on a screen may be about an earlier dose.
    """
    deadline = time.monotonic() + seconds
    while not is_there():
        assert time.monotonic() < deadline, f"it did not come about within {seconds} seconds"
        page.wait_for_timeout(100)


def browser_program() -> str:
    """Return where the browser is; skip with the reason where there is none."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("needs chromium (apt-get install chromium, or set CHROMIUM to its path)")
    return path


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start the browser once; skip with the reason where there is none."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_program(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def server(committed_db: None) -> Iterator[str]:
    """Serve this test's database as production would, and return the address."""
    if not (ROOT / "web" / "static" / "bedside" / "build.json").exists():
        pytest.skip("needs the built bedside app (make test builds it)")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    urls = {
        name: "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**settings.DATABASES[alias])
        for name, alias in (("DATABASE_URL", "default"), ("DATABASE_OWNER_URL", "owner"))
    }
    command = [
        sys.executable, "-m", "gunicorn", "emar.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads",
        "8", "--log-level", "error",
    ]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | urls)
    address = f"http://localhost:{port}"
    try:
        _wait_until_it_answers(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_until_it_answers(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=2)
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


@pytest.fixture
def network(server: str) -> Iterator[Network]:
    """The way between devices and the server, which a story can cut."""
    way = Network(int(server.rsplit(":", 1)[1]))
    yield way
    way.close()


@pytest.fixture
def tablet(chromium: Browser, network: Network) -> Iterator[Page]:
    """A phone with nothing on it yet, at the bedside app."""
    yield from _page(chromium, network.address, PHONE)


@pytest.fixture
def desk(chromium: Browser, server: str) -> Iterator[Page]:
    """A computer at the desk, not signed in."""
    yield from _page(chromium, server, DESK)


def _page(browser: Browser, server: str, size: dict[str, int]) -> Iterator[Page]:
    context: BrowserContext = browser.new_context(base_url=server, viewport=size, locale="en-GB")
    context.set_default_timeout(30_000)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    context.close()
    assert not problems, f"the page's own code failed: {problems}"
