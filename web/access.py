"""Who may open which page.

The database shows a signed-in person the rows of one home and no other. What this file adds is the role: it
is read on every request, so that a role that ended a minute ago opens nothing, and every view says which
roles it is for; a view that says nothing does not work (tests/conventions). A role that needs a second factor opens
nothing without one either, also for somebody who was given that role after they signed in.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.http import urlencode

from emar.queries import homes, second_factor
from ordering.queries import supplied
from web.pages.errors import forbidden

CARER, SENIOR, NURSE, MANAGER, INSPECTOR = "carer", "senior", "nurse", "manager", "inspector"
#: Everybody who may read the record of the home they work in or inspect (trust.md, Who sees what).
READERS = frozenset({CARER, SENIOR, NURSE, MANAGER, INSPECTOR})
#: Everybody who works in the home: an inspector only reads.
WORKING = READERS - {INSPECTOR}
SENIORS = frozenset({SENIOR, NURSE, MANAGER})
MANAGERS = frozenset({MANAGER})

PUBLIC, SIGNED_IN, COUNCIL, PHARMACY = "public", "signed in", "council", "pharmacy"
#: In the session of somebody who showed, beside their password, the code of their phone.
HAS_SECOND_FACTOR = "has_second_factor"
View = Callable[..., HttpResponse]


def for_everybody(view: View) -> View:
    """Mark a page that shows nothing of anybody: the sign-in page."""
    return _marked(view, PUBLIC)


def for_signed_in(view: View) -> View:
    """Let only a signed-in person open a page that belongs to no home yet."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return to_sign_in(request)
        return _kept_private(view(request, *args, **kwargs))

    return _marked(guarded, SIGNED_IN)


def for_roles(roles: frozenset[str]) -> Callable[[View], View]:
    """Let only people with one of these roles, in the home they chose, open a page.

    The view is called with that home and role (emar.queries.homes.HomeOfStaff) after the request. Everybody
    else is told in plain words whom the page is for.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return to_sign_in(request)
            home_id = request.session.get("home_id")
            if home_id is None:
                if "is_pharmacy" in request.session:
                    return redirect("web:supplied")
                return redirect("web:council" if "council_id" in request.session else "web:choose_home")
            here = homes.role_in(home_id, request.user.pk, timezone.now())
            if here is None:
                del request.session["home_id"]
                return redirect("web:choose_home")
            if _lacks_second_factor(request, here.role):
                return to_second_step(request)
            request.here = here
            if here.role not in roles:
                return forbidden(request, roles=roles)
            return _kept_private(view(request, here, *args, **kwargs))

        return _marked(guarded, roles)

    return decorate


def for_council(view: View) -> View:
    """Let only people of a council's quality team open a page; it is called with the council's id and name."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return to_sign_in(request)
        council = homes.council_of(request.user.pk, timezone.now())
        if council is None or council[0] != request.session.get("council_id"):
            request.session.pop("council_id", None)
            return forbidden(request, roles=frozenset({COUNCIL}))
        if _lacks_second_factor(request, COUNCIL):
            return to_second_step(request)
        request.council_name = council[1]
        return _kept_private(view(request, council, *args, **kwargs))

    return _marked(guarded, COUNCIL)


def for_pharmacy(view: View) -> View:
    """Let only people of a pharmacy that supplies a home open a page, in the scope of themselves and of no home."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return to_sign_in(request)
        # Whoever also works in a home sees one of the two at a time.
        if not request.session.get("is_pharmacy") or not supplied.is_partner(request.user.pk):
            request.session.pop("is_pharmacy", None)
            return forbidden(request, roles=frozenset({PHARMACY}))
        if _lacks_second_factor(request, PHARMACY):
            return to_second_step(request)
        request.is_pharmacy = True
        return _kept_private(view(request, *args, **kwargs))

    return _marked(guarded, PHARMACY)


def to_sign_in(request: HttpRequest) -> HttpResponseRedirect:
    """Send somebody who is not signed in to the sign-in page, and back afterwards."""
    return HttpResponseRedirect(f"/sign-in/{_and_back(request)}")


def to_second_step(request: HttpRequest) -> HttpResponseRedirect:
    """Send somebody who has only typed a password to where the code of their phone is asked for, and back."""
    return HttpResponseRedirect(f"/sign-in/code/{_and_back(request)}")


def _and_back(request: HttpRequest) -> str:
    came_for = request.get_full_path() if request.method == "GET" else ""
    return "?" + urlencode({"next": came_for}) if came_for not in ("", "/") else ""


def _lacks_second_factor(request: HttpRequest, role: str) -> bool:
    return second_factor.is_needed_as(role) and not request.session.get(HAS_SECOND_FACTOR)


def _marked(view: View, access: object) -> View:
    view.access = access
    return view


def _kept_private(response: HttpResponse) -> HttpResponse:
    # Pages about people must not stay in the browser of a shared computer after sign-out.
    if not response.has_header("Cache-Control"):
        add_never_cache_headers(response)
        response["Cache-Control"] = "no-store, private"
    return response
