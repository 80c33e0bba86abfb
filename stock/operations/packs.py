"""Writing down where a pack is, that it is open, put aside or empty, without moving what is in it.

Who did it and why is in the audit trail of the operation that calls these (emar.operations.packs).
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from stock.models import Location, PackStatus, StockPack
from stock.operations.ledger import lock_home
from stock.queries.balances import packs_of_empty_lines
from stock.queries.storage import opening_rules, packed, unopened
from stock.rules.expiry import opened_group, use_by

#: The clocks of every home. The record has its own, one floor up.
HOME_CLOCK = ZoneInfo("Europe/London")
#: For so long the packs of a line that holds nothing stay in use.
FINISHED_AFTER = timedelta(days=1)


def quarantine(*, home_id: int, pack_ids: Collection[UUID]) -> int:
    """Put these packs aside: scanning one stops the carer. Returns how many were in use until now.

    Their contents stay on the line, because they are still in the home. Packs that are finished or put aside
    already stay as they are. Who did it and why is in the audit trail of the operation that calls this.
    """
    with transaction.atomic():
        lock_home(home_id)
        packs = StockPack.objects.filter(home_id=home_id, pk__in=pack_ids, status=PackStatus.IN_USE)
        return packs.update(status=PackStatus.QUARANTINED)


class NoSuchPlace(ValueError):
    """Packs are not kept in such a place."""


class NotInUse(ValueError):
    """The pack was put aside or finished before, or is not put aside any more."""


def move(*, pack: StockPack, location: str, by: int, at: datetime) -> str:
    """Say that a pack is kept in another place of the home; return where it was. Raises NoSuchPlace and NotInUse."""
    if location not in Location.values:
        raise NoSuchPlace("choose where the pack is kept")
    with transaction.atomic():
        lock_home(pack.home_id)
        pack.refresh_from_db(fields=["location", "status"])
        if pack.status == PackStatus.FINISHED:
            raise NotInUse("this pack has left the home or is empty")
        before, pack.location = pack.location, location
        pack.save(update_fields=["location"])
    return before


def change_status(*, pack: StockPack, status: str, by: int, at: datetime) -> str:
    """Put a pack aside, take it into use again, or say that it is empty; return how it stood before.

    What is in it stays on the line: that it is empty moves nothing. `status` is a PackStatus. Raises NotInUse when it
    stands so already.
    """
    with transaction.atomic():
        lock_home(pack.home_id)
        pack.refresh_from_db(fields=["status"])
        if pack.status == status:
            raise NotInUse(f"somebody has done this before: the pack is {PackStatus(status).label.lower()}")
        before, pack.status = pack.status, PackStatus(status)
        pack.save(update_fields=["status"])
    return before


def finish_counted_empty(*, home_id: int, pack_ids: Collection[UUID]) -> int:
    """Say that packs are finished in which a count found nothing; return how many were in use until now."""
    with transaction.atomic():
        lock_home(home_id)
        packs = StockPack.objects.filter(home_id=home_id, pk__in=pack_ids, status=PackStatus.IN_USE)
        return packs.update(status=PackStatus.FINISHED)


def finish_packs_of_empty_lines(*, home_id: int, at: datetime) -> int:
    """Say that packs are finished whose line holds nothing any more since yesterday; return how many.

    A day is left for the delivery that is booked in late. A pack that turns out not to be empty is taken into use
    again by hand.
    """
    empty = packs_of_empty_lines(home_id, at - FINISHED_AFTER)
    return finish_counted_empty(home_id=home_id, pack_ids=empty) if empty else 0


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
