"""What a senior decides about two records of one due dose: one was entered in error, or both happened."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from emar.models import Administration, Answer, ConflictReview, Correction
from emar.operations import administrations, audit
from emar.operations.reviews import AlreadyReviewed, WordsMissing, written_once
from emar.queries.conflicts import Conflict
from stock.operations.ledger import lock_home


def correct_one(
    *, correction_id: UUID, conflict: Conflict, wrong_id: UUID, reason: str, by: int, at: datetime
) -> Correction:
    """Say that one record of a conflict was entered in error: it happened once and was recorded twice.

    The record stays on the chart as corrected, and its stock comes back. Sending the same decision twice is one act.
    Raises WordsMissing, AlreadyReviewed, and KeyError for a record that is not of this conflict.
    """
    if not reason.strip():
        raise WordsMissing("say how you know which one was entered in error")
    wrong = {record.pk: record for record in conflict.records}[wrong_id]
    with transaction.atomic():
        lock_home(wrong.home_id)
        before = Correction.objects.filter(pk=correction_id).first()
        if before is not None:
            return before
        if ConflictReview.objects.filter(administration=conflict.record).exists():
            raise AlreadyReviewed
        try:
            return administrations.correct(
                correction_id=correction_id, administration=wrong, replacement=None, reason=reason.strip(), by=by, at=at
            )
        except administrations.AlreadyCorrected:
            raise AlreadyReviewed from None


def let_both_stand(*, review_id: UUID, record: Administration, words: str, by: int, at: datetime) -> ConflictReview:
    """Say that everything recorded happened, why, and what was done about it. Nothing of the record changes.

    A dose given twice reached the person: the words are what the incident begins with. Sending the same decision
    twice is one act. Raises WordsMissing and AlreadyReviewed.
    """
    with transaction.atomic():
        lock_home(record.home_id)
        if record.answer != Answer.CONFLICT or Correction.objects.filter(administration=record).exists():
            raise AlreadyReviewed
        review, is_new = written_once(
            kind=ConflictReview, review_id=review_id, home_id=record.home_id, of={"administration": record},
            words=words, by=by, at=at,
        )  # fmt: skip
        if is_new:
            audit.note_about(action="conflict_stands", about=record, by=by, at=at)
    return review
