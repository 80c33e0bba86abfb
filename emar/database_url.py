"""Which database a URL names, in the words Django's settings use."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

APP_ROLE = "emar_app"


def connection(url: str, *, step_down: bool = False) -> dict[str, Any]:
    """Turn `postgresql://user:password@host:port/name?option=value` into one entry of DATABASES.

    With `step_down` the connection acts as the application's role from its first statement on.
    Raises ValueError for anything but PostgreSQL: row-level security, triggers and exclusion
    constraints carry promises of this product that no other database keeps.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ValueError(f"the database must be PostgreSQL, not {parts.scheme or 'an empty address'}")
    options = dict(parse_qsl(parts.query))
    if step_down:
        options["options"] = f"-c role={APP_ROLE}"
    options.setdefault("connect_timeout", "5")  # /readyz must answer while the database's machine is away
    host = options.pop("host", None) or parts.hostname or ""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
    }
