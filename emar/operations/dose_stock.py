"""What a batch of doses takes from stock: from which line and pack, how much of each strength, and what was wasted.

Only operations.administrations calls this, under the home's lock.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from emar.operations.dose_findings import Facts
from emar.operations.doses import Dose
from emar.rules.taken import Counted, Share, Strength, counted_out, part_id, shares, wasted_id
from emar.rules.wall_clock import local_day
from stock.models import Place
from stock.operations.ledger import LineKey
from stock.operations.packs import open_used
from stock.rules.balance import Movement

#: Something that leaves for a dose, on the line of a pack or of a key that may have to be opened.
Taken = tuple[LineKey | None, Share]


def touches_stock(dose: Dose) -> bool:
    return bool(dose.effect.leaves) or dose.counted_balance is not None


def taken_of(dose: Dose, known: Facts) -> list[Taken]:
    """Return what a dose takes from where: by strength where it is written by weight, else in its own unit."""
    effect, line = dose.effect, known.lines[dose.prescription_id]
    pack_line, pack = known.packs.get(dose.pack_id or "", (None, None))
    strengths = known.strengths.get(dose.prescription_id, ())
    counted = []
    if strengths:
        counted = counted_out(
            effect.leaves,
            strengths,
            said=dose.parts,
            pack_id=dose.pack_id,
            pack_medicine_id=str(pack.medicine_id) if pack is not None else None,
            has_halves=line.schedule.terms.has_halves,
        )
    if not counted:
        own = Strength(line.stock_medicine_id, Decimal(1), line.prescribed.unit, pack_line)
        counted = [Counted(own, effect.leaves, dose.pack_id)]
    is_all_had = bool(effect.to_resident) and not effect.to_waste
    return [(_key(each, dose, known), each) for each in shares(counted, None if is_all_had else effect.to_resident)]


def _key(share: Share, dose: Dose, known: Facts) -> LineKey | None:
    """Return the person's own line of what was taken, None where a pack or a line of theirs says it."""
    strength = share.counted.strength
    if (share.counted.pack_id or "") in known.packs or strength.line_id is not None:
        return None
    return LineKey(dose.resident_id, strength.medicine_id, strength.unit)


def movements_of(dose: Dose, known: Facts, lines: Mapping[LineKey, int], taken: Sequence[Taken]) -> list[Movement]:
    effect = dose.effect
    if not effect.leaves:
        return []
    found = []
    for place, each in enumerate(taken):
        share = each[1]
        line_id = line_of(dose, known, lines, [each])
        for quantity, destination in ((share.had, Place.RESIDENT), (share.wasted, Place.WASTE)):
            if not quantity:
                continue
            is_had = destination is Place.RESIDENT
            pack_id = share.counted.pack_id
            found.append(
                Movement(
                    # The movement that reached the person carries the record's own id, so it cannot be doubled.
                    id=str((part_id if is_had else wasted_id)(UUID(dose.id), place)),
                    line_id=line_id,
                    quantity=quantity,
                    source=Place.HOME.value,
                    destination=destination.value,
                    reason=dose.outcome,
                    moved_at=dose.given_at,
                    moved_by_id=dose.given_by_id,
                    witness_id=dose.witness_id if dose.witness_id != dose.given_by_id else None,
                    pack_id=pack_id if pack_id in known.packs else None,
                    record_id=dose.id if place == 0 and (is_had or not effect.to_resident) else None,
                )
            )
    return found


def line_of(dose: Dose, known: Facts, lines: Mapping[LineKey, int], taken: Sequence[Taken]) -> int:
    """Return the stock line that a dose leaves first: that of the pack it was taken from, or the person's own."""
    key, share = taken[0]
    if key is not None:
        return lines[key]
    line_id, _ = known.packs.get(share.counted.pack_id or "", (None, None))
    found = line_id if line_id is not None else share.counted.strength.line_id
    assert found is not None  # noqa: S101  without a key there is a pack or a line
    return found


def open_packs(doses: Sequence[Dose], known: Facts, at: datetime) -> None:
    """Write down as opened the packs from which these doses are the first, where opening counts."""
    used: dict[str, date] = {}
    for dose in doses:
        for pk in dose.pack_ids if dose.effect.leaves else ():
            if pk in known.around.unopened:
                given_on = local_day(dose.given_at)
                used[pk] = min(given_on, used.get(pk, given_on))
    if used:
        open_used(home_id=known.home_id, used=used, by=None, at=at)
