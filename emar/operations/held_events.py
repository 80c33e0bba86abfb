"""What a manager decides about what devices told and the server could not record or does not have."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from emar.models import Device, DeviceEvent, DeviceGapReview, HeldReview
from emar.operations import audit
from emar.operations.reviews import written_once
from emar.queries.device_gaps import Gap
from stock.operations.ledger import lock_home


class NotHeld(Exception):
    """No held event of this home has this id."""


def review(
    *, review_id: UUID, home_id: int, event_id: UUID, decision: str, words: str, by: int, at: datetime
) -> HeldReview:
    """Say what became of a held event: `by_hand` (it is in the record now) or `set_aside`, with words.

    The event itself stays as it came. Sending the same decision twice is one act. Raises WordsMissing, NotHeld,
    AlreadyReviewed, and ValueError for another decision.
    """
    decided = HeldReview.Decision(decision)
    with transaction.atomic():
        lock_home(home_id)
        if not DeviceEvent.objects.filter(pk=event_id, home_id=home_id, answer="held").exists():
            raise NotHeld
        made, is_new = written_once(
            kind=HeldReview, review_id=review_id, home_id=home_id, of={"event": event_id}, words=words, by=by, at=at,
            more={"decision": decided},
        )  # fmt: skip
        if is_new:
            audit.note(action="held_event_reviewed", home_id=home_id, by=by, at=at, about=f"DeviceEvent {event_id}")
    return made


def explain_gap(*, review_id: UUID, device: Device, gap: Gap, words: str, by: int, at: datetime) -> DeviceGapReview:
    """Say what is missing between two events of a device, or why nothing is; the alarm ends.

    Sending the same words twice is one act. Raises WordsMissing and AlreadyReviewed.
    """
    place = {"after_sequence": gap.after_sequence, "before_sequence": gap.before_sequence}
    with transaction.atomic():
        made, is_new = written_once(
            kind=DeviceGapReview, review_id=review_id, home_id=device.home_id, of={"device": device, **place},
            words=words, by=by, at=at,
        )  # fmt: skip
        if is_new:
            audit.note_about(action="device_gap_explained", about=device, by=by, at=at, changes=place)
    return made
