"""What a home's staff say an unknown barcode means: said at the bedside, used once a manager has approved it."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from emar.models import Medicine, Prescription, TaughtCode
from emar.operations import audit
from emar.queries.medicines import medicines_for_gtin
from emar.rules.wall_clock import local_day
from stock.operations.ledger import lock_home
from stock.rules.codes import gtin_key
from stock.rules.gs1 import read_scan


class CodeAlreadyKnown(Exception):
    """The code already means another product, of dm+d or of the home; the message names it."""


class NotAGtin(Exception):
    """The text is no GTIN: wrong length, other characters than digits, or a wrong check digit."""


class NotPending(Exception):
    """Somebody has approved or withdrawn this code before."""


def propose(
    *, home_id: int, gtin: str, medicine_id: str, pack_name: str = "", by: int | None, at: datetime
) -> TaughtCode:
    """Remember, until a manager looks at it, that somebody said an unknown GTIN belongs to a medicine.

    Nothing is matched by it yet. Saying the same again changes nothing. Raises NotAGtin, and CodeAlreadyKnown when
    the code is known for another product: a code that could mean two medicines would defeat the check it is
    scanned for.
    """
    key = gtin_key(gtin)
    if key is None:
        raise NotAGtin(f"{gtin[:20]} is not the number of a barcode on a pack.")
    with transaction.atomic():
        lock_home(home_id)
        taught = Medicine.objects.get(pk=medicine_id)
        _check_free(home_id, key, taught, at)
        code, _ = TaughtCode.objects.get_or_create(
            home_id=home_id,
            gtin=key,
            medicine=taught,
            withdrawn_at=None,
            defaults={"pack_name": pack_name[:255], "taught_at": at, "taught_by_id": by},
        )
    return code


def propose_from_scan(
    *, home_id: int, text: str, prescription_id: str | None, by: int, at: datetime
) -> TaughtCode | None:
    """Propose what a carer saw at the bedside: the code on the pack is the prescribed medicine's.

    The scan itself is evidence of its own and kept by its own operation, so what cannot be taught (no GTIN in it, a
    code that is known) is None here and never an error.
    """
    read = read_scan(text, today=local_day(at))
    line = Prescription.objects.filter(pk=UUID(prescription_id), home_id=home_id).first() if prescription_id else None
    if gtin_key(read.key) is None or line is None:
        return None
    try:
        return propose(home_id=home_id, gtin=read.key, medicine_id=line.medicine_id, by=by, at=at)
    except CodeAlreadyKnown:
        return None


def approve(*, home_id: int, code_id: int, by: int, at: datetime) -> TaughtCode:
    """Let the home's devices match packs by a taught code from now on; a manager's decision after looking at the pack.

    Raises NotPending, and CodeAlreadyKnown when the code has come to mean another product since it was taught.
    """
    with transaction.atomic():
        lock_home(home_id)
        code = _pending(home_id, code_id)
        _check_free(home_id, code.gtin, code.medicine, at)
        code.approved_at, code.approved_by_id = at, by
        code.save(update_fields=["approved_at", "approved_by"])
        audit.note(action="taught_code_approved", by=by, at=at, home_id=home_id, about=code)
    return code


def withdraw(*, home_id: int, code_id: int, by: int, at: datetime) -> None:
    """Refuse a taught code, or stop using one; the row stays as evidence. Repeating it changes nothing."""
    with transaction.atomic():
        lock_home(home_id)
        withdrawn = TaughtCode.objects.filter(pk=code_id, home_id=home_id, withdrawn_at=None).update(
            withdrawn_at=at, withdrawn_by=by
        )
        if withdrawn:
            audit.note(action="taught_code_withdrawn", by=by, at=at, home_id=home_id, about=f"TaughtCode {code_id}")


def _pending(home_id: int, code_id: int) -> TaughtCode:
    pending = TaughtCode.objects.filter(pk=code_id, home_id=home_id, withdrawn_at=None, approved_at=None)
    code = pending.select_related("medicine").first()
    if code is None:
        raise NotPending
    return code


def _check_free(home_id: int, key: str, taught: Medicine, at: datetime) -> None:
    for other in medicines_for_gtin(key, on=local_day(at), home=home_id):
        if (other.generic_id or other.pk) != (taught.generic_id or taught.pk):
            raise CodeAlreadyKnown(f"This code is known as {other.name}.")
