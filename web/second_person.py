"""How does a second person say at the desk that they were there: with their own name and password, not with a tick.

A witness is signed in for themselves while somebody else's session is open; nothing of that session changes. Wrong
passwords count as they do at sign-in. (trust.md, ledger invariant 6)
"""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import auth
from django.http import HttpRequest

from emar.queries import competencies
from web.desk_form import DeskForm

WRONG = "The name or the password of the second person is not right. They type both themselves."


class SecondPersonFields(DeskForm):
    """The two fields that the second person fills in themselves; both empty where nobody was there."""

    witness_name = forms.CharField(
        label="Second person: username", required=False, max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )  # fmt: skip
    witness_password = forms.CharField(
        label="Second person: password", required=False, max_length=200, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Typed by the second person. Always needed for controlled drugs.",
    )  # fmt: skip
    witness_id: int | None = None

    def show_who(self, request: HttpRequest, home_id: int, now: datetime) -> None:
        """Find out who the second person is; tell it at the fields when it is nobody who may be. Call once bound."""
        if not self.is_bound or not self.is_valid():
            return
        said: dict[str, Any] = self.cleaned_data
        name, password = said.pop("witness_name", ""), said.pop("witness_password", "")
        if not name and not password:
            return
        person = auth.authenticate(request, username=name, password=password)
        if person is None:
            self.add_error("witness_password", WRONG)
        elif person.pk == request.user.pk:
            self.add_error("witness_name", "The second person is somebody else than you.")
        elif (here := competencies.staff_line(home_id, person.pk, now)) is None or here.role.role == "inspector":
            self.add_error("witness_name", "The second person has to work in this home.")
        else:
            self.witness_id = person.pk
