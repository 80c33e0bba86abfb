"""Letting medicines leave the home for good other than by giving them: returned, collected as waste, destroyed.

Whether they may leave yet, and what follows from it in the record, is emar.operations.disposal's to say.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid5

from django.db import transaction

from stock.models import Consignment, Disposal, PackStatus, Place, StockLine, StockPack
from stock.operations.ledger import QuantityNotPositive, lock_home, write_movements
from stock.rules.balance import Movement, kept

#: After these some units are gone and the rest of the pack is used on.
IN_PART = frozenset({Disposal.Reason.SPOILT})
DESTINATIONS = {
    Consignment.GoesTo.PHARMACY: Place.RETURNED,
    Consignment.GoesTo.CONTRACTOR: Place.WASTE,
    Consignment.GoesTo.DESTROYED: Place.WASTE,
}


class NothingChosen(ValueError):
    """A consignment has at least one medicine."""


class NotHeld(Exception):
    """The home has no such pack or stock line, or the pack has left it before."""


class WitnessMissing(ValueError):
    """A controlled drug leaves under the eyes of two people. (trust.md, ledger invariant 6)"""


class NotDenatured(ValueError):
    """A nursing home makes controlled drugs unusable before they are collected as waste."""


class ReceiverMissing(ValueError):
    """Medicines that leave the home are in somebody's hands."""


class WordsMissing(ValueError):
    """Some reasons say nothing without words."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """So much of one stock line that leaves, out of which pack where that is known. `reason` is a Disposal.Reason."""

    line_id: int
    quantity: Decimal
    reason: str
    pack_id: UUID | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Sending:
    """A consignment as a form says it. Its `id` is made by the form, so that sending it twice is one act.

    `goes_to` is a Consignment.GoesTo. `controlled` are the lines kept as controlled drugs, `are_denatured` is said of
    all of them.
    """

    id: UUID
    goes_to: str
    leaving: Sequence[Leaving]
    receiver: str = ""
    collected_by: str = ""
    note: str = ""
    early_reason: str = ""
    controlled: Collection[int] = ()
    are_denatured: bool = False
    witness_id: int | None = None


def send(*, home_id: int, sending: Sending, by: int, at: datetime) -> tuple[Consignment, bool]:
    """Let medicines leave the home, with their movements, in one transaction; return the consignment, and if it is new.

    A pack that leaves is finished; only of spoilt units the rest of the pack stays in use. What the book did not have
    opens a discrepancy, as every movement does. Raises NothingChosen, NotHeld, WitnessMissing, NotDenatured,
    ReceiverMissing, WordsMissing and stock.operations.ledger.QuantityNotPositive, and then moves nothing.
    """
    with transaction.atomic():
        head = lock_home(home_id)
        if known := Consignment.objects.filter(pk=sending.id, home_id=home_id).first():
            return known, False
        lines, packs = _asked_for(home_id, sending)
        _refuse(sending, lines, by)
        consignment = Consignment.objects.create(
            pk=sending.id,
            home_id=home_id,
            goes_to=sending.goes_to,
            receiver=sending.receiver.strip(),
            collected_by=sending.collected_by.strip(),
            note=sending.note.strip(),
            early_reason=sending.early_reason.strip(),
            sent_at=at,
            sent_by_id=by,
            witness_id=sending.witness_id,
        )
        movements = [_movement(sending, place, each, by, at) for place, each in enumerate(sending.leaving)]
        write_movements(home_id=home_id, movements=movements, at=at, head=head)
        Disposal.objects.bulk_create(
            _row(consignment, each, movement, lines[each.line_id], sending)
            for each, movement in zip(sending.leaving, movements, strict=True)
        )
        gone = [each.pack_id for each in sending.leaving if each.pack_id in packs and each.reason not in IN_PART]
        StockPack.objects.filter(home_id=home_id, pk__in=gone).update(status=PackStatus.FINISHED)
    return consignment, True


def _asked_for(home_id: int, sending: Sending) -> tuple[dict[int, StockLine], dict[UUID, StockPack]]:
    """Return the lines and packs that are to leave, once it is sure that they are here."""
    if not sending.leaving:
        raise NothingChosen("choose what leaves the home")
    lines = StockLine.objects.select_related("home", "medicine").filter(home_id=home_id)
    found = {each.pk: each for each in lines.filter(pk__in={each.line_id for each in sending.leaving})}
    pack_ids = [each.pack_id for each in sending.leaving if each.pack_id is not None]
    packs = {
        each.pk: each
        for each in StockPack.objects.filter(home_id=home_id, pk__in=pack_ids).exclude(status=PackStatus.FINISHED)
    }
    for each in sending.leaving:
        is_here = each.pack_id is None or (each.pack_id in packs and packs[each.pack_id].line_id == each.line_id)
        if each.line_id not in found or not is_here:
            raise NotHeld("a pack has left the home in the meantime: look at the list again")
    if len(set(pack_ids)) < len(pack_ids):
        raise NotHeld("one pack stands twice on the list")
    return found, packs


def _refuse(sending: Sending, lines: dict[int, StockLine], by: int) -> None:
    """Raise the first thing that must not happen."""
    if any(kept(each.quantity) <= 0 for each in sending.leaving):
        raise QuantityNotPositive("enter how much leaves: more than nothing")
    if any(each.reason == Disposal.Reason.OTHER and not each.words.strip() for each in sending.leaving):
        raise WordsMissing("say in words why it leaves")
    is_destroyed = sending.goes_to == Consignment.GoesTo.DESTROYED
    if not is_destroyed and not (sending.receiver.strip() and sending.collected_by.strip()):
        raise ReceiverMissing("say who received it, and who took it away")
    controlled = [each for each in lines.values() if _is_controlled(each, sending)]
    if sending.witness_id == by:
        raise WitnessMissing("the second person is somebody else than you")
    if controlled and sending.witness_id is None:
        raise WitnessMissing("a second person has to see a controlled drug leave")
    # A home with nursing is a waste producer in its own right; one without returns them as they are, for the
    # pharmacy to destroy. Destroyed in the home, they are made unusable anywhere. (NICE SC1 1.12)
    if controlled and not sending.are_denatured and (controlled[0].home.has_nursing or is_destroyed):
        raise NotDenatured("controlled drugs are made unusable in a denaturing kit first")


def _is_controlled(line: StockLine, sending: Sending) -> bool:
    return line.is_controlled or line.pk in sending.controlled


def _movement(sending: Sending, place: int, leaving: Leaving, by: int, at: datetime) -> Movement:
    return Movement(
        id=str(uuid5(sending.id, f"movement {place}")),
        line_id=leaving.line_id,
        quantity=leaving.quantity,
        source=Place.HOME.value,
        destination=DESTINATIONS[Consignment.GoesTo(sending.goes_to)].value,
        reason=leaving.reason,
        moved_at=at,
        moved_by_id=by,
        witness_id=sending.witness_id,
        pack_id=str(leaving.pack_id) if leaving.pack_id else None,
    )


def _row(consignment: Consignment, leaving: Leaving, movement: Movement, line: StockLine, sending: Sending) -> Disposal:
    return Disposal(
        home_id=consignment.home_id,
        consignment=consignment,
        line=line,
        pack_id=leaving.pack_id,
        movement_id=movement.id,
        quantity=kept(leaving.quantity),
        unit=line.unit,
        reason=leaving.reason,
        words=leaving.words.strip(),
        is_controlled=_is_controlled(line, sending),
        is_denatured=_is_controlled(line, sending) and sending.are_denatured,
    )
