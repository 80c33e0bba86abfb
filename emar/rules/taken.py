"""What leaves the cupboard for a dose: how many of which medicine, where the dose is written by weight.

Warfarin is prescribed in milligrams and kept in tablets, and 4 mg may be a 3 mg and a 1 mg tablet from two boxes. The
record keeps the dose as it was prescribed; the ledger keeps what was counted out, each strength on its own line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID, uuid5

from emar.rules.ingredient_limits import MILLIGRAMS, milligrams
from emar.rules.strengths import make_up

#: Nobody makes one dose out of more kinds of tablets than this.
MOST_PARTS = 8
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class PartGiven:
    """So many of one strength that went into a dose, and the pack they came from, as whoever gave it says."""

    strength: Decimal
    count: Decimal
    pack_id: str | None = None


@dataclass(frozen=True, slots=True)
class Strength:
    """A medicine that a dose may be taken from: how much of the dose's unit one of its own unit holds.

    `line_id` is the person's stock line of it in that unit, None where there is none yet.
    """

    medicine_id: str
    holds: Decimal
    unit: str
    line_id: int | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """So many of one medicine counted out for a dose, in the unit in which it is kept."""

    strength: Strength
    count: Decimal
    pack_id: str | None = None

    @property
    def amount(self) -> Decimal:
        """How much of the dose's unit that is."""
        return self.count * self.strength.holds


@dataclass(frozen=True, slots=True)
class Share:
    """What of something counted out the person had, and what was wasted, in the unit in which it is kept."""

    counted: Counted
    had: Decimal
    wasted: Decimal


def is_by_weight(unit: str) -> bool:
    """Return whether amounts in a unit are a weight, which nobody can count in a cupboard."""
    return unit in MILLIGRAMS


def holds(amount: Decimal, amount_unit: str, per_amount: Decimal | None, unit: str) -> Decimal | None:
    """Return how much of `unit` one unit of a product holds: `amount` of `amount_unit` in each `per_amount`.

    10 mg in 5 ml holds 2 mg in a ml. None where the two units do not compare.
    """
    if unit == amount_unit:
        return amount / (per_amount or Decimal(1))
    weight = milligrams(amount, amount_unit, per_amount, Decimal(1))
    if weight is None or unit not in MILLIGRAMS:
        return None
    return weight / MILLIGRAMS[unit]


def counted_out(
    amount: Decimal,
    strengths: Sequence[Strength],
    *,
    said: Sequence[PartGiven] = (),
    pack_id: str | None = None,
    pack_medicine_id: str | None = None,
    has_halves: bool = False,
) -> list[Counted]:
    """Return what was counted out for an amount in the dose's unit, the parts in the order said, then largest first.

    `strengths` are what the person's medicine comes in, the prescribed product first. What somebody says they took
    decides; else the one pack it came from; else the fewest tablets that make the dose up; else the prescribed product
    by weight alone, so that something leaves whatever happens. Empty where nothing is known of any strength.
    """
    if said and (parts := _as_said(said, strengths)):
        return parts
    from_pack = next((each for each in strengths if each.medicine_id == pack_medicine_id), None)
    if from_pack is not None:
        return [Counted(from_pack, amount / from_pack.holds, pack_id)]
    if not strengths:
        return []
    by_size = {each.holds: each for each in reversed(strengths)}
    made = make_up(amount, list(by_size), halves=has_halves)
    if made:
        return [Counted(by_size[part.strength], part.count) for part in made]
    return [Counted(strengths[0], amount / strengths[0].holds)]


def _as_said(said: Sequence[PartGiven], strengths: Sequence[Strength]) -> list[Counted]:
    """Return the parts as they were said; none at all where one of them names a strength that nobody knows."""
    by_size = {each.holds: each for each in reversed(strengths)}
    if any(part.strength not in by_size or part.count <= 0 for part in said):
        return []
    return [Counted(by_size[part.strength], part.count, part.pack_id) for part in said[:MOST_PARTS]]


def shares(counted: Sequence[Counted], to_person: Decimal | None) -> list[Share]:
    """Return of each thing counted out what the person had of it, in their order, and what was wasted.

    `to_person` is in the dose's unit, and what was counted out beyond it is wasted; None where nothing was.
    """
    if to_person is None:
        return [Share(each, each.count, NOTHING) for each in counted]
    left, found = to_person, []
    for each in counted:
        had = each.count if each.amount <= left else left / each.strength.holds
        left = max(left - each.amount, NOTHING)
        found.append(Share(each, had, each.count - had))
    return found


def differs(amount: Decimal, said: Sequence[PartGiven]) -> bool:
    """Return whether the parts somebody says they took do not make up the amount."""
    return bool(said) and sum((part.strength * part.count for part in said), NOTHING) != amount


def part_id(record_id: UUID, place: int) -> UUID:
    """Return the id of the movement of one part of a dose to the person: the first has the record's own."""
    return record_id if place == 0 else uuid5(record_id, f"part {place}")


def wasted_id(record_id: UUID, place: int = 0) -> UUID:
    """Return the id of the movement of what was wasted of one part of a dose."""
    return uuid5(record_id, "wasted" if place == 0 else f"wasted {place}")


def movement_ids(record_id: UUID) -> list[UUID]:
    """Return the ids of every movement that a record can have made, so that they are found when it is corrected."""
    return [make(record_id, place) for place in range(MOST_PARTS) for make in (part_id, wasted_id)]


def parts_from_json(value: object) -> tuple[PartGiven, ...]:
    """Return the parts in a device's event: `[{"strength", "count", "pack_id"}]`; none where they cannot be read.

    It happened, so it is never refused: a dose without parts leaves the fewest tablets that make it up.
    """
    if not isinstance(value, list):
        return ()
    found = [_part(each) for each in value]
    return tuple(each for each in found if each) if all(found) else ()


def _part(value: object) -> PartGiven | None:
    if not isinstance(value, Mapping):
        return None
    strength, count = _quantity(value.get("strength")), _quantity(value.get("count"))
    if strength is None or count is None:
        return None
    return PartGiven(strength, count, _pack(value.get("pack_id")))


def _quantity(value: Any) -> Decimal | None:
    try:
        found = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        return None
    return found if found is not None and found.is_finite() and 0 < found < 1_000_000 else None


def _pack(value: Any) -> str | None:
    try:
        return str(UUID(value)) if isinstance(value, str) else None
    except ValueError:
        return None
