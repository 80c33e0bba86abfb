"""What one unit costs, and what a quantity of it is worth."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emar.rules.prices import PricedPack, UnitPrice, unit_price, worth

DAY = date(2026, 11, 1)


def pack(pence: int | None, quantity: str = "28", unit: str = "tablet", source: str = "nhs_indicative") -> PricedPack:
    return PricedPack(pence, Decimal(quantity), unit, source, DAY)


def test_the_pack_that_was_supplied_says_what_one_costs() -> None:
    found = unit_price(pack(140), [pack(28, source="drug_tariff")], "Tablet")
    assert found == UnitPrice(Decimal(5), "Tablet", "nhs_indicative", DAY)


@pytest.mark.parametrize("supplied", [None, pack(None), pack(0), pack(140, unit="g"), pack(140, quantity="0")])
def test_else_the_cheapest_generic_pack_does(supplied: PricedPack | None) -> None:
    generics = [pack(60), pack(56, source="drug_tariff"), pack(1, unit="g"), pack(None)]
    found = unit_price(supplied, generics, "tablet")
    assert found == UnitPrice(Decimal(2), "tablet", "drug_tariff", DAY)


def test_a_bottle_is_never_priced_as_millilitres() -> None:
    assert unit_price(pack(250, "1", "bottle"), [pack(500, "200", "dose")], "ml") is None


def test_pence_are_whole_and_halves_go_up() -> None:
    third = UnitPrice(Decimal(100) / 3, "tablet", "", None)
    assert worth(Decimal(3), third) == 100
    assert worth(Decimal("0.5"), UnitPrice(Decimal(1), "ml", "", None)) == 1


@given(
    pence=st.integers(1, 10**6),
    quantity=st.decimals("0.01", "1000", places=2),
    packs=st.integers(1, 400),
)
def test_whole_packs_are_worth_their_price(pence: int, quantity: Decimal, packs: int) -> None:
    price = unit_price(PricedPack(pence, quantity, "tablet", "", DAY), [], "tablet")
    assert price is not None
    assert worth(quantity * packs, price) == pence * packs
