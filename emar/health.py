"""Is this process alive, and is everything there that it needs?

`/healthz` answers as soon as the process can answer at all. `/readyz` asks the database and every part that
registered a check; a part that is only useful (the second barcode reader) is named when missing and does not
make the answer "not ready". `manage.py doctor` prints the same checks for a person. Upper layers register
theirs here, so that the arrows keep pointing down.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse

Ask = Callable[[], str | None]


@dataclass(frozen=True)
class Check:
    """One thing to ask: `ask` answers None when all is well, or a line that says what is wrong."""

    name: str
    ask: Ask
    is_required: bool


@dataclass(frozen=True)
class Answer:
    """What a check said."""

    name: str
    is_required: bool
    problem: str | None


CHECKS: dict[str, Check] = {}


def check(name: str, *, is_required: bool) -> Callable[[Ask], Ask]:
    """Register a function as one of the checks, under a name that operators read."""

    def register(ask: Ask) -> Ask:
        CHECKS[name] = Check(name, ask, is_required)
        return ask

    return register


def ask_all() -> list[Answer]:
    """Ask every check, in the order they were registered."""
    return [Answer(each.name, each.is_required, each.ask()) for each in CHECKS.values()]


@check("database", is_required=True)
def database() -> str | None:
    """Whether the database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as wrong:
        # The words of the error name hosts and roles; the kind is enough for whoever may ask.
        return f"the database does not answer ({type(wrong).__name__})"
    return None


@check("migrations", is_required=True)
def migrations() -> str | None:
    """Whether the tables are those that this version of the program needs."""
    try:
        applied = set(MigrationRecorder(connection).applied_migrations())
    except DatabaseError:
        return "cannot be asked while the database does not answer"
    missing = _known_migrations() - applied
    return f"{len(missing)} to run: manage.py migrate" if missing else None


def _known_migrations() -> set[tuple[str, str]]:
    # Reading them from disk takes a tenth of a second and they cannot change while the process lives.
    if not _KNOWN:
        _KNOWN.update(MigrationLoader(None).disk_migrations)
    return _KNOWN


_KNOWN: set[tuple[str, str]] = set()


class HealthMiddleware:
    """Answers `/healthz` and `/readyz` before anything else looks at the request.

    A load balancer asks by address, not by one of ALLOWED_HOSTS, over plain HTTP and with no session; as
    ordinary pages they would be refused, redirected or scoped.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == "/healthz":
            return HttpResponse("ok\n", content_type="text/plain")
        if request.path_info == "/readyz":
            return _readiness()
        return self.get_response(request)


def _readiness() -> JsonResponse:
    answers = ask_all()
    is_ready = not any(answer.problem and answer.is_required for answer in answers)
    words = {answer.name: answer.problem or "ok" for answer in answers}
    response = JsonResponse({"ready": is_ready, "checks": words}, status=200 if is_ready else 503)
    response["Cache-Control"] = "no-store"
    return response
