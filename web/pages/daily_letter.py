"""Who gets the home's daily e-mail, and what it would say now."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from emar.queries.homes import HomeOfStaff
from emar.rules.wall_clock import local_day
from ordering import mail
from quality.operations import daily_letter as operations
from quality.queries import waiting as queries
from quality.rules.daily_letter import body
from web.access import MANAGERS, for_roles
from web.desk_form import ActForm, data_of, form_page, is_done


class ReaderForm(ActForm):
    """Another address."""

    email = forms.EmailField(
        label="E-mail address", error_messages={"invalid": "Enter an address such as manager@home.example"},
        help_text="The e-mail has numbers and no names, so any address of the home’s managers will do.",
    )  # fmt: skip


@for_roles(MANAGERS)
@require_http_methods(["GET", "POST"])
def readers_page(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Show who gets it and what it would say now, and put another address on the list."""
    now = timezone.now()
    form = ReaderForm(**data_of(request))

    def act(said: dict[str, Any]) -> None:
        operations.add_reader(
            reader_id=said["id"], home_id=here.home_id, email=said["email"], by=request.user.pk, at=now
        )

    if is_done(request, form, act, {operations.ReaderKnown: "email"}):
        messages.success(request, "On the list, from tomorrow morning on.")
        return redirect("web:daily_letter")
    found = queries.waiting(here.home_id, now)
    return form_page(
        request, form, heading="Daily e-mail", button="Add this address", back=reverse("web:policy"),
        template="policy/daily_letter.html", readers=queries.readers(here.home_id), is_set_up=mail.is_set_up(),
        sample=body(here.home_name, local_day(now), found) if found else "",
    )  # fmt: skip


@for_roles(MANAGERS)
@require_POST
def end_reader(request: HttpRequest, here: HomeOfStaff, reader_id: UUID) -> HttpResponse:
    """Take an address off the list."""
    reader = next((each for each in queries.readers(here.home_id) if each.pk == reader_id), None)
    if reader is None:
        raise Http404("this address is not on the list")
    operations.end_reader(reader=reader, by=request.user.pk, at=timezone.now())
    messages.success(request, f"{reader.email} gets it no longer.")
    return redirect("web:daily_letter")
