"""The second factor at the desk: setting it up, typing its code at sign-in, looking after it, resetting a colleague's.

Who is asked, and when, is web.pages.sign_in's and web.access's; what is right is emar.operations.second_factor's.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from emar.operations import second_factor as operations
from emar.queries import homes
from emar.queries import second_factor as queries
from emar.queries.homes import HomeOfStaff
from web.access import COUNCIL, HAS_SECOND_FACTOR, MANAGERS, for_everybody, for_roles, for_signed_in, to_second_step
from web.code_pictures import svg
from web.forms import PhoneCodeForm, RecoveryCodeForm
from web.pages.errors import forbidden
from web.pages.sign_in import finish, second_step

WRONG_DIGITS = (
    "That is not the code your phone shows now. Wait for the next one and enter it. "
    "If it stays wrong, set the phone’s clock to the right time by itself."
)
WRONG_RECOVERY_CODE = "That is not one of your recovery codes, or it was used before. Check it, or use the next one."


# At sign-in


@for_everybody
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def ask_code(request: HttpRequest) -> HttpResponse:
    """Ask for the six digits on the person's phone."""
    return _ask(request, PhoneCodeForm, operations.verify, WRONG_DIGITS, "sign_in/code.html")


@for_everybody
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def ask_recovery_code(request: HttpRequest) -> HttpResponse:
    """Ask for a recovery code of somebody who is without their phone."""
    return _ask(
        request, RecoveryCodeForm, operations.spend_recovery_code, WRONG_RECOVERY_CODE, "sign_in/recovery_code.html"
    )


@for_everybody
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    """Show the key to a phone, and once it shows the right code, sign in and show the recovery codes."""
    step, now = second_step(request), timezone.now()
    if step is None:
        return redirect("web:second_factor" if request.user.is_authenticated else "web:sign_in")
    state = queries.of(step.staff_member_id, now)
    if state.is_set_up:
        return redirect("web:sign_in_code")
    if not state.is_for_them:
        return forbidden(request, roles={*queries.ROLES, COUNCIL})
    form, codes = PhoneCodeForm(request.POST or None), []
    if request.method == "POST" and form.is_valid():
        _refused(
            form,
            lambda: codes.extend(operations.confirm(code=form.cleaned_data["code"], by=step.staff_member_id, at=now)),
            WRONG_DIGITS,
        )
    if codes:
        return _codes_page(request, codes, finish(request, step) or "/")
    try:
        key = operations.begin(by=step.staff_member_id)
    except operations.AlreadySetUp:  # a moment ago, in another window
        return redirect("web:sign_in_code")
    shown = {
        "qr": svg(key.address, "QRCode", title="QR code that gives the key to the app on your phone", module=5),
        "key": [key.letters[start : start + 4] for start in range(0, len(key.letters), 4)],
        "must": state.is_needed,
    }
    return _form_page(request, "sign_in/set_up.html", form, step.came_for, shown)


def _ask(
    request: HttpRequest, form_class: type[Form], accept: Callable[..., None], wrong: str, template: str
) -> HttpResponse:
    step, now = second_step(request), timezone.now()
    if step is None:
        return redirect("web:today" if request.user.is_authenticated else "web:sign_in")
    if not queries.of(step.staff_member_id, now).is_set_up:
        return redirect("web:set_up_second_factor")
    form = form_class(request.POST or None)
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["code"]
        if not _refused(form, lambda: accept(code=code, by=step.staff_member_id, at=now), wrong):
            return redirect(finish(request, step) or "web:sign_in")
    return _form_page(request, template, form, step.came_for, {})


def _refused(form: Form, act: Callable[[], None], wrong: str) -> bool:
    """Do what a code was typed for; where it is refused, say on the form why, and answer True."""
    try:
        act()
    except operations.TooSoon as wait:
        form.add_error(None, f"Too many wrong codes. Wait {_wait_words(wait.until, timezone.now())}, then try again.")
    except operations.WrongCode:
        form.add_error(None, wrong)
    return not form.is_valid()


def _wait_words(until: datetime, now: datetime) -> str:
    seconds = max(1, round((until - now).total_seconds()))
    for size, word in ((3600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= size:
            number = -(-seconds // size)
            return f"{number} {word}{'s' if number > 1 else ''}"
    return "a moment"


def _form_page(request: HttpRequest, template: str, form: Form, came_for: str, more: dict[str, Any]) -> HttpResponse:
    status = 401 if form.is_bound and form.non_field_errors() else 200
    return render(request, template, {"form": form, "next": came_for} | more, status=status)


# Looking after it


@for_signed_in
@require_GET
def second_factor_page(request: HttpRequest) -> HttpResponse:
    """Say how the person's own sign-in stands, and let a manager reset a colleague's."""
    now = timezone.now()
    state = queries.of(request.user.pk, now)
    if not state.is_for_them:
        return forbidden(request, roles={*queries.ROLES, COUNCIL})
    if state.is_asked and not request.session.get(HAS_SECOND_FACTOR):
        return to_second_step(request)
    here = homes.role_in(request.session.get("home_id") or 0, request.user.pk, now)
    colleagues = []
    if here is not None and here.role in MANAGERS:
        request.here = here
        colleagues = queries.colleagues(here.home_id, request.user.pk, now)
    request.has_second_factor_page = True
    return render(request, "second_factor/second_factor.html", {"state": state, "colleagues": colleagues})


@for_signed_in
@require_POST
def renew_codes(request: HttpRequest) -> HttpResponse:
    """Show ten new recovery codes, once."""
    if not _has_shown_a_code(request):
        return to_second_step(request)
    codes = operations.renew_recovery_codes(by=request.user.pk, at=timezone.now())
    return _codes_page(request, codes, "/second-factor/")


@for_signed_in
@require_POST
def another_phone(request: HttpRequest) -> HttpResponse:
    """Forget the person's own phone and go on to set up another."""
    if not _has_shown_a_code(request):
        return to_second_step(request)
    operations.reset(staff_member_id=request.user.pk, home_id=None, by=request.user.pk, at=timezone.now())
    del request.session[HAS_SECOND_FACTOR]
    return redirect("web:set_up_second_factor")


@for_roles(MANAGERS)
@require_POST
def reset(request: HttpRequest, here: HomeOfStaff, staff_member_id: int) -> HttpResponse:
    """Let a colleague who lost their phone set up another at their next sign-in."""
    now = timezone.now()
    colleague = queries.colleague(here.home_id, staff_member_id, now, not_me=request.user.pk)
    if colleague is None:
        raise Http404("nobody here whose second factor can be reset")
    operations.reset(staff_member_id=colleague.pk, home_id=here.home_id, by=request.user.pk, at=now)
    messages.success(request, f"{colleague.full_name} sets up a phone again at the next sign-in.")
    return redirect("web:second_factor")


def _has_shown_a_code(request: HttpRequest) -> bool:
    return bool(request.session.get(HAS_SECOND_FACTOR)) and queries.of(request.user.pk, timezone.now()).is_set_up


def _codes_page(request: HttpRequest, codes: list[str], onward: str) -> HttpResponse:
    response = render(
        request,
        "second_factor/recovery_codes.html",
        {"codes": codes, "onward": onward, "made_at": timezone.now()},
    )
    response["Cache-Control"] = "no-store, private"
    return response
