"""Every write about medicines that go out with a resident and come back."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from emar.models import LeaveMedicines, Prescription, Resident
from emar.operations import audit
from emar.queries.taken import lines_of
from stock.operations import away
from stock.operations.ledger import lock_home


class TakenBackBefore(Exception):
    """What came back of these medicines was written down before."""


class NothingHeld(Exception):
    """The home holds no stock of this medicine that could go out."""


class WitnessMissing(ValueError):
    """A controlled drug leaves and comes back under the eyes of two people. (trust.md, ledger invariant 6)"""


@dataclass(frozen=True, slots=True)
class GoingOut:
    """So much of one prescription's medicine, in whose charge, out of which pack where that is known.

    `line_id` is the stock line where a prescription has several: warfarin by the milligram has one for each strength.
    Its `id` is made by the form, so that sending it twice is one act.
    """

    id: UUID
    prescription_id: UUID
    quantity: Decimal
    sent_with: str
    pack_id: UUID | None = None
    witness_id: int | None = None
    line_id: int | None = None


def send_out(*, resident: Resident, going: GoingOut, by: int, at: datetime) -> LeaveMedicines:
    """Write down medicines that go out with a resident, and let them leave the home's stock.

    Raises NothingHeld, WitnessMissing for a controlled drug without a second person, and
    stock.operations.ledger.QuantityNotPositive.
    """
    with transaction.atomic():
        lock_home(resident.home_id)
        if (already := LeaveMedicines.objects.filter(pk=going.id, resident=resident).first()) is not None:
            return already
        prescription = Prescription.objects.select_related("medicine").get(
            home_id=resident.home_id, resident=resident, pk=going.prescription_id
        )
        if prescription.is_controlled and going.witness_id in (None, by):
            raise WitnessMissing("a second person has to see a controlled drug go out")
        line = next((each for each in lines_of(prescription) if going.line_id in (None, each.pk)), None)
        if line is None:
            raise NothingHeld("the home holds none of it")
        sent = away.Sent(line.pk, str(going.pack_id) if going.pack_id else None, going.quantity)
        away.send_away(home_id=resident.home_id, sent=sent, by=by, at=at, witness=going.witness_id)
        out = LeaveMedicines.objects.create(
            pk=going.id,
            home_id=resident.home_id,
            resident=resident,
            prescription=prescription,
            line=line,
            pack_id=going.pack_id,
            quantity=going.quantity,
            unit=line.unit,
            sent_at=at,
            sent_by_id=by,
            sent_with=going.sent_with,
        )
        audit.note_about(action="medicines_sent_out", about=out, by=by, at=at)
    return out


def take_back(*, out: LeaveMedicines, returned: Decimal, by: int, at: datetime, witness_id: int | None = None) -> None:
    """Write down what came back of medicines that were out; the rest was used.

    Raises TakenBackBefore, WitnessMissing, stock.operations.away.MoreThanWasSent and
    stock.operations.ledger.QuantityNotPositive.
    """
    with transaction.atomic():
        lock_home(out.home_id)
        out.refresh_from_db()
        if out.returned_at is not None:
            raise TakenBackBefore
        if out.prescription.is_controlled and witness_id in (None, by):
            raise WitnessMissing("a second person has to see a controlled drug come back")
        sent = away.Sent(out.line_id, str(out.pack_id) if out.pack_id else None, out.quantity)
        away.take_back(home_id=out.home_id, sent=sent, returned=returned, by=by, at=at, witness=witness_id)
        out.returned, out.returned_at, out.returned_by_id = returned, at, by
        out.save(update_fields=["returned", "returned_at", "returned_by"])
        audit.note_about(action="medicines_taken_back", about=out, by=by, at=at)
