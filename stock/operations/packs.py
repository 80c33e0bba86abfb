"""Writing down that a pack may not be given from any more, without moving what is in it."""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction

from stock.models import PackStatus, StockPack
from stock.operations.ledger import lock_home


def quarantine(*, home_id: int, pack_ids: Collection[UUID]) -> int:
    """Put these packs aside: scanning one stops the carer. Returns how many were in use until now.

    Their contents stay on the line, because they are still in the home. Packs that are finished or put aside
    already stay as they are. Who did it and why is in the audit trail of the operation that calls this.
    """
    with transaction.atomic():
        lock_home(home_id)
        packs = StockPack.objects.filter(home_id=home_id, pk__in=pack_ids, status=PackStatus.IN_USE)
        return packs.update(status=PackStatus.QUARANTINED)
