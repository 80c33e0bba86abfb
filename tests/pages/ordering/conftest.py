"""A home that orders, at nine on the day its draft is there, and two people at their desks."""

import pytest
from django.test import Client
from django.utils import timezone
from uuid_utils.compat import uuid7

from tests.ordering.homes import NINE, OrderingHome, make_ordering_home
from tests.pages.conftest import SignIn


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> OrderingHome:
    monkeypatch.setattr(timezone, "now", lambda: NINE)
    return make_ordering_home(name=f"Larkfield House {uuid7().hex[-6:]}")


@pytest.fixture
def manager(home: OrderingHome, sign_in: SignIn) -> Client:
    return sign_in(home.manager, home=home.home)


@pytest.fixture
def senior(home: OrderingHome, sign_in: SignIn) -> Client:
    return sign_in(home.senior, home=home.home)
