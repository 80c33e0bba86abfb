"""What is counted first, and what a count pack by pack says while doses are given."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stock.rules.counting import FEW, Countable, Moved, Part, held_now, what_matters_most
from stock.rules.differences import COUNTED_AGAIN, REASONS, reason_words

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def line(line_id: int, **fields: object) -> Countable:
    known = {"is_controlled": False, "balance": Decimal(10), "counted_at": NOW - 3 * DAY}
    return Countable(line_id=line_id, **(known | fields))


def test_what_presses_most_comes_first() -> None:
    lines = [
        line(1),
        line(2, counted_at=None),
        line(3, drifted=Decimal(3), used=Decimal(100)),
        line(4, has_difference=True),
        line(5, balance=Decimal(-1)),
        line(6, is_controlled=True, counted_at=NOW - 7 * DAY),
        line(7, is_controlled=True, counted_at=NOW - 6 * DAY),
        line(8, counted_at=NOW - 40 * DAY),
    ]
    found = what_matters_most(lines, NOW, 10)
    assert [each.line_id for each in found] == [6, 5, 4, 3, 2, 8, 7, 1]
    assert [each.why for each in found[:6]] == ["controlled", "below_zero", "differs", "drifts", "never", "longest"]


def test_every_controlled_drug_of_the_week_is_there_however_few_lines_are_asked_for() -> None:
    lines = [line(n, is_controlled=True, counted_at=None) for n in range(1, 6)] + [line(9, balance=Decimal(-2))]
    assert [each.line_id for each in what_matters_most(lines, NOW, 2)] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("drifted", "used", "is_high"), [("2", "100", False), ("2.01", "100", True), ("1", "0", True), ("0", "0", False)]
)
def test_drift_is_a_share_of_what_was_used(drifted: str, used: str, is_high: bool) -> None:
    (found,) = what_matters_most([line(1, drifted=Decimal(drifted), used=Decimal(used))], NOW, 1)
    assert (found.why == "drifts") is is_high


def test_a_dose_from_a_pack_counted_before_is_taken_off() -> None:
    parts = [Part("A", Decimal(28), 4), Part("B", Decimal(10), 5)]
    assert held_now(parts, [Moved(5, "A", Decimal(-1))], Decimal(37)) == 37
    assert held_now(parts, [Moved(5, "B", Decimal(-1))], Decimal(37)) == 38


def test_a_dose_without_a_pack_agrees_with_the_book_where_it_can() -> None:
    parts = [Part("A", Decimal(28), 4), Part("B", Decimal(10), 5)]
    by_hand = [Moved(5, None, Decimal(-1))]
    assert held_now(parts, by_hand, Decimal(37)) == 37
    assert held_now(parts, by_hand, Decimal(38)) == 38
    # A tablet that is really missing is not explained away by it.
    assert held_now(parts, by_hand, Decimal(40)) == 38


def test_of_many_doses_anything_between_all_and_none_is_believed() -> None:
    parts = [Part("A", Decimal(28), 0), Part("B", Decimal(30), 20)]
    moves = [Moved(n, None, Decimal(-1)) for n in range(1, FEW + 3)]
    assert held_now(parts, moves, Decimal(52)) == 52
    assert held_now(parts, moves, Decimal(40)) == 58 - (FEW + 2)
    assert held_now(parts, moves, Decimal(60)) == 58


def test_nothing_counted_is_nothing() -> None:
    assert held_now([], [Moved(1, None, Decimal(-1))], Decimal(5)) == 0


@st.composite
def counted_mornings(draw: st.DrawFn) -> tuple[list[Part], list[Moved], Decimal, Decimal]:
    """Packs counted one after the other while doses leave them; the book missed or kept `lost` tablets."""
    packs = {name: Decimal(draw(st.integers(0, 30))) for name in draw(st.sets(st.sampled_from("ABCD"), min_size=1))}
    lost = Decimal(draw(st.integers(-3, 3)))
    book, sequence, parts, moves = sum(packs.values(), Decimal(0)) + lost, 0, [], []
    acts = draw(st.permutations([("count", name) for name in sorted(packs)]))
    for act in acts:
        for _ in range(draw(st.integers(0, 2))):
            name = draw(st.sampled_from(sorted(packs)))
            taken = min(Decimal(draw(st.integers(1, 2))), packs[name])
            if not taken:
                continue
            packs[name] -= taken
            book -= taken
            sequence += 1
            moves.append(Moved(sequence, name if draw(st.booleans()) else None, -taken))
        parts.append(Part(act[1], packs[act[1]], sequence))
    return parts, moves, book, lost


@given(counted_mornings())
def test_a_movement_during_a_count_is_never_a_difference(
    morning: tuple[list[Part], list[Moved], Decimal, Decimal],
) -> None:
    parts, moves, book, lost = morning
    found = held_now(parts, moves, book)
    if not lost:
        assert found == book
    if all(each.pack_id for each in moves):
        # Every dose names its pack: what is missing is found to the tablet.
        assert found == book - lost


def test_every_reason_has_words_and_the_book_stays_only_where_it_was_right() -> None:
    assert all(reason_words(code) for code in [*REASONS, COUNTED_AGAIN])
    assert {code for code, reason in REASONS.items() if not reason.moves_book} == {"miscounted", "in_the_book"}
    assert reason_words("") == "Signed without a category"
