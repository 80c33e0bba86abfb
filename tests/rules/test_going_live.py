"""What the devices' own measurements say of each room, and how long people worked at something."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from quality.rules.going_live import (
    ITEM_WORDS,
    STAGE_WORDS,
    VERDICT_WORDS,
    Item,
    Measured,
    Room,
    Stage,
    is_wifi_ready,
    rooms_of,
)
from quality.rules.working_time import FIRST_ACT, LONGEST_GAP, worked_minutes

NINE = datetime(2026, 11, 18, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def measured(room: str = "1", *, tries: int = 20, failed: int = 0, latency: int = 120, slowest: int = 400) -> Measured:
    return Measured(room, "Willow", tries, failed, latency, slowest)


def verdict(*many: Measured) -> str:
    (room,) = rooms_of(many)
    return room.verdict


def test_a_room_is_good_slow_or_drops_or_nobody_knows() -> None:
    assert verdict(measured()) == "good"
    assert verdict(measured(latency=1001)) == "slow"
    assert verdict(measured(latency=1000)) == "good"
    assert verdict(measured(failed=2)) == "drops"
    assert verdict(measured(failed=1)) == "good"
    assert verdict(measured(tries=4)) == "unknown"
    assert set(VERDICT_WORDS) == {"good", "slow", "drops", "unknown"}


def test_what_several_devices_measured_in_a_room_is_one_line() -> None:
    rooms = rooms_of([measured(latency=100), measured(latency=300, slowest=900, failed=1), measured("2")])
    assert rooms[0] == Room("1", "Willow", 40, 1, 200, 900)
    assert rooms[1].room == "2"


def test_rooms_are_in_the_order_of_their_numbers() -> None:
    assert [each.room for each in rooms_of([measured("10"), measured("9"), measured("2a")])] == ["2a", "9", "10"]


def test_a_measurement_without_a_try_says_nothing() -> None:
    assert rooms_of([measured(tries=0)]) == []


def test_the_wifi_is_ready_when_every_room_that_somebody_lives_in_is_good() -> None:
    rooms = rooms_of([measured("1"), measured("2"), measured("3", latency=5000)])
    assert is_wifi_ready(rooms, [("Willow", "1"), ("Willow", "2")])
    assert not is_wifi_ready(rooms, [("Willow", "1"), ("Willow", "3")])
    assert not is_wifi_ready(rooms, [("Willow", "1"), ("Willow", "4")])
    assert not is_wifi_ready(rooms, [])


def test_every_stage_and_item_has_words() -> None:
    assert set(STAGE_WORDS) == set(Stage)
    assert set(ITEM_WORDS) == set(Item)


def test_a_pause_is_not_work_and_two_people_count_twice() -> None:
    alone = [(1, NINE), (1, NINE + 4 * MINUTE), (1, NINE + 30 * MINUTE), (1, NINE + 32 * MINUTE)]
    first = FIRST_ACT / MINUTE
    assert worked_minutes(alone) == 4 + 2 + 2 * first
    assert worked_minutes([*alone, *((2, at) for _, at in alone)]) == 2 * (4 + 2 + 2 * first)
    assert worked_minutes([]) == 0


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 100_000)), min_size=1, max_size=40), st.randoms())
def test_work_is_never_more_than_people_times_the_time_between_and_the_order_does_not_matter(
    acts: list[tuple[int, int]], chance: object
) -> None:
    found = [(person, NINE + timedelta(seconds=seconds)) for person, seconds in acts]
    shuffled = list(found)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert worked_minutes(found) == worked_minutes(shuffled)
    people = {person for person, _ in found}
    between = (max(at for _, at in found) - min(at for _, at in found)) / MINUTE
    # Each act counts for at least five seconds and at most five minutes.
    assert worked_minutes(found) <= min(
        len(people) * between + len(found) * (FIRST_ACT / MINUTE), len(found) * (LONGEST_GAP / MINUTE)
    )
