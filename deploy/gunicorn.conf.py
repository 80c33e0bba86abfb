"""How the server around the application runs: gunicorn reads this file, in the demo and in production alike.

Threads, not async: one dose is a short transaction, and synchronous threads answered five to ten times as many
of them here. Each thread keeps one connection to the database, so workers × threads stays under its limit.
"""

import gc
import os
from pathlib import Path
from typing import Any

from emar import logging as emar_logging

bind = os.environ.get("BIND") or f"127.0.0.1:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WORKERS") or min(os.cpu_count() or 1, 8))
threads = int(os.environ.get("THREADS") or 8)
keepalive = 15
timeout = 60
graceful_timeout = 20

# A worker proves that it is alive by touching a file; on a slow disk that itself takes too long.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - gunicorn's own choice of name

# A request is logged by emar.logging, by its route; gunicorn's own line would hold the path and the query.
accesslog = None
logconfig_dict = emar_logging.configuration(os.environ.get("LOG_LEVEL", "WARNING"))


def post_worker_init(worker: Any) -> None:
    """Leave what was loaded once out of every later search for garbage: a page's objects set one off several times."""
    gc.collect()
    gc.freeze()
