"""Does what runs by itself leave a home alone in which nothing is to be done?

Whoever takes a home's lock counts as a writer, and makes every device of the home fetch its snapshot again. Work that
runs every few minutes in every home must look before it locks.
"""

from datetime import datetime

import pytest

from emar.jobs import WORK, Asked
from emar.scope import scope
from stock.models import LedgerHead
from tests.bedside import NINE
from tests.ordering.homes import DAY, make_ordering_home
from tests.ordering.homes import NINE as ON_DRAFT_DAY
from tests.populated import populate

PERIODIC = sorted(kind for kind, work in WORK.items() if work.is_periodic)


def test_there_is_periodic_work() -> None:
    assert len(PERIODIC) >= 8


@pytest.mark.django_db
@pytest.mark.parametrize("kind", PERIODIC)
def test_work_that_was_just_done_makes_no_device_fetch_anything(kind: str, settings: pytest.FixtureRequest) -> None:
    settings.SMTP_HOST, settings.ORDER_SENDER = "127.0.0.1", "orders@emar.example"  # type: ignore[attr-defined]
    once, twice = _versions(kind, populate().home.pk, NINE)
    assert twice == once


@pytest.mark.django_db
@pytest.mark.parametrize("kind", PERIODIC)
def test_a_home_that_waits_for_its_order_is_left_alone_too(kind: str) -> None:
    home = make_ordering_home()
    home.agree()
    for number, resident in enumerate(home.residents):
        home.prescribe(resident, f"Medicine {number}", held=3)
    home.sent()
    # A week on, nothing has come of what was ordered: there is something to chase, and something runs out.
    once, twice = _versions(kind, home.pk, ON_DRAFT_DAY + 7 * DAY)
    assert twice == once


def _versions(kind: str, home_id: int, at: datetime) -> tuple[int, int]:
    """Return how often the home was locked when the work was done once, and when it was done again."""
    asked = Asked(home_id, kind, "", {}, 1, at)
    WORK[kind].do(asked)
    once = _version(home_id)
    WORK[kind].do(asked)
    return once, _version(home_id)


def _version(home_id: int) -> int:
    with scope(home=home_id):
        return LedgerHead.objects.get(home_id=home_id).version
