"""What the stock of a home is worth, and what was lost of it, with what has no price said."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from uuid_utils.compat import uuid7

from emar.operations.administrations import correct
from emar.queries.stock_value import Lost, StockValue, stock_value
from emar.scope import scope
from stock.operations import counts, disposal
from stock.operations.disposal import Leaving, Sending
from tests import factories as make
from tests.bedside import NINE, Bedside, make_bedside

pytestmark = pytest.mark.django_db
SINCE, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture
def bedside() -> Bedside:
    bedside = make_bedside()
    make.make_pack(medicine=bedside.medicine, price_pence=140, price_source="drug_tariff")
    return bedside


def value(bedside: Bedside) -> StockValue:
    with scope(home=bedside.home.pk):
        return stock_value(bedside.home.pk, SINCE, UNTIL)


def test_what_is_on_hand_is_worth_its_price_and_the_rest_is_counted(bedside: Bedside) -> None:
    bedside.another()
    found = value(bedside)
    assert (found.pence, found.without_price, len(found.lines)) == (140, 1, 2)
    assert found.lines[0].pence == 140
    assert found.lines[1].pence is None


def test_the_suppliers_price_of_the_last_pack_goes_before_the_tariff(bedside: Bedside) -> None:
    boxes = [make.make_pack(medicine=bedside.medicine, price_pence=pence) for pence in (56, 280)]
    for number, box in enumerate(boxes):
        make.make_stock_pack(line=bedside.line, by=bedside.senior, product=box, at=NINE + timedelta(hours=number))
    assert value(bedside).pence == 3 * 280


def test_a_line_below_nothing_is_worth_nothing(bedside: Bedside) -> None:
    bedside.record(bedside.dose(amount=Decimal(40)))
    assert value(bedside).lines == []


def test_what_was_lost_is_told_by_reason_and_by_month_and_given_doses_are_not(bedside: Bedside) -> None:
    bedside.record(bedside.dose(outcome="destroyed_or_dropped", amount=Decimal(2)), bedside.dose(due_at=None))
    before = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)
    with scope(home=bedside.home.pk):
        for when, reason, goes_to in ((before, "stopped", "pharmacy"), (NINE, "spoilt", "destroyed")):
            leaving = [Leaving(bedside.line.pk, Decimal(4), reason)]
            sending = Sending(uuid7(), goes_to, leaving, receiver="Quay", collected_by="Dee")
            disposal.send(home_id=bedside.home.pk, sending=sending, by=bedside.senior.pk, at=when)
    found = value(bedside)
    assert found.by_reason == {
        ("waste", "destroyed_or_dropped"): Lost(Decimal(10), 0, 1),
        ("waste", "spoilt"): Lost(Decimal(20), 0, 1),
        ("returned", "stopped"): Lost(Decimal(20), 0, 1),
    }
    # Half past eleven in winter is still October in the home.
    assert {month: lost.pence for month, lost in found.by_month.items()} == {
        date(2026, 10, 1): 20,
        date(2026, 11, 1): 30,
    }
    assert found.lost == Lost(Decimal(50), 0, 1)


def test_what_was_put_right_since_is_taken_off_again(bedside: Bedside) -> None:
    bedside.record(bedside.dose(outcome="destroyed_or_dropped", amount=Decimal(2)))
    with scope(home=bedside.home.pk):
        correct(
            correction_id=uuid7(), administration=bedside.administrations()[0], replacement=None, reason="Not dropped",
            by=bedside.senior.pk, at=NINE,
        )  # fmt: skip
    found = value(bedside)
    assert found.lost == Lost(Decimal(0), 0, 0)
    assert {reason: lost.pence for (_, reason), lost in found.by_reason.items()} == {
        "destroyed_or_dropped": 10, "corrected": -10,
    }  # fmt: skip


def test_what_a_count_did_not_find_is_a_loss_and_what_turns_up_is_not(bedside: Bedside) -> None:
    for counted in (20, 24):
        found = make.make_discrepancy(line=bedside.line, by=bedside.senior, counted=Decimal(counted))
        with scope(home=bedside.home.pk):
            searched = counts.Signature("unexplained", "Searched")
            counts.sign(discrepancy=found, signature=searched, by=bedside.senior.pk, at=NINE)
    assert value(bedside).by_reason == {("unexplained", "count_signed"): Lost(Decimal(20), 0, 1)}


def test_another_homes_stock_is_not_seen(bedside: Bedside) -> None:
    stranger = make_bedside(medicine=bedside.medicine)
    assert value(stranger).pence == 140
    assert len(value(stranger).lines) == 1


def test_it_takes_a_constant_number_of_statements(bedside: Bedside) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            value(bedside)
        return len(asked)

    few = statements()
    for _ in range(5):
        other = bedside.another()
        other.record(other.dose(outcome="destroyed_or_dropped", amount=Decimal(1)))
    assert statements() == few
