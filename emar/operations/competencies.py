"""Every write about what staff have been seen to do well, and about letting somebody go on without it for a while."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from emar.models import Competency, CompetencyOverride
from emar.operations import audit


class AssessedThemselves(ValueError):
    """Nobody signs for their own competency."""


class NoDaysLeft(ValueError):
    """It would have run out before it began."""


class OverrideReasonMissing(ValueError):
    """Letting somebody go on without an assessment needs words that say why."""


def assess(
    *,
    home_id: int,
    competency_id: UUID,
    staff_member_id: int,
    subject: str,
    assessed_on: date,
    expires_on: date,
    words: str = "",
    by: int,
    at: datetime,
) -> Competency:
    """Record that `by` saw somebody do it well; it holds until `expires_on`, the first day without it.

    Raises AssessedThemselves and NoDaysLeft. Sending the same form twice is one assessment. (NICE SC1 1.17)
    """
    if staff_member_id == by:
        raise AssessedThemselves("somebody else has to assess you")
    if expires_on <= assessed_on:
        raise NoDaysLeft("it has to end after the day of the assessment")
    with transaction.atomic():
        assessed, is_new = Competency.objects.get_or_create(
            pk=competency_id,
            defaults={
                "home_id": home_id,
                "staff_member_id": staff_member_id,
                "subject": subject,
                "assessed_on": assessed_on,
                "expires_on": expires_on,
                "assessed_by_id": by,
                "words": words,
                "recorded_at": at,
                "recorded_by_id": by,
            },
        )
        if is_new:
            audit.note(action="competency_assessed", home_id=home_id, by=by, at=at, about=assessed)
    return assessed


def override(
    *,
    home_id: int,
    override_id: UUID,
    staff_member_id: int,
    subject: str,
    until_at: datetime,
    reason: str,
    by: int,
    at: datetime,
) -> CompetencyOverride:
    """Let somebody whose competency has run out start rounds until an instant; a manager's decision, with a reason.

    Raises OverrideReasonMissing, NoDaysLeft and AssessedThemselves.
    """
    if not reason.strip():
        raise OverrideReasonMissing("say why it cannot wait for the assessment")
    if until_at <= at:
        raise NoDaysLeft("choose a time that is still to come")
    if staff_member_id == by:
        raise AssessedThemselves("somebody else has to let you go on")
    with transaction.atomic():
        allowed, is_new = CompetencyOverride.objects.get_or_create(
            pk=override_id,
            defaults={
                "home_id": home_id,
                "staff_member_id": staff_member_id,
                "subject": subject,
                "until_at": until_at,
                "reason": reason,
                "allowed_at": at,
                "allowed_by_id": by,
            },
        )
        if is_new:
            audit.note(action="competency_overridden", home_id=home_id, by=by, at=at, about=allowed)
    return allowed
