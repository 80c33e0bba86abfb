"""Can a hidden cell of one breakdown be worked out from what is shown? tests/quality solves whole publications."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.rules.suppression import SMALLEST_SHOWN, is_small, shown_alone, shown_cells

cells = st.dictionaries(st.integers(0, 30), st.one_of(st.integers(0, 9), st.integers(0, 500)), min_size=1, max_size=12)


@pytest.mark.parametrize(("count", "small"), [(0, False), (1, True), (4, True), (5, False), (500, False)])
def test_counts_from_one_to_four_are_small(count: int, small: bool) -> None:
    assert is_small(count) is small
    assert shown_alone(count) == (None if small else count)


def test_where_nothing_is_small_everything_is_shown() -> None:
    assert shown_cells({"a": 0, "b": 5, "c": 70}) == {"a": 0, "b": 5, "c": 70}


def test_a_small_cell_is_hidden_behind_the_smallest_other() -> None:
    assert shown_cells({"a": 3, "b": 90, "c": 6, "d": 0}) == {"a": None, "b": 90, "c": None, "d": 0}


def test_two_ones_are_not_left_alone_with_their_sum() -> None:
    assert shown_cells({"a": 1, "b": 1, "c": 40, "d": 50}) == {"a": None, "b": None, "c": None, "d": 50}


def test_where_all_are_ones_nothing_is_shown_not_even_zeros() -> None:
    assert shown_cells({"a": 1, "b": 1, "c": 1, "d": 1, "e": 1, "f": 0}) == dict.fromkeys("abcdef")


@given(cells)
def test_what_is_shown_is_true_and_never_small(counts: dict[int, int]) -> None:
    for key, shown in shown_cells(counts).items():
        assert shown is None or (shown == counts[key] and not is_small(shown))


@given(cells)
def test_each_hidden_cell_could_be_anything_small(counts: dict[int, int]) -> None:
    """By what a reader knows, the total and the cells shown, each hidden cell could be 1 as well as 5."""
    shown = shown_cells(counts)
    hidden = [key for key, each in shown.items() if each is None]
    if not hidden or sum(counts.values()) < SMALLEST_SHOWN:
        return  # the total itself is hidden, and then nothing is broken down
    rest = sum(counts[key] for key in hidden)
    least = 0 if len(hidden) == len(counts) else 1
    assert len(hidden) >= 2
    for _ in hidden:
        most = rest - least * (len(hidden) - 1)
        assert most >= SMALLEST_SHOWN


@given(cells)
def test_no_more_is_hidden_than_needed(counts: dict[int, int]) -> None:
    shown = shown_cells(counts)
    hidden = {key for key, each in shown.items() if each is None}
    if hidden and len(hidden) < len(counts):
        largest = max(hidden, key=lambda key: counts[key])
        others = hidden - {largest}
        smaller = [counts[key] for key in others]
        is_needed = is_small(counts[largest]) or len(others) < 2 or sum(smaller) - (len(others) - 1) < SMALLEST_SHOWN
        assert is_needed
