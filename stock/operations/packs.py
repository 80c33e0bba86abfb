"""Writing down that a pack is open, or may not be given from any more, without moving what is in it."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from stock.models import PackStatus, StockPack
from stock.operations.ledger import lock_home
from stock.queries.storage import opening_rules, packed, unopened
from stock.rules.expiry import opened_group, use_by

#: The clocks of every home. The record has its own, one floor up.
HOME_CLOCK = ZoneInfo("Europe/London")


def quarantine(*, home_id: int, pack_ids: Collection[UUID]) -> int:
    """Put these packs aside: scanning one stops the carer. Returns how many were in use until now.

    Their contents stay on the line, because they are still in the home. Packs that are finished or put aside
    already stay as they are. Who did it and why is in the audit trail of the operation that calls this.
    """
    with transaction.atomic():
        lock_home(home_id)
        packs = StockPack.objects.filter(home_id=home_id, pk__in=pack_ids, status=PackStatus.IN_USE)
        return packs.update(status=PackStatus.QUARANTINED)


class OpenedInFuture(ValueError):
    """Nobody has opened a pack on a day that is still to come."""


def note_opened(
    *, pack: StockPack, opened_on: date, group: str | None, by: int | None, at: datetime
) -> tuple[date | None, date | None]:
    """Write down when a pack was opened and until when that lets it be used; return both days as they stood before.

    `group` is one of stock.rules.expiry, None where opening changes nothing but the day itself. Its last day is the
    earlier of its expiry and what the home's rule for the group allows. Who did it is in the audit trail of the
    operation that calls this. Raises OpenedInFuture.
    """
    if opened_on > at.astimezone(HOME_CLOCK).date():
        raise OpenedInFuture("enter the day on which it was opened, not one that is still to come")
    with transaction.atomic():
        lock_home(pack.home_id)
        pack.refresh_from_db(fields=["opened_on", "use_by", "expires_on"])
        before = pack.opened_on, pack.use_by
        lasts = {each.group: each.lasts for each in opening_rules(pack.home_id)}
        pack.opened_on = opened_on
        pack.use_by = use_by(opened_on, lasts[group] if group else None, pack.expires_on)
        pack.save(update_fields=["opened_on", "use_by"])
    return before


def open_used(*, home_id: int, used: Mapping[str, date], by: int | None, at: datetime) -> int:
    """Write down packs as opened from which a first dose was given, each on its day; return how many.

    Only packs whose opening counts, and that nobody has written down as opened: what somebody said stays. Called in
    the transaction of the record that gave the dose, which says who.
    """
    opened = 0
    for pack in unopened(home_id, list(used)):
        if group := opened_group(packed(pack)):
            # A device whose clock runs ahead has given nothing tomorrow.
            on = min(used[str(pack.pk)], at.astimezone(HOME_CLOCK).date())
            note_opened(pack=pack, opened_on=on, group=group, by=by, at=at)
            opened += 1
    return opened
