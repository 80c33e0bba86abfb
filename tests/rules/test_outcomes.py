"""What follows from each outcome word."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emar.rules.outcomes import (
    GIVEN_WORDS,
    NOT_GIVEN_WORDS,
    OUTCOMES,
    is_error_by_itself,
    is_given,
    stock_effect,
)

AMOUNTS = st.none() | st.decimals(0, 100, places=2)


@pytest.mark.parametrize(
    ("word", "family"),
    [
        ("given", "given"),
        ("part_given", "given"),
        ("refused", "persons_choice"),
        ("asleep", "persons_choice"),
        ("not_required", "persons_choice"),
        ("nausea_or_vomiting", "clinical"),
        ("too_ill", "clinical"),
        ("loose_stools", "clinical"),
        ("away_hospital", "absence"),
        ("away_day_leave", "absence"),
        ("away_social_leave", "absence"),
        ("withheld_on_reading", "clinical"),
        ("withheld_on_advice", "clinical"),
        ("out_of_stock", "supply_failure"),
        ("awaiting_stock", "supply_failure"),
        ("destroyed_or_dropped", "supply_failure"),
        ("out_of_date", "supply_failure"),
        ("self_administered", "given"),
        ("made_available", "given"),
        ("prompted", "given"),
        ("given_by_other_professional", "given"),
        ("not_recorded", "record_failure"),
        ("other", "clinical"),
    ],
)
def test_each_outcome_has_its_family(word: str, family: str) -> None:
    assert OUTCOMES[word].family == family


def test_the_words_above_are_all_there_are() -> None:
    assert len(OUTCOMES) == 23
    assert set(OUTCOMES) == GIVEN_WORDS | NOT_GIVEN_WORDS
    assert not GIVEN_WORDS & NOT_GIVEN_WORDS


def test_only_supply_and_record_failures_are_errors_by_themselves() -> None:
    errors = {word for word in OUTCOMES if is_error_by_itself(word)}
    assert errors == {"out_of_stock", "awaiting_stock", "destroyed_or_dropped", "out_of_date", "not_recorded"}


def test_only_the_closing_job_writes_not_recorded() -> None:
    assert [word for word, outcome in OUTCOMES.items() if outcome.is_by_system] == ["not_recorded"]


def test_other_and_withheld_need_words() -> None:
    needing = {word for word, outcome in OUTCOMES.items() if outcome.needs_words}
    assert needing == {"other", "withheld_on_reading", "withheld_on_advice"}


class TestStock:
    def test_a_given_dose_leaves_stock_for_the_resident(self) -> None:
        effect = stock_effect("given", Decimal(2))
        assert (effect.to_resident, effect.to_waste) == (2, 0)

    def test_the_rest_of_a_part_given_dose_is_wasted(self) -> None:
        effect = stock_effect("part_given", Decimal("0.5"), prepared=Decimal(1))
        assert (effect.to_resident, effect.to_waste, effect.leaves) == (Decimal("0.5"), Decimal("0.5"), 1)

    def test_refused_from_the_box_leaves_the_stock(self) -> None:
        assert stock_effect("refused", None).leaves == 0

    def test_refused_from_the_pot_is_wasted(self) -> None:
        effect = stock_effect("refused", None, prepared=Decimal(1), was_in_pot=True)
        assert (effect.to_resident, effect.to_waste) == (0, 1)

    def test_a_dropped_tablet_is_wasted(self) -> None:
        assert stock_effect("destroyed_or_dropped", Decimal(1)).to_waste == 1

    def test_somebody_in_hospital_uses_none(self) -> None:
        assert stock_effect("away_hospital", Decimal(1)).leaves == 0

    @given(st.sampled_from(sorted(OUTCOMES)), AMOUNTS, AMOUNTS, st.booleans())
    def test_only_what_was_given_reaches_the_resident_and_nothing_comes_back(
        self, word: str, amount: Decimal | None, prepared: Decimal | None, was_in_pot: bool
    ) -> None:
        effect = stock_effect(word, amount, prepared=prepared, was_in_pot=was_in_pot)
        assert effect.to_resident == ((amount or 0) if is_given(word) else 0)
        assert effect.to_waste >= 0
        assert effect.leaves <= max(amount or 0, prepared or 0)
