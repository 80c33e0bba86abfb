"""A demo small enough for tests: one home, ten residents, two weeks, filled once for all tests of a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from emar.demo.council import HomePlan, Plan, UnitPlan
from emar.demo.filling import Filled, fill

#: Three in the morning, when a usual home has no round.
NOW = datetime(2026, 11, 18, 3, 10, tzinfo=UTC)
SMALL = Plan(
    (
        HomePlan(
            "Larkfield House",
            "larkfield",
            (UnitPlan("Oak", 2), UnitPlan("Willow", 12, is_practice=True)),
            carers=3,
            seniors=2,
        ),
    ),
    weeks=2,
)


@dataclass(frozen=True)
class Demo:
    """What was filled, and for which home."""

    filled: Filled
    home_id: int


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[Demo]:
    """Fill the small demo once for the file."""
    with django_db_blocker.unblock():
        filled = fill(at=NOW, plan=SMALL)
        yield Demo(filled, filled.homes[0].pk)
