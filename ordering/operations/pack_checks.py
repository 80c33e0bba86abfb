"""After a pack is booked in: a second person's look, taking a wrong booking back, and printing its own label."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from emar.operations import audit, packs
from ordering.models import BookedPack, LabelSheet, PackCheck, UndoneBooking
from ordering.operations.booking_in import NotThisHomes, ReasonMissing, move_in
from ordering.queries.deliveries import Booked, booked_of, moved_of_pack, unchecked_packs
from stock.models import PackStatus, Place, StockPack
from stock.operations.ledger import lock_home, write_movements
from stock.queries.recalls import recalls, waiting_pack_ids
from stock.rules.balance import Movement, given_back_id, kept


class WitnessMissing(ValueError):
    """A controlled drug enters and leaves the register before two people."""


class SamePersonChecks(ValueError):
    """Whoever booked a pack in cannot be the second person who looks at it."""


class AlreadyChecked(Exception):
    """A second person has looked at this pack before."""


class CountDiffers(ValueError):
    """What the second person counted is not what was booked in."""


class NotCheckedYet(Exception):
    """A pack that waits for a second person's look is not taken into use by one person alone."""


class CalledBack(Exception):
    """A pack of a batch that is called back is taken into use by saying on the recall that it is another batch."""


class PackUsed(ValueError):
    """Something of the pack has moved since: it cannot be taken back as if it had never come."""


def check(
    *,
    home_id: int,
    booked_id: UUID,
    check_id: UUID,
    counted: Decimal | None = None,
    witness_id: int | None = None,
    by: int,
    at: datetime,
) -> PackCheck:
    """Sign, as a second person who is signed in for themselves, that a pack is as it was entered: it may be used now.

    A controlled drug enters the register here, before two people who are there now: whoever is signed in, and
    `witness_id`; both names stand on its line, and what they counted must be what was booked in. Sent twice it is one
    check. Raises NotThisHomes, SamePersonChecks, AlreadyChecked, WitnessMissing and CountDiffers.
    """
    with transaction.atomic():
        head = lock_home(home_id)
        booked = _booked(home_id, booked_id)
        if known := PackCheck.objects.filter(pk=check_id, booked=booked.row).first():
            return known
        if booked.is_checked or booked.is_undone:
            raise AlreadyChecked("this pack has been looked at before")
        row = booked.row
        if row.is_controlled:
            if witness_id is None or witness_id == by:
                raise WitnessMissing("a controlled drug needs two people in front of it: the second one signs in here")
            if counted is None or kept(counted) != row.quantity:
                raise CountDiffers(
                    "what you counted is not what was booked in: count again, or undo the booking and book it in anew"
                )
            move_in(booked=row, witness=witness_id, head=head, by=by, at=at)
        elif row.booked_by_id == by:
            raise SamePersonChecks("somebody else has to look at what you entered")
        checked = PackCheck.objects.create(
            id=check_id, home_id=home_id, booked=row, counted=counted, unit=row.unit, witness_id=witness_id,
            checked_at=at, checked_by_id=by,
        )  # fmt: skip
        if not row.is_quarantined and row.pack_id not in waiting_pack_ids(recalls(home_id)):
            StockPack.objects.filter(pk=row.pack_id, status=PackStatus.QUARANTINED).update(status=PackStatus.IN_USE)
        audit.note(
            action="pack_checked", by=by, at=at, home_id=home_id, resident_id=booked.pack.line.resident_id, about=row
        )
    return checked


def release(*, pack: StockPack, reason: str, by: int, at: datetime) -> None:
    """Take a pack into use again that was put aside or finished.

    Raises NotCheckedYet, CalledBack, and what emar.operations.packs.change_status does.
    """
    with transaction.atomic():
        lock_home(pack.home_id)
        if unchecked_packs(pack.home_id, [pack.pk]):
            raise NotCheckedYet("a second person has to look at it first: it was typed, or is a controlled drug")
        if pack.pk in waiting_pack_ids(recalls(pack.home_id)):
            raise CalledBack("its batch is called back: say on the recall that this pack is another batch")
        packs.change_status(pack=pack, status=PackStatus.IN_USE, reason=reason, by=by, at=at)


def undo(
    *,
    home_id: int,
    booked_id: UUID,
    undo_id: UUID,
    reason: str,
    witness_id: int | None = None,
    by: int,
    at: datetime,
) -> UndoneBooking:
    """Take a wrong booking back: its contents leave the line by a movement of their own, and nothing is deleted.

    Its GS1 serial is free again, so that the same box can be booked in rightly. A controlled drug that stands in the
    register is taken back before a second person. Raises NotThisHomes, ReasonMissing, WitnessMissing, and PackUsed
    where something of the pack has moved since.
    """
    if not reason.strip():
        raise ReasonMissing("say what was wrong with the booking")
    with transaction.atomic():
        head = lock_home(home_id)
        booked = _booked(home_id, booked_id)
        if known := UndoneBooking.objects.filter(booked=booked.row).first():
            return known
        came, left = moved_of_pack(booked.pack)
        if came is not None:
            if left != came.quantity:
                raise PackUsed("some of it was used or moved since: return or destroy what is left instead")
            if booked.row.is_controlled and (witness_id is None or witness_id == by):
                raise WitnessMissing("a controlled drug leaves the register before a second person")
            back = Movement(
                id=str(given_back_id(came.pk)), line_id=came.line_id, quantity=came.quantity,
                source=Place.HOME.value, destination=Place.SUPPLIER.value, reason="booking_undone", moved_at=at,
                moved_by_id=by, witness_id=witness_id, pack_id=str(booked.pack.pk),
            )  # fmt: skip
            write_movements(home_id=home_id, movements=[back], at=at, head=head)
        # The serial stays in the scan that was kept; a finished pack must not stand in the way of the right one.
        StockPack.objects.filter(pk=booked.pack.pk).update(status=PackStatus.FINISHED, serial="")
        undone = UndoneBooking.objects.create(
            id=undo_id, home_id=home_id, booked=booked.row, reason=reason.strip(), witness_id=witness_id, undone_at=at,
            undone_by_id=by,
        )  # fmt: skip
        audit.note(
            action="booking_undone", by=by, at=at, home_id=home_id, resident_id=booked.pack.line.resident_id,
            about=booked.row,
        )  # fmt: skip
    return undone


def _booked(home_id: int, booked_id: UUID) -> Booked:
    booked = booked_of(home_id, booked_id)
    if booked is None:
        raise NotThisHomes("this home has no such pack")
    return booked


# Labels


def print_labels(
    *,
    home_id: int,
    delivery_id: UUID,
    sheet_id: UUID,
    booked_ids: Sequence[UUID],
    layout: str,
    skipped: int,
    by: int,
    at: datetime,
) -> LabelSheet:
    """Keep which labels are printed together, so that the sheet can be printed again; the same id twice is one sheet.

    Raises NotThisHomes for packs of another delivery, or none.
    """
    with transaction.atomic():
        lock_home(home_id)
        if known := LabelSheet.objects.filter(pk=sheet_id, home_id=home_id).first():
            return known
        own = BookedPack.objects.filter(
            home_id=home_id, delivery_id=delivery_id, pk__in=booked_ids, undonebooking__isnull=True
        )
        here = set(own.values_list("pk", flat=True))
        wanted = [pk for pk in booked_ids if pk in here]
        if not wanted or len(wanted) != len(booked_ids):
            raise NotThisHomes("choose packs of this delivery")
        sheet = LabelSheet.objects.create(
            id=sheet_id, home_id=home_id, delivery_id=delivery_id, booked=wanted, layout=layout, skipped=skipped,
            printed_at=at, printed_by_id=by,
        )  # fmt: skip
        audit.note(action="labels_printed", by=by, at=at, home_id=home_id, about=sheet)
    return sheet
