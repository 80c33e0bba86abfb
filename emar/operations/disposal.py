"""Returning and destroying medicines, as far as the record has a say: after a death they wait, and a task is settled.

The movements are the ledger's (stock.operations.disposal), which this calls in one transaction.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from emar.models import Presence, Task
from emar.operations import audit, recalls, tasks
from emar.queries.disposal import holds
from emar.queries.register import register_balances
from stock.models import Consignment, StockLine
from stock.operations import disposal as ledger
from stock.operations.ledger import lock_home
from stock.queries.balances import holds_stock


class HeldAfterDeath(ValueError):
    """Medicines of somebody who died are kept for some days, in case a coroner asks for them. (NICE SC1 1.12)"""


def send(*, home_id: int, sending: ledger.Sending, by: int, at: datetime) -> Consignment:
    """Let medicines leave the home, and settle the task that asked for it once nothing of a resident is left.

    Which of them are controlled drugs is what the register says. Raises HeldAfterDeath within the home's days after a
    death unless a reason is given, and what stock.operations.disposal.send does; then nothing moves.
    """
    with transaction.atomic():
        lock_home(home_id)
        lines = list(StockLine.objects.filter(home_id=home_id, pk__in={each.line_id for each in sending.leaving}))
        residents = sorted({each.resident_id for each in lines if each.resident_id is not None})
        _refuse_held(home_id, sending, residents, at)
        sending = replace(sending, controlled=frozenset(register_balances(home_id)))
        consignment, is_new = ledger.send(home_id=home_id, sending=sending, by=by, at=at)
        if not is_new:
            return consignment
        for resident_id in residents or [None]:
            audit.note(
                action="medicines_disposed", by=by, at=at, home_id=home_id, resident_id=resident_id, about=consignment
            )
        about = [
            f"{presence} {pk}"
            for pk in residents
            if not holds_stock(home_id, pk)
            for presence in (Presence.DIED.value, Presence.LEFT.value)
        ]
        tasks.close_settled(home_id=home_id, kind=Task.Kind.RETURN_STOCK, about=about, by=by, at=at)
        recalls.settle(home_id=home_id, by=by, at=at)
    return consignment


def _refuse_held(home_id: int, sending: ledger.Sending, residents: Sequence[int], at: datetime) -> None:
    held = [each for each in holds(home_id, residents) if at < each.until_at]
    if held and not sending.early_reason.strip():
        first = min(held, key=lambda each: each.until_at)
        raise HeldAfterDeath(
            f"medicines of {first.full_name}, who died, are kept until {first.until_on:%d/%m/%Y}: "
            "say why they leave earlier, and who agreed"
        )
