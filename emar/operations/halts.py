"""How do a resident's medicines stop or pause because of where the resident is, or what was decided of them?

Writing, checking and replacing a prescription is not done here. Stopping and pausing are acts of their own, each
written once: what was stopped stays stopped, and what is prescribed again is another prescription.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from emar.models import Prescription, Suspension
from emar.operations import audit


class HaltReasonMissing(ValueError):
    """A medicine is stopped or paused only with words that say why."""


def stop(*, prescription: Prescription, reason: str, by: int, at: datetime, from_at: datetime | None = None) -> None:
    """Stop a prescription from an instant on, now unless `from_at` says another. What has stopped stays as it was.

    Raises HaltReasonMissing.
    """
    _say_why(reason)
    end = from_at or at
    with transaction.atomic():
        changed = (
            Prescription.objects.filter(Q(stopped_at__isnull=True) | Q(stopped_at__gt=end))
            .filter(home_id=prescription.home_id, pk=prescription.pk)
            .update(stopped_at=end, stopped_by=by, stop_reason=reason)
        )
        if changed:
            _resume(prescription, by, at)
            _note("prescription_stopped", prescription, by, at)


def stop_all(
    *, home_id: int, resident_id: int, reason: str, by: int, at: datetime, from_at: datetime | None = None
) -> None:
    """Stop everything that a resident has, as when they have left or died. Raises HaltReasonMissing."""
    _say_why(reason)
    with transaction.atomic():
        active = Prescription.objects.filter(
            Q(stopped_at__isnull=True) | Q(stopped_at__gt=from_at or at), home_id=home_id, resident_id=resident_id
        )
        for prescription in active.order_by("pk"):
            stop(prescription=prescription, reason=reason, by=by, at=at, from_at=from_at)


def suspend(*, prescription: Prescription, reason: str, by: int, at: datetime) -> None:
    """Pause a prescription until somebody resumes it: its doses are neither due nor missed meanwhile.

    One that is paused already stays paused for its first reason. Raises HaltReasonMissing.
    """
    _say_why(reason)
    with transaction.atomic():
        _, is_new = Suspension.objects.get_or_create(
            home_id=prescription.home_id,
            prescription=prescription,
            resumed_at=None,
            defaults={"reason": reason, "since_at": at, "since_by_id": by},
        )
        if is_new:
            _note("prescription_suspended", prescription, by, at)


def resume(*, prescription: Prescription, by: int, at: datetime) -> None:
    """Let a paused prescription go on. One that is not paused stays as it is."""
    with transaction.atomic():
        if _resume(prescription, by, at):
            _note("prescription_resumed", prescription, by, at)


def _resume(prescription: Prescription, by: int, at: datetime) -> int:
    paused = Suspension.objects.filter(home_id=prescription.home_id, prescription=prescription, resumed_at__isnull=True)
    return paused.update(resumed_at=at, resumed_by=by)


def _say_why(reason: str) -> None:
    if not reason.strip():
        raise HaltReasonMissing("say why it is stopped or paused")


def _note(action: str, prescription: Prescription, by: int, at: datetime) -> None:
    audit.note(
        action=action,
        home_id=prescription.home_id,
        resident_id=prescription.resident_id,
        by=by,
        at=at,
        about=prescription,
    )
