"""Moving a pack to another place, putting it aside, taking it into use again: with who did it and why in the trail."""

from datetime import datetime

from django.db import transaction

from emar.operations import audit
from stock.models import PackStatus, StockPack
from stock.operations import packs

#: Which act of the audit trail each new state of a pack is.
ACTS = {
    PackStatus.QUARANTINED.value: "pack_put_aside",
    PackStatus.IN_USE.value: "pack_released",
    PackStatus.FINISHED.value: "pack_finished",
}


class ReasonMissing(ValueError):
    """A pack is put aside and taken into use again only with words that say why."""


def move(*, pack: StockPack, location: str, by: int, at: datetime) -> None:
    """Say that a pack is kept in another place. Raises what stock.operations.packs.move does."""
    with transaction.atomic():
        before = packs.move(pack=pack, location=location, by=by, at=at)
        audit.note(
            action="pack_moved", by=by, at=at, home_id=pack.home_id, resident_id=pack.line.resident_id, about=pack,
            changes={"location": [before, location]},
        )  # fmt: skip


def change_status(*, pack: StockPack, status: str, reason: str, by: int, at: datetime) -> None:
    """Put a pack aside, take it into use again, or say that it is empty; scanning one put aside stops the carer.

    Raises ReasonMissing, and stock.operations.packs.NotInUse. An empty pack needs no reason.
    """
    if not reason.strip() and status != PackStatus.FINISHED:
        raise ReasonMissing("say why")
    with transaction.atomic():
        before = packs.change_status(pack=pack, status=status, by=by, at=at)
        audit.note(
            action=ACTS[status], by=by, at=at, home_id=pack.home_id, resident_id=pack.line.resident_id, about=pack,
            changes={"status": [before, status], "reason": reason.strip()},
        )  # fmt: skip
