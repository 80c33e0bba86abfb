"""Signing in at the desk, choosing the home to work in, signing out.

Where a second factor is asked for, a right password signs nobody in yet: who typed it is kept for ten minutes while
web.pages.second_factor asks for the code, and only `finish` signs in.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.contrib import auth
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from emar.queries import homes, second_factor
from emar.scope import scope
from emar.sign_in import BACKEND, PasswordBackend
from ordering.queries import supplied
from web.access import HAS_SECOND_FACTOR, for_everybody, for_signed_in
from web.forms import SignInForm

#: Where somebody works now, in their session: one of these.
PLACES = {"home_id", "council_id", "is_pharmacy"}
SECOND_STEP, SECOND_STEP_HOLDS = "second_step", timedelta(minutes=10)


@for_everybody
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the form, or sign a person in by username and password and send them to where they work."""
    form = SignInForm(request.POST or None)
    came_for = request.POST.get("next") or request.GET.get("next", "")
    if request.method == "POST" and form.is_valid():
        person = auth.authenticate(request, **form.cleaned_data)
        if person is not None:
            if second_factor.of(person.pk, timezone.now()).is_asked:
                _keep_for_second_step(request, person.pk, came_for)
                return redirect("web:sign_in_code")
            return redirect(_sign_in(request, person, came_for))
        if getattr(request, "axes_locked_out", False):
            return too_many_tries(request)
        form.add_error(None, "The username or the password is not right. Check both and try again.")
    status = 401 if form.is_bound and form.non_field_errors() else 200
    return render(request, "sign_in/sign_in.html", {"form": form, "next": came_for}, status=status)


@dataclass(frozen=True, slots=True)
class SecondStep:
    """Whose code is asked for now, and which page they came for."""

    staff_member_id: int
    came_for: str


def second_step(request: HttpRequest) -> SecondStep | None:
    """Say who typed a right password within the last ten minutes or is signed in by one alone; None if nobody."""
    kept = request.session.get(SECOND_STEP)
    if kept is not None and kept["until"] > timezone.now().timestamp():
        return SecondStep(kept["staff_member"], kept["next"])
    if request.user.is_authenticated and not request.session.get(HAS_SECOND_FACTOR):
        return SecondStep(request.user.pk, request.POST.get("next") or request.GET.get("next", ""))
    return None


def finish(request: HttpRequest, step: SecondStep) -> str | None:
    """Sign in the person whose code was right, and return the page to go to; None if their account has ended."""
    person = PasswordBackend().get_user(step.staff_member_id)
    if person is None:
        return None
    onward = _sign_in(request, person, step.came_for)
    request.session.pop(SECOND_STEP, None)
    request.session[HAS_SECOND_FACTOR] = True
    return onward


def too_many_tries(request: HttpRequest, *_: object, **__: object) -> HttpResponse:
    """Say that sign-in is closed for a while after too many wrong passwords."""
    return render(request, "sign_in/too_many_tries.html", status=429)


@for_signed_in
@require_http_methods(["GET", "POST"])
def choose_home(request: HttpRequest) -> HttpResponse:
    """Let a person who works in several places choose where they work now."""
    now = timezone.now()
    mine, council = homes.homes_of(request.user.pk, now), homes.council_of(request.user.pk, now)
    with scope(staff_member=request.user.pk, home=None):
        supplies = supplied.homes(request.user.pk)
    if request.method == "POST":
        chosen = request.POST.get("place", "")
        if supplies and chosen == "pharmacy":
            _work_at(request, is_pharmacy=True)
            return redirect("web:supplied")
        if council is not None and chosen == f"council-{council[0]}":
            _work_at(request, council_id=council[0])
            return redirect("web:council")
        for home in mine:
            if chosen == f"home-{home.home_id}":
                _work_at(request, home_id=home.home_id)
                return redirect(_safe(request, request.POST.get("next", "")))
    return render(
        request,
        "sign_in/choose_home.html",
        {
            "homes": mine,
            "council": council,
            "supplies": supplies,
            "nothing_chosen": request.method == "POST",
            "next": request.POST.get("next") or request.GET.get("next", ""),
        },
    )


@for_everybody
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out and forget everything the session held."""
    auth.logout(request)
    return redirect("web:signed_out")


@for_everybody
@require_GET
def signed_out(request: HttpRequest) -> HttpResponse:
    """Say that nobody is signed in on this computer any more."""
    return render(request, "sign_in/signed_out.html")


def _keep_for_second_step(request: HttpRequest, staff_member_id: int, came_for: str) -> None:
    # Nothing of whoever sat here before, nor the session's key, outlives a password.
    request.session.flush()
    until = timezone.now() + SECOND_STEP_HOLDS
    request.session[SECOND_STEP] = {"staff_member": staff_member_id, "next": came_for, "until": until.timestamp()}


def _sign_in(request: HttpRequest, person: AbstractBaseUser, came_for: str) -> str:
    # The row of the person's last sign-in is theirs: their own scope, whoever sat here before.
    with scope(staff_member=person.pk):
        auth.login(request, person, backend=BACKEND)
        if not PLACES & set(request.session.keys()):
            _choose_the_only_place(request)
    return _safe(request, came_for)


def _choose_the_only_place(request: HttpRequest) -> None:
    now = timezone.now()
    mine, council = homes.homes_of(request.user.pk, now), homes.council_of(request.user.pk, now)
    is_pharmacy = supplied.is_partner(request.user.pk)
    places = len(mine) + (council is not None) + is_pharmacy
    request.session["has_choice"] = places > 1
    if places != 1:
        return
    if mine:
        _work_at(request, home_id=mine[0].home_id)
    elif council is not None:
        _work_at(request, council_id=council[0])
    else:
        _work_at(request, is_pharmacy=True)


def _work_at(
    request: HttpRequest, *, home_id: int | None = None, council_id: int | None = None, is_pharmacy: bool | None = None
) -> None:
    """Keep the chosen place: a home, a council or a pharmacy, never two, so that no request sees the rows of two."""
    for name, value in {"home_id": home_id, "council_id": council_id, "is_pharmacy": is_pharmacy}.items():
        if value is None:
            request.session.pop(name, None)
        else:
            request.session[name] = value


def _safe(request: HttpRequest, came_for: str) -> str:
    """Return the page of ours that the person came for, or their start page."""
    if came_for and url_has_allowed_host_and_scheme(
        came_for, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        if PLACES & set(request.session.keys()):
            return came_for
        return f"{reverse('web:choose_home')}?{urlencode({'next': came_for})}"
    return reverse("web:today")
