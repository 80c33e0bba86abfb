"""What tests of desk pages share: a person signed in without a browser, and a clock that stands still."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from emar.models import CareHome, Council, StaffMember
from emar.scope import scope
from tests.factories import NOW

SignIn = Callable[..., Client]


def signed_in(person: StaffMember, *, home: CareHome | None = None, council: Council | None = None) -> Client:
    """Return a client whose session is that of a person at work in a home or a council, past its second factor."""
    client = Client()
    with scope(staff_member=person.pk):
        client.force_login(person, backend="emar.sign_in.PasswordBackend")
    session = client.session
    session["has_second_factor"] = True
    if home is not None:
        session["home_id"] = home.pk
    if council is not None:
        session["council_id"] = council.pk
    session.save()
    return client


@pytest.fixture
def sign_in(db: None) -> SignIn:
    """Give a test the way to sign a person in."""
    return signed_in


@pytest.fixture
def at_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pages be opened at the factories' NOW, a Wednesday at nine in the morning."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)
