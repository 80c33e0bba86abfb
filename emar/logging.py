"""What does the log say, and how is it kept free of personal data?

One JSON object a line. Personal data stays out by construction, not by searching for it: of every record
only what is named here is kept. A message of another library keeps its constant template and loses the values put
into it; an exception keeps its type and the lines of code it went through and loses its words, which may quote
a row. A request is logged by its route ("residents/<int:resident>/mar"), never by its path, query or body.
"""

import logging
import re
import time
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import structlog
from django.http import HttpRequest, HttpResponse

# Names of facts that our own log lines may carry: numbers, ids and words that we chose, never a person's.
KEPT_FACTS = frozenset(
    {"request", "method", "route", "status", "ms", "home", "kind", "count", "step", "seconds", "check", "job"}
)
OUR_LOGGERS = ("emar", "stock", "ordering", "quality", "mobile_api", "web")
LONGEST_FACT = 120


def configuration(level: str) -> dict[str, Any]:
    """Answer Django's LOGGING: everything to standard error, through the one formatter of this module."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"safe": {"()": "emar.logging.SafeFormatter"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "safe"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django's own console handler prints paths and messages as they are.
            "django": {"handlers": [], "propagate": True, "level": level},
            # These repeat as a sentence what the request's own line says.
            "django.server": {"handlers": [], "propagate": True, "level": "ERROR"},
            "django.request": {"handlers": [], "propagate": True, "level": "ERROR"},
            "gunicorn.error": {"handlers": [], "propagate": True, "level": level},
        },
    }


def configure_structlog() -> None:
    """Send what our own code logs through the standard library, and so through the same formatter."""
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, structlog.stdlib.render_to_log_kwargs],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


class SafeFormatter(logging.Formatter):
    """Writes a record as one line of JSON with nothing in it but what may be kept."""

    def format(self, record: logging.LogRecord) -> str:
        """Answer the line. Never raises: a record it cannot write is replaced by one that says so."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _template(record),
        }
        line |= _facts(structlog.contextvars.get_contextvars()) | _facts(record.__dict__)
        if isinstance(request := record.__dict__.get("request"), HttpRequest):
            line["route"] = _route(request)
        if record.exc_info and record.exc_info[0]:
            line["exception"] = _exception(*record.exc_info[:2])
        return _RENDER(None, "", line)


_RENDER: Callable[[Any, str, dict[str, Any]], Any] = structlog.processors.JSONRenderer()


def _template(record: logging.LogRecord) -> str:
    # With arguments the template is a constant of the library's source. Without any it may be a sentence that
    # was put together before, so a library's is replaced by where it was said; ours are constants by our rules.
    is_ours = record.name.partition(".")[0] in OUR_LOGGERS
    if is_ours and isinstance(record.msg, str):
        return record.msg
    if record.args and isinstance(record.msg, str) and _HAS_WORDS.search(record.msg):
        return record.msg
    return f"said at {record.module}:{record.lineno}"


# A template such as "%s: %s" says nothing without its values.
_HAS_WORDS = re.compile(r"(?<!%)(?<!%\()\b[a-zA-Z]{3,}")


def _facts(fields: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name in KEPT_FACTS & fields.keys():
        fact = fields[name]
        if isinstance(fact, str):
            kept[name] = fact[:LONGEST_FACT]
        elif fact is None or isinstance(fact, bool | int | float):
            kept[name] = fact
    return kept


def _exception(kind: type[BaseException], wrong: BaseException | None) -> dict[str, Any]:
    kept: dict[str, Any] = {"type": f"{kind.__module__}.{kind.__qualname__}"}
    if wrong is not None:
        frames = traceback.extract_tb(wrong.__traceback__)
        kept["through"] = [f"{Path(each.filename).name}:{each.lineno} {each.name}" for each in frames[-12:]]
        # What PostgreSQL refused is named by its code and its constraint; the message would quote the row.
        cause = getattr(wrong, "__cause__", None) or wrong
        diagnosis = getattr(cause, "diag", None)
        if diagnosis is not None and diagnosis.sqlstate:
            kept["sqlstate"] = diagnosis.sqlstate
            kept["constraint"] = diagnosis.constraint_name
    return kept


class RequestLogMiddleware:
    """Writes one line for each request, and gives it a number that the answer carries too.

    The number is what a person reads out when they report a problem; it leads to the lines of that request.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.log = structlog.get_logger("emar.request")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        number = uuid4().hex[:16]
        with structlog.contextvars.bound_contextvars(request=number):
            response = self.get_response(request)
            self.log.info(
                "request",
                method=request.method if request.method in _METHODS else "other",
                route=_route(request),
                status=response.status_code,
                ms=round((time.perf_counter() - started) * 1000, 1),
            )
        response["X-Request-Id"] = number
        return response


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _route(request: HttpRequest) -> str:
    match = request.resolver_match
    return match.route if match else "no such page"
