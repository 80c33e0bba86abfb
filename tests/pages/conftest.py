"""What tests of desk pages share: a signed-in browser without a browser, a real server and a real one."""

from collections.abc import Callable

import pytest
from django.test import Client

from emar.models import CareHome, StaffMember
from emar.scope import scope

SignIn = Callable[..., Client]


def signed_in(person: StaffMember, *, home: CareHome | None = None, council_id: int | None = None) -> Client:
    """Return a client whose session is that of a person at work in a home or a council."""
    client = Client()
    with scope(staff_member=person.pk):
        client.force_login(person, backend="emar.sign_in.PasswordBackend")
    session = client.session
    if home is not None:
        session["home_id"] = home.pk
    if council_id is not None:
        session["council_id"] = council_id
    session.save()
    return client


@pytest.fixture
def sign_in(db: None) -> SignIn:
    """Give a test the way to sign a person in."""
    return signed_in
