"""What a senior decides about two records of one due dose: one was entered in error, or both happened."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from emar.models import Administration, Answer, ConflictReview, Correction
from emar.operations import administrations, audit
from emar.queries.conflicts import Conflict
from stock.operations.ledger import lock_home


class AlreadyDecided(Exception):
    """Somebody has decided this conflict before."""


class ReasonMissing(ValueError):
    """A decision without words explains nothing to whoever reads the record later."""


def correct_one(
    *, correction_id: UUID, conflict: Conflict, wrong_id: UUID, reason: str, by: int, at: datetime
) -> Correction:
    """Say that one record of a conflict was entered in error: it happened once and was recorded twice.

    The record stays on the chart as corrected, and its stock comes back. Sending the same decision twice is one act.
    Raises ReasonMissing, AlreadyDecided, and KeyError for a record that is not of this conflict.
    """
    if not reason.strip():
        raise ReasonMissing("say how you know which one was entered in error")
    wrong = {record.pk: record for record in conflict.records}[wrong_id]
    with transaction.atomic():
        lock_home(wrong.home_id)
        before = Correction.objects.filter(pk=correction_id).first()
        if before is not None:
            return before
        if ConflictReview.objects.filter(administration=conflict.record).exists():
            raise AlreadyDecided
        try:
            return administrations.correct(
                correction_id=correction_id, administration=wrong, replacement=None, reason=reason.strip(), by=by, at=at
            )
        except administrations.AlreadyCorrected:
            raise AlreadyDecided from None


def let_both_stand(*, review_id: UUID, record: Administration, words: str, by: int, at: datetime) -> ConflictReview:
    """Say that everything recorded happened, why, and what was done about it. Nothing of the record changes.

    A dose given twice reached the person: the words are what the incident begins with. Sending the same decision
    twice is one act. Raises ReasonMissing and AlreadyDecided.
    """
    if not words.strip():
        raise ReasonMissing("say what happened, and whom you told")
    with transaction.atomic():
        lock_home(record.home_id)
        before = ConflictReview.objects.filter(administration=record).first()
        if before is not None and before.pk == review_id:
            return before
        if (
            before is not None
            or record.answer != Answer.CONFLICT
            or Correction.objects.filter(administration=record).exists()
        ):
            raise AlreadyDecided
        review = ConflictReview.objects.create(
            id=review_id,
            home_id=record.home_id,
            administration=record,
            words=words.strip(),
            reviewed_at=at,
            reviewed_by_id=by,
        )
        audit.note(
            action="conflict_stands",
            home_id=record.home_id,
            resident_id=record.resident_id,
            by=by,
            at=at,
            about=record,
        )
    return review
