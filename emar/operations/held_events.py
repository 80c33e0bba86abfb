"""What a manager decides about what devices told and the server could not record or does not have."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from emar.models import Device, DeviceEvent, DeviceGapReview, HeldReview
from emar.operations import audit
from emar.queries.device_gaps import Gap
from stock.operations.ledger import lock_home


class AlreadyReviewed(Exception):
    """Somebody has dealt with it before."""


class NotHeld(Exception):
    """No held event of this home has this id."""


class ReasonMissing(ValueError):
    """What was done about it must be said in words."""


def review(
    *, review_id: UUID, home_id: int, event_id: UUID, decision: str, words: str, by: int, at: datetime
) -> HeldReview:
    """Say what became of a held event: `by_hand` (it is in the record now) or `set_aside`, with words.

    The event itself stays as it came. Sending the same decision twice is one act. Raises ReasonMissing, NotHeld,
    AlreadyReviewed, and ValueError for another decision.
    """
    decided = HeldReview.Decision(decision)
    if not words.strip():
        raise ReasonMissing("say what you found out and what you did")
    with transaction.atomic():
        lock_home(home_id)
        if not DeviceEvent.objects.filter(pk=event_id, home_id=home_id, answer="held").exists():
            raise NotHeld
        before = HeldReview.objects.filter(home_id=home_id, event=event_id).first()
        if before is not None:
            if before.pk == review_id:
                return before
            raise AlreadyReviewed
        made = HeldReview.objects.create(
            id=review_id,
            home_id=home_id,
            event=event_id,
            decision=decided,
            words=words.strip(),
            reviewed_at=at,
            reviewed_by_id=by,
        )
        audit.note(action="held_event_reviewed", home_id=home_id, by=by, at=at, about=f"DeviceEvent {event_id}")
    return made


def explain_gap(*, review_id: UUID, device: Device, gap: Gap, words: str, by: int, at: datetime) -> DeviceGapReview:
    """Say what is missing between two events of a device, or why nothing is; the alarm ends.

    Sending the same words twice is one act. Raises ReasonMissing and AlreadyReviewed.
    """
    if not words.strip():
        raise ReasonMissing("say whom you asked and what was missing")
    with transaction.atomic():
        lock_home(device.home_id)
        place = {"after_sequence": gap.after_sequence, "before_sequence": gap.before_sequence}
        before = DeviceGapReview.objects.filter(device=device, **place).first()
        if before is not None:
            if before.pk == review_id:
                return before
            raise AlreadyReviewed
        made = DeviceGapReview.objects.create(
            id=review_id,
            home_id=device.home_id,
            device=device,
            **place,
            words=words.strip(),
            reviewed_at=at,
            reviewed_by_id=by,
        )
        audit.note(action="device_gap_explained", home_id=device.home_id, by=by, at=at, about=device, changes=place)
    return made
