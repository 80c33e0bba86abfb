"""A home, its tablet and a standing clock for every test of the device API."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.utils import timezone

from emar.rules import pins
from tests.bedside import NINE, Bedside, make_bedside
from tests.tablet import Tablet, enrol_tablet, give_pin


@pytest.fixture(autouse=True)
def _cheap_pins(monkeypatch: pytest.MonkeyPatch) -> None:
    # PIN keys are slow on purpose; how slow is the rules' own test.
    monkeypatch.setattr(pins, "ITERATIONS", 10)


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Set the server's clock."""

    def at(moment: datetime) -> None:
        monkeypatch.setattr(timezone, "now", lambda: moment)

    return at


@pytest.fixture(autouse=True)
def _nine_o_clock(set_clock: Callable[[datetime], None]) -> None:
    set_clock(NINE)


@pytest.fixture
def bedside(db: None) -> Bedside:
    """Return a home in its morning round."""
    return make_bedside()


@pytest.fixture
def tablet(bedside: Bedside) -> Tablet:
    """Return a device of the home on which the carer has signed in."""
    tablet = enrol_tablet(bedside)
    give_pin(bedside, bedside.carer)
    assert tablet.sign_in(bedside.carer).status_code == 200
    return tablet
