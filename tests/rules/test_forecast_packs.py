from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordering.rules.packs import PackSize, choose_packs, count_out, holds_in, price_of, quantity_of, words_of

sizes = st.lists(
    st.builds(
        lambda holds, price: PackSize(f"{holds}-{price}", f"x {holds}", Decimal(holds), price),
        st.sampled_from([1, 4, 7, 10, 28, 30, 56, 60, 84, 100, 500]),
        st.one_of(st.none(), st.integers(1, 5000)),
    ),
    min_size=1,
    max_size=5,
).map(tuple)
needs = st.decimals("0.25", "400", places=2)


def of(*holds: int, price: int | None = None) -> tuple[PackSize, ...]:
    return tuple(PackSize(str(each), f"x {each}", Decimal(each), price) for each in holds)


def chosen(need: str, *holds: int) -> list[tuple[int, int]]:
    return [(each.count, int(each.size.holds)) for each in choose_packs(Decimal(need), of(*holds))]


@given(needs, sizes)
def test_packs_hold_what_is_needed_and_dropping_one_of_the_smallest_would_not(need: Decimal, sizes: tuple) -> None:
    packs = choose_packs(need, sizes)
    assert quantity_of(packs) >= need
    smallest = min(each.size.holds for each in packs)
    assert quantity_of(packs) - smallest < need


@given(needs, needs, sizes)
def test_more_need_never_gives_less(one: Decimal, two: Decimal, sizes: tuple) -> None:
    less, more = sorted((one, two))
    assert quantity_of(choose_packs(less, sizes)) <= quantity_of(choose_packs(more, sizes))


@given(needs, sizes)
def test_no_single_size_leaves_less_over_than_what_is_chosen_by_a_quarter_pack(need: Decimal, sizes: tuple) -> None:
    packs = choose_packs(need, sizes)
    smallest = min(size.holds for size in sizes)
    for size in sizes:
        assert quantity_of(packs) < quantity_of(choose_packs(need, (size,))) + smallest / 4


@pytest.mark.parametrize(
    ("need", "holds", "expected"),
    [
        ("56", (28,), [(2, 28)]),
        ("56", (28, 56), [(1, 56)]),
        ("112", (28, 84), [(1, 84), (1, 28)]),
        ("1", (28, 30), [(1, 28)]),
        ("29", (28, 30), [(1, 30)]),
        # 88 could be 2 x 30 and 28: two tablets less are not worth a mixed order.
        ("88", (28, 30), [(3, 30)]),
        ("100.5", (100,), [(2, 100)]),
        ("0", (28,), []),
        ("-3", (28,), []),
        ("28", (), []),
    ],
)
def test_named_cases(need: str, holds: tuple[int, ...], expected: list[tuple[int, int]]) -> None:
    assert chosen(need, *holds) == expected


def test_of_two_packs_of_a_size_the_cheaper_is_ordered_and_a_known_price_beats_an_unknown_one() -> None:
    dear, cheap = PackSize("dear", "x 28", Decimal(28), 200), PackSize("cheap", "x 28", Decimal(28), 100)
    unknown = PackSize("unknown", "x 28", Decimal(28), None)
    assert choose_packs(Decimal(20), (dear, unknown, cheap))[0].size is cheap


def test_the_price_of_packs_is_unknown_when_one_of_them_is() -> None:
    packs = choose_packs(Decimal(112), (*of(28, price=50), *of(84)))
    assert [each.price_pence for each in packs] == [None, 50]
    assert price_of(packs) is None
    assert price_of(()) == 0


def test_packs_are_written_as_people_order_them() -> None:
    assert words_of(choose_packs(Decimal(112), of(28, 84))) == "1 pack of 84 and 1 pack of 28"
    assert words_of(choose_packs(Decimal(50), of(28))) == "2 packs of 28"


@pytest.mark.parametrize(
    ("quantity", "unit", "counted_in", "expected"),
    [
        ("28", "tablet", "Tablet", "28"),
        ("2.5", "ml", "drop", "50"),
        ("3", "ml", "unit", "300"),
        ("200", "dose", "puff", "200"),
        ("500", "g", "gram", "500"),
        ("30", "gram", "application", None),
        ("28", "tablet", "ml", None),
    ],
)
def test_a_pack_is_counted_in_the_unit_of_the_home_where_anybody_can_know(
    quantity: str, unit: str, counted_in: str, expected: str | None
) -> None:
    assert holds_in(Decimal(quantity), unit, counted_in) == (None if expected is None else Decimal(expected))


@given(needs, sizes)
def test_what_is_counted_out_is_the_need_in_whole_units_or_what_whole_packs_hold(need: Decimal, sizes: tuple) -> None:
    counted = quantity_of(count_out(need, sizes))
    assert need <= counted <= quantity_of(choose_packs(need, sizes))
    assert counted == need.to_integral_value("ROUND_CEILING")


@pytest.mark.parametrize(
    ("need", "expected", "price"),
    [
        ("18", "18 out of a pack of 28", 72),
        ("46", "1 pack of 28 and 18 out of a pack of 28", 184),
        ("28", "1 pack of 28", 112),
        ("17.5", "18 out of a pack of 28", 72),
    ],
)
def test_an_order_that_lines_up_is_counted_out(need: str, expected: str, price: int) -> None:
    packs = count_out(Decimal(need), of(28, price=112))
    assert words_of(packs) == expected
    assert price_of(packs) == price
