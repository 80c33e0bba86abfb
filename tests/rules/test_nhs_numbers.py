"""NHS numbers: published vectors, and every single slip of a finger."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emar.rules.nhs_numbers import NhsNumberWrong, read_nhs_number

VECTORS = Path(__file__).resolve().parents[3] / "shared" / "data" / "nhs_ids" / "nhs_number_vectors.json"


def with_check_digit(first_nine: str) -> str | None:
    """Return a whole NHS number, or None for the nine digits that have none (NHS Data Dictionary)."""
    digit = 11 - sum(int(each) * weight for each, weight in zip(first_nine, range(10, 1, -1), strict=True)) % 11
    return None if digit == 10 else f"{first_nine}{digit % 11}"


numbers = st.from_regex(r"[0-9]{9}", fullmatch=True).map(with_check_digit).filter(bool)


def test_every_published_number_is_judged_as_published() -> None:
    if not VECTORS.exists():
        pytest.skip("needs the published vectors beside the project (../shared/data/nhs_ids)")
    for vector in json.loads(VECTORS.read_text())["vectors"]:
        if vector["valid_check_digit"]:
            assert read_nhs_number(vector["nhs_number"]) == vector["nhs_number"]
        else:
            with pytest.raises(NhsNumberWrong):
                read_nhs_number(vector["nhs_number"])


@given(numbers)
def test_spaces_and_dashes_are_how_people_write_it(number: str) -> None:
    assert read_nhs_number(f"{number[:3]} {number[3:6]} {number[6:]}") == number


@given(numbers, st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(number: str, place: int, by: int) -> None:
    wrong = number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]
    with pytest.raises(NhsNumberWrong):
        read_nhs_number(wrong)


@given(numbers, st.integers(0, 8))
def test_two_swapped_neighbours_are_always_found(number: str, place: int) -> None:
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    if swapped != number:
        with pytest.raises(NhsNumberWrong):
            read_nhs_number(swapped)


@pytest.mark.parametrize("typed", ["", "  "])
def test_an_unknown_number_may_be_left_empty(typed: str) -> None:
    assert read_nhs_number(typed) is None


@pytest.mark.parametrize("typed", ["12", "999 000 0000 1", "not known", "９４３４７６５９１９"])
def test_what_is_no_number_is_refused_in_plain_words(typed: str) -> None:
    with pytest.raises(NhsNumberWrong, match="not an NHS number"):
        read_nhs_number(typed)
