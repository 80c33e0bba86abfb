"""What each outcome of a dose means: its family, whether stock leaves, whether words or another try are due.

The words are those of the database and of JSON; a home's own letters for print are display settings.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID, uuid5


class Family(StrEnum):
    """The kinds of outcome that reports tell apart."""

    GIVEN = "given"
    PERSONS_CHOICE = "persons_choice"
    CLINICAL = "clinical"
    ABSENCE = "absence"
    SUPPLY_FAILURE = "supply_failure"
    RECORD_FAILURE = "record_failure"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One outcome word and what follows from it.

    `uses_stock`: the amount recorded leaves stock and reaches the resident. `wastes_stock`: it leaves stock
    for waste whatever happened before. `needs_words`: a note must say what happened. `can_retry`: the dose
    may be offered again in its window. `is_by_system`: only the closing job writes it.
    """

    word: str
    label: str
    family: Family
    uses_stock: bool = False
    wastes_stock: bool = False
    needs_words: bool = False
    can_retry: bool = False
    is_by_system: bool = False


_ALL = (
    Outcome("given", "Given", Family.GIVEN, uses_stock=True),
    Outcome("part_given", "Part given", Family.GIVEN, uses_stock=True),
    Outcome("self_administered", "Took it themselves", Family.GIVEN, uses_stock=True),
    Outcome("made_available", "Made available", Family.GIVEN, uses_stock=True),
    Outcome("prompted", "Prompted", Family.GIVEN, uses_stock=True),
    Outcome("given_by_other_professional", "Given by another professional", Family.GIVEN, uses_stock=True),
    Outcome("refused", "Refused", Family.PERSONS_CHOICE, can_retry=True),
    Outcome("asleep", "Asleep", Family.PERSONS_CHOICE, can_retry=True),
    Outcome("not_required", "Not required", Family.PERSONS_CHOICE),
    Outcome("nausea_or_vomiting", "Nausea or vomiting", Family.CLINICAL, can_retry=True),
    Outcome("too_ill", "Too ill", Family.CLINICAL),
    Outcome("loose_stools", "Loose stools", Family.CLINICAL),
    Outcome("withheld_on_reading", "Withheld on a reading", Family.CLINICAL, needs_words=True),
    Outcome("withheld_on_advice", "Withheld on clinical advice", Family.CLINICAL, needs_words=True),
    # Something else is in nobody's list, so it counts as an error only when a senior who reads the words
    # says so: clinical is the family that is always looked at and never an error by itself.
    Outcome("other", "Something else", Family.CLINICAL, needs_words=True, can_retry=True),
    Outcome("away_hospital", "In hospital", Family.ABSENCE),
    Outcome("away_day_leave", "Out for the day", Family.ABSENCE),
    Outcome("away_social_leave", "On leave", Family.ABSENCE),
    Outcome("out_of_stock", "Out of stock", Family.SUPPLY_FAILURE, can_retry=True),
    Outcome("awaiting_stock", "Awaiting stock", Family.SUPPLY_FAILURE, can_retry=True),
    Outcome(
        "destroyed_or_dropped",
        "Destroyed, dropped or contaminated",
        Family.SUPPLY_FAILURE,
        wastes_stock=True,
        can_retry=True,
    ),
    Outcome("out_of_date", "Out of date", Family.SUPPLY_FAILURE, can_retry=True),
    Outcome("not_recorded", "Not recorded", Family.RECORD_FAILURE, can_retry=True, is_by_system=True),
)

OUTCOMES: dict[str, Outcome] = {outcome.word: outcome for outcome in _ALL}
GIVEN_WORDS = frozenset(outcome.word for outcome in _ALL if outcome.family is Family.GIVEN)
NOT_GIVEN_WORDS = frozenset(OUTCOMES) - GIVEN_WORDS


@dataclass(frozen=True, slots=True)
class StockEffect:
    """What leaves stock because of one record: so much to the resident, so much to waste."""

    to_resident: Decimal
    to_waste: Decimal

    @property
    def leaves(self) -> Decimal:
        """How much the stock line goes down by."""
        return self.to_resident + self.to_waste


NO_STOCK = StockEffect(Decimal(0), Decimal(0))


def is_given(word: str) -> bool:
    """Return whether this outcome means the person had the medicine, or part of it."""
    return word in GIVEN_WORDS


def is_error_by_itself(word: str) -> bool:
    """Return whether this outcome counts as an error without anybody's judgement."""
    return OUTCOMES[word].family in (Family.SUPPLY_FAILURE, Family.RECORD_FAILURE)


def stock_effect(
    word: str, amount: Decimal | None, *, prepared: Decimal | None = None, was_in_pot: bool = False
) -> StockEffect:
    """Return what leaves stock when this outcome is recorded.

    `amount` is what the person had; for a dose that was wasted, what was wasted. `prepared` is what was put
    in the pot when that was more: a part-given tablet's other half does not go back in the box. A dose not
    given after it was in the pot (refused, spat out, asleep) is wasted whole. Never negative.
    """
    outcome = OUTCOMES[word]
    had = amount if amount is not None and amount > 0 else Decimal(0)
    in_pot = prepared if prepared is not None and prepared > 0 else had
    if outcome.uses_stock:
        return StockEffect(had, max(in_pot - had, Decimal(0)))
    if outcome.wastes_stock or was_in_pot:
        return StockEffect(Decimal(0), in_pot)
    return NO_STOCK


def not_recorded_id(lineage: str, due_at: datetime) -> UUID:
    """Return the id of the record that says nobody answered a dose: the same wherever and whenever it is made."""
    return uuid5(UUID(lineage), f"not_recorded {due_at.astimezone(UTC).isoformat()}")
