"""Controlled drugs given without what the home's rules ask: what a manager must look at, and what they found."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from uuid_utils.compat import uuid7

from emar.operations import register as operations
from emar.operations import reviews
from emar.queries import register
from emar.queries.homes import HomeOfStaff
from web.access import MANAGERS, for_roles
from web.desk_form import sent_id


@for_roles(MANAGERS)
@require_GET
def exceptions_page(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Show the controlled drugs that wait for a manager's look, and those looked at lately."""
    return _page(request, here)


@for_roles(MANAGERS)
@require_POST
def review_exception(request: HttpRequest, here: HomeOfStaff, exception_id: UUID) -> HttpResponse:
    """Write down what the manager found."""
    record = register.exception(here.home_id, exception_id)
    if record is None:
        raise Http404("no such exception in this home")
    words = request.POST.get("words", "")
    try:
        operations.review(
            review_id=sent_id(request, "review_id"), administration=record, words=words, by=request.user.pk,
            at=timezone.now(),
        )  # fmt: skip
    except reviews.WordsMissing:
        return _page(request, here, wrong=exception_id)
    except reviews.AlreadyReviewed:
        messages.success(request, "Another manager looked at it before: their words stand below.")
        return redirect("web:cd_exceptions")
    messages.success(request, "Written down.")
    return redirect("web:cd_exceptions")


def _page(request: HttpRequest, here: HomeOfStaff, *, wrong: UUID | None = None) -> HttpResponse:
    return render(
        request,
        "register/exceptions.html",
        {
            "waiting": register.exceptions(here.home_id),
            "reviewed": register.reviewed(here.home_id),
            "wrong": wrong,
            "new_id": lambda: str(uuid7()),
        },
    )
