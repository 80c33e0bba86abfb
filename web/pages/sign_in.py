"""Signing in at the desk, choosing the home to work in, signing out."""

from django.contrib import auth
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from emar.queries import homes
from emar.scope import scope
from web.access import for_everybody, for_signed_in
from web.forms import SignInForm


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
            # The row of the person's last sign-in is theirs: their own scope, whoever sat here before.
            with scope(staff_member=person.pk):
                auth.login(request, person)
                _choose_the_only_place(request)
            return redirect(_safe(request, came_for))
        if getattr(request, "axes_locked_out", False):
            return too_many_tries(request)
        form.add_error(None, "The username or the password is not right. Check both and try again.")
    status = 401 if form.is_bound and form.non_field_errors() else 200
    return render(request, "sign_in/sign_in.html", {"form": form, "next": came_for}, status=status)


def too_many_tries(request: HttpRequest, *_: object, **__: object) -> HttpResponse:
    """Say that sign-in is closed for a while after too many wrong passwords."""
    return render(request, "sign_in/too_many_tries.html", status=429)


@for_signed_in
@require_http_methods(["GET", "POST"])
def choose_home(request: HttpRequest) -> HttpResponse:
    """Let a person who works in several places choose where they work now."""
    now = timezone.now()
    mine, council = homes.homes_of(request.user.pk, now), homes.council_of(request.user.pk, now)
    if request.method == "POST":
        chosen = request.POST.get("place", "")
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


def _choose_the_only_place(request: HttpRequest) -> None:
    now = timezone.now()
    mine, council = homes.homes_of(request.user.pk, now), homes.council_of(request.user.pk, now)
    request.session["has_choice"] = len(mine) + (council is not None) > 1
    if len(mine) == 1 and council is None:
        _work_at(request, home_id=mine[0].home_id)
    elif council is not None and not mine:
        _work_at(request, council_id=council[0])


def _work_at(request: HttpRequest, *, home_id: int | None = None, council_id: int | None = None) -> None:
    """Keep the chosen place: a home or a council, never both, so that no request sees the rows of two."""
    for name, value in {"home_id": home_id, "council_id": council_id}.items():
        if value is None:
            request.session.pop(name, None)
        else:
            request.session[name] = value


def _safe(request: HttpRequest, came_for: str) -> str:
    """Return the page of ours that the person came for, or their start page."""
    if came_for and url_has_allowed_host_and_scheme(
        came_for, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        if "home_id" in request.session or "council_id" in request.session:
            return came_for
        return f"{reverse('web:choose_home')}?{urlencode({'next': came_for})}"
    return reverse("web:today")
