"""What leaves the cupboard for a dose by weight: named cases, and that nothing is lost between dose and cupboard."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emar.rules.taken import (
    MOST_PARTS,
    PartGiven,
    Strength,
    counted_out,
    differs,
    holds,
    movement_ids,
    part_id,
    parts_from_json,
    shares,
    wasted_id,
)
from stock.rules.balance import kept

ONE, THREE, FIVE = (Strength(f"warfarin {mg}mg", Decimal(mg), "tablet", mg) for mg in (1, 3, 5))
PACK = "00000000-0000-7000-8000-000000000001"
RECORD = UUID("00000000-0000-7000-8000-000000000002")


def tablets(amount: str, *strengths: Strength, **facts: Any) -> list[tuple[str, Decimal]]:
    return [(each.strength.medicine_id, each.count) for each in counted_out(Decimal(amount), strengths, **facts)]


@pytest.mark.parametrize(
    ("amount", "unit", "per", "wanted", "expected"),
    [
        ("3", "mg", None, "mg", "3"),
        ("10", "mg", "5", "mg", "2"),
        ("100", "microgram", None, "mg", "0.1"),
        ("1", "g", None, "mg", "1000"),
        ("62.5", "microgram", None, "microgram", "62.5"),
        ("100", "unit", "1", "unit", "100"),
        ("100", "unit", "1", "mg", None),
        ("5", "mg", None, "ml", None),
    ],
)
def test_how_much_of_a_unit_one_of_a_product_holds(
    amount: str, unit: str, per: str | None, wanted: str, expected: str | None
) -> None:
    found = holds(Decimal(amount), unit, None if per is None else Decimal(per), wanted)
    assert found == (None if expected is None else Decimal(expected))


def test_four_milligrams_are_a_three_and_a_one() -> None:
    assert tablets("4", ONE, THREE, FIVE) == [("warfarin 3mg", 1), ("warfarin 1mg", 1)]


def test_what_somebody_says_they_took_decides() -> None:
    said = [PartGiven(Decimal(1), Decimal(4), PACK)]
    assert tablets("4", ONE, THREE, said=said) == [("warfarin 1mg", 4)]


def test_a_strength_that_nobody_knows_leaves_the_usual_tablets() -> None:
    said = [PartGiven(Decimal(3), Decimal(1)), PartGiven(Decimal("0.5"), Decimal(2))]
    assert tablets("4", ONE, THREE, said=said) == [("warfarin 3mg", 1), ("warfarin 1mg", 1)]


def test_one_pack_alone_was_all_of_it() -> None:
    assert tablets("3", ONE, THREE, pack_id=PACK, pack_medicine_id="warfarin 1mg") == [("warfarin 1mg", 3)]


def test_what_no_whole_tablets_make_up_still_leaves_something() -> None:
    assert tablets("2.5", FIVE) == [("warfarin 5mg", Decimal("0.5"))]


def test_nothing_is_known_of_any_strength() -> None:
    assert counted_out(Decimal(4), []) == []


def test_what_was_not_had_is_wasted_from_the_last_part() -> None:
    found = shares(counted_out(Decimal(4), [THREE, ONE]), Decimal("3.5"))
    assert [(each.had, each.wasted) for each in found] == [(1, 0), (Decimal("0.5"), Decimal("0.5"))]


def test_all_of_it_was_wasted() -> None:
    found = shares(counted_out(Decimal(4), [THREE, ONE]), Decimal(0))
    assert [(each.had, each.wasted) for each in found] == [(0, 1), (0, 1)]


@given(
    st.lists(st.sampled_from([1, 3, 5, 10]), min_size=1, unique=True),
    st.integers(1, 80),
    st.integers(0, 80),
)
def test_what_is_counted_out_is_the_dose_and_is_had_or_wasted(sizes: list[int], amount: int, had: int) -> None:
    strengths = [Strength(str(size), Decimal(size), "tablet") for size in sizes]
    counted = counted_out(Decimal(amount), strengths)
    assert kept(sum(each.amount for each in counted)) == amount
    to_person = Decimal(min(had, amount))
    found = shares(counted, to_person)
    assert [each.had + each.wasted for each in found] == [each.count for each in counted]
    assert kept(sum(each.had * each.counted.strength.holds for each in found)) == to_person
    assert all(each.had >= 0 and each.wasted >= 0 for each in found)


def test_parts_that_do_not_make_up_the_dose_are_seen() -> None:
    said = [PartGiven(Decimal(3), Decimal(1)), PartGiven(Decimal(1), Decimal(1))]
    assert not differs(Decimal(4), said)
    assert differs(Decimal(5), said)
    assert not differs(Decimal(5), [])


def test_every_movement_of_a_record_has_an_id_of_its_own_and_is_found_again() -> None:
    ids = movement_ids(RECORD)
    assert len(set(ids)) == 2 * MOST_PARTS
    assert {RECORD, part_id(RECORD, 1), wasted_id(RECORD), wasted_id(RECORD, 3)} <= set(ids)


@pytest.mark.parametrize(
    "value",
    [
        None, "3", {}, [3], [{}], [{"strength": 3, "count": "1"}], [{"strength": "3", "count": "0"}],
        [{"strength": "NaN", "count": "1"}], [{"strength": "3", "count": "-1"}], [{"strength": "x", "count": "1"}],
        [{"strength": "3", "count": "1"}, {"strength": "1"}],
    ],
)  # fmt: skip
def test_parts_that_cannot_be_read_are_none(value: object) -> None:
    assert parts_from_json(value) == ()


def test_parts_are_read_with_their_packs() -> None:
    found = parts_from_json(
        [{"strength": "3", "count": "1", "pack_id": PACK}, {"strength": "1", "count": "0.5", "pack_id": "no"}]
    )
    assert found == (PartGiven(Decimal(3), Decimal(1), PACK), PartGiven(Decimal(1), Decimal("0.5"), None))
