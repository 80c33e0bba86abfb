from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stock.rules.temperature import FRIDGE, ROOM, Range, Seen, is_out_of_range, misread_words, out_of_range_words

degrees = st.decimals(min_value=-40, max_value=60, places=1)


def seen(current: str, lowest: str, highest: str) -> Seen:
    return Seen(Decimal(current), Decimal(lowest), Decimal(highest))


@pytest.mark.parametrize(
    ("found", "allowed", "is_out"),
    [
        (seen("5", "2", "8"), FRIDGE, False),
        (seen("5", "1.9", "8"), FRIDGE, True),
        (seen("5", "2", "8.1"), FRIDGE, True),
        (seen("24.9", "12", "24.9"), ROOM, False),
        (seen("24", "12", "25.0"), ROOM, True),
        (seen("-3", "-5", "10"), ROOM, False),
    ],
)
def test_the_edges_of_a_fridge_are_in_order_and_a_room_stays_below_its(
    found: Seen, allowed: Range, is_out: bool
) -> None:
    assert is_out_of_range(found, allowed) == is_out


def test_a_fridge_that_froze_in_the_night_is_found_in_the_morning() -> None:
    assert out_of_range_words(seen("5", "-0.5", "5.5"), FRIDGE) == ["lowest -0.5 °C, too cold"]


def test_ranges_are_said_in_words() -> None:
    assert [FRIDGE.words, ROOM.words, Range(None, Decimal(30)).words, Range(Decimal(10), Decimal(20), False).words] == [
        "2 to 8 °C", "below 25 °C", "up to 30 °C", "10 to below 20 °C",
    ]  # fmt: skip


@given(degrees, degrees, degrees)
def test_a_reading_is_either_misread_or_lowest_now_highest_in_order(now: Decimal, low: Decimal, high: Decimal) -> None:
    assert (misread_words(Seen(now, low, high)) == "") == (low <= now <= high)


def test_a_temperature_that_no_thermometer_shows_is_misread() -> None:
    assert "look again" in misread_words(seen("48", "4", "81"))
