"""Writing down at the desk a dose that nobody recorded when it happened."""

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from emar.models import Administration
from emar.operations import administrations, audit
from emar.operations.administrations import AdministrationRefused, Dose, Told
from stock.operations.ledger import lock_home


class ReasonMissing(ValueError):
    """A late entry without a reason tells nobody whether to believe it."""


class NotYet(ValueError):
    """A dose that is said to have happened later than now."""


def enter_late(
    *, dose: Dose, home_id: int, reason: str, by: int, at: datetime, is_from_paper: bool = False, paper_code: str = ""
) -> Told:
    """Record a dose after the event, in the words of whoever was there, and note who typed it when and why.

    `is_from_paper`: it was written on a printed chart while the system was down; `paper_code` is its row's code.
    The time given stays what is said, the time entered is now: both are shown ever after. Sending the same dose
    twice is one act. Raises ReasonMissing, NotYet, and AdministrationRefused as `record` does.
    """
    if not reason.strip():
        raise ReasonMissing("say why it is entered only now")
    if dose.given_at > at:
        raise NotYet("this time has not come yet")
    code = paper_code.strip().upper()
    paper = f"from paper{f', row {code}' if code else ''}: " if is_from_paper else ""
    dose = replace(
        dose,
        entered_at=at,
        entered_by_id=by,
        scan_source="by_hand",
        by_hand_reason=f"Entered late, {paper}{reason.strip()}" if paper else f"Entered late: {reason.strip()}",
    )
    with transaction.atomic():
        head = lock_home(home_id)
        if (told_before := _told_before(dose, home_id)) is not None:
            return told_before
        (told,) = administrations.record([dose], home_id=home_id, at=at, head=head)
        audit.note(
            action="dose_entered_late",
            home_id=home_id,
            resident_id=dose.resident_id,
            by=by,
            at=at,
            about=f"Administration {dose.id}",
            changes={"from_paper": is_from_paper, "paper_code": code} if is_from_paper else {},
        )
    return told


def _told_before(dose: Dose, home_id: int) -> Told | None:
    """Return what was said of the same late entry before, None where it is new.

    The operation's own seal cannot tell: it covers when the entry was typed, which a second sending changes.
    """
    found = Administration.objects.filter(pk=dose.id, home_id=home_id).first()
    if found is None:
        return None
    said = (str(found.prescription_id), found.due_at, found.outcome, found.amount, found.given_at, found.given_by_id)
    if said != (dose.prescription_id, dose.due_at, dose.outcome, dose.amount, dose.given_at, dose.given_by_id):
        raise AdministrationRefused("This was recorded already, with other words: open the record to correct it.")
    return Told(dose.id, found.answer, tuple(found.findings))
