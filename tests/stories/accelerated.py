"""A server whose clock the story sets: weeks go by in a minute, and every page, job and e-mail believes them.

It runs in threads of the test itself, because a clock cannot be set in another process.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from unittest.mock import patch

from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.utils import timezone


class Clock:
    """What time it is, for everything in this process that asks Django."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Return the time that the story has set."""
        return self.now


class _Quiet(WSGIRequestHandler):
    """Answers requests without writing each to the terminal."""

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing."""


@contextmanager
def served(clock: Clock) -> Iterator[str]:
    """Serve the application in threads of this process, by the clock given; give its address."""
    with patch.object(timezone, "now", clock):
        server = ThreadedWSGIServer(("127.0.0.1", 0), _Quiet, connections_override=None)
        server.daemon_threads = True
        server.set_app(get_wsgi_application())
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://localhost:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join(10)
            connections.close_all()
