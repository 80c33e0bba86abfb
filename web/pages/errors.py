"""What a person is told when a page cannot be shown: what happened, that nothing was lost, what to do."""

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

ROLE_WORDS = {
    "carer": "carers",
    "senior": "senior carers",
    "nurse": "nurses",
    "manager": "the manager",
    "inspector": "inspectors",
    "council": "the council’s quality team",
    "pharmacy": "pharmacies that supply a home",
}


def forbidden(request: HttpRequest, roles: Iterable[str] = ()) -> HttpResponse:
    """Answer 403 and say whom the page is for."""
    words = [word for role, word in ROLE_WORDS.items() if role in set(roles)]
    whom = ", ".join(words[:-1]) + (" and " if words[:-1] else "") + words[-1] if words else ""
    return render(request, "errors/forbidden.html", {"whom": whom}, status=403)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403 where Django refused a request."""
    return forbidden(request)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 400: the request made no sense to us."""
    return render(request, "errors/bad_request.html", status=400)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404, in the same words whether a thing never was or belongs to another home."""
    return render(request, "errors/not_found.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 without asking the database anything: it may be what failed."""
    return render(request, "errors/server_error.html", status=500)


def stale_page(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 to a form of a page that was opened before the last sign-in or sign-out."""
    return render(request, "errors/stale_page.html", {"path": request.path}, status=403)
