"""Whose rows this transaction may touch.

The database's policies read the scope (stock.row_security). It is set with SET LOCAL semantics: a
session-level setting would leak one home's rows to the next client of a pooled connection.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse

SETTINGS = {
    "home": "emar.home_id",
    "staff_member": "emar.staff_member_id",
    "council": "emar.council_id",
    "sign_in_name": "emar.sign_in_name",
    "device": "emar.device_id",
    "enrolment_code": "emar.enrolment_code",
}


def widen(*, using: str = "default", **scope: int | str | None) -> None:
    """Add to the scope of the transaction under way, for example once a session's home is known.

    Names are those of SETTINGS. Must be called inside a transaction; raises RuntimeError outside one,
    because PostgreSQL would silently forget the setting at once.
    """
    connection = connections[using]
    if not connection.in_atomic_block:
        raise RuntimeError("a scope belongs to a transaction: use emar.scope.scope()")
    calls = ", ".join("set_config(%s, %s, true)" for _ in scope)
    values: list[str] = []
    for name, value in scope.items():
        values += [SETTINGS[name], "" if value is None else str(value)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {calls}", values)


@contextmanager
def scope(*, using: str = "default", **names: int | str | None) -> Iterator[None]:
    """Run one transaction (or savepoint) that sees only the given home, staff member or council.

    `with scope(home=home.pk): …`. Names left out keep the outer scope's value inside a savepoint and
    are empty in a fresh transaction. The outer scope is restored when an inner one ends, also where the
    block widened its own.
    """
    connection = connections[using]
    outer = _current(using) if connection.in_atomic_block else None
    with transaction.atomic(using=using):
        if names:
            widen(using=using, **names)
        yield
        if outer is not None and not connection.needs_rollback:
            widen(using=using, **outer)


def _current(using: str) -> dict[str, str | None]:
    # A released savepoint keeps an inner SET LOCAL, so the outer values are put back by hand; a
    # rolled-back one restores them by itself.
    columns = ", ".join("current_setting(%s, true)" for _ in SETTINGS)
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT {columns}", list(SETTINGS.values()))
        row = cursor.fetchone()
    return dict(zip(SETTINGS, row, strict=True))


class ScopeMiddleware:
    """Runs each request of a signed-in desk user in one transaction scoped to that user and their home.

    The session names the staff member and the home they chose at sign-in; the row of the role itself is
    checked by the page (web.access). Requests without a session get no scope and therefore no rows.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        staff_member = request.session.get("_auth_user_id")
        if staff_member is None:
            return self.get_response(request)
        names = {"staff_member": staff_member, "home": request.session.get("home_id")}
        if council := request.session.get("council_id"):
            names["council"] = council
        with scope(**names):
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
            return response
