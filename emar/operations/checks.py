"""Writing down that somebody looked: whether a when-required dose worked, and whether a patch is in place."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from emar.models import Administration, EffectCheck, PatchCheck, Prescription, Task
from emar.operations.tasks import Cause, close_settled, raise_tasks
from emar.queries.schedules import schedule_of
from emar.rules.amounts import ScheduleError
from emar.rules.body_map import AREA_WORDS
from emar.rules.schedule import IntervalPlan
from stock.operations.ledger import lock_home

#: What devices of the first version say for the words of the record.
EARLIER_WORDS = {"helped": "worked", "helped_a_little": "partly", "did_not_help": "not"}


class NotChecked(Exception):
    """What was looked at is not of this home, or the word for what was found is not one of the record's."""


@dataclass(frozen=True, slots=True)
class Looked:
    """That somebody looked. The id is made before sending; `by` says who, `entered_at` is the device's clock."""

    id: str
    checked_at: datetime
    entered_at: datetime
    words: str = ""
    device_id: UUID | None = None


def check_effect(
    *, home_id: int, looked: Looked, administration_id: str, effect: str, by: int, at: datetime
) -> EffectCheck:
    """Write down whether a when-required dose worked, and close the task that asked for it.

    Raises NotChecked for a dose that is not this home's and for an unknown word. What did not work, or made
    it worse, is on the resident's page and the MAR chart; the protocol says when the prescriber is called.
    """
    word = EARLIER_WORDS.get(effect, effect)
    if word not in EffectCheck.Effect.values:
        raise NotChecked("The effect is not one of the record's words.")
    with transaction.atomic():
        lock_home(home_id)
        if not Administration.objects.filter(home_id=home_id, pk=administration_id).exists():
            raise NotChecked("This home has no such dose.")
        found = EffectCheck.objects.create(
            **_seen(home_id, looked, by, at), administration_id=administration_id, effect=word
        )
        close_settled(home_id=home_id, kind=Task.Kind.CHECK_EFFECT, about=[administration_id], by=by, at=at)
    return found


def check_patch(
    *, home_id: int, looked: Looked, prescription_id: str, found: str, site: str, by: int, at: datetime
) -> PatchCheck:
    """Write down whether a patch is in place, and raise a task when it has fallen off.

    A new one put on afterwards starts its hours again (rules.interval). A place that the body map does not have stands
    in the words of what was seen, so that it is not lost. Raises NotChecked for a prescription that is not a patch of
    this home, and for an unknown word.
    """
    if found not in PatchCheck.Found.values:
        raise NotChecked("What was found of the patch is not one of the record's words.")
    with transaction.atomic():
        lock_home(home_id)
        line = Prescription.objects.filter(home_id=home_id, pk=prescription_id).first()
        if line is None or not _is_patch(line):
            raise NotChecked("This home has no such patch.")
        if site and site not in AREA_WORDS:
            looked, site = replace(looked, words=f"{looked.words} Where: {site}".strip()), ""
        written = PatchCheck.objects.create(
            **_seen(home_id, looked, by, at), prescription_id=prescription_id, found=found, site=site
        )
        if found == PatchCheck.Found.FALLEN_OFF:
            cause = Cause(
                kind=Task.Kind.PATCH_NOT_IN_PLACE,
                cause=str(written.pk),
                due_at=looked.checked_at,
                resident_id=line.resident_id,
                prescription_id=line.pk,
                is_urgent=True,
                facts={"seen_at": looked.checked_at.isoformat(), "site": site},
            )
            raise_tasks(home_id=home_id, causes=[cause], at=at, by=None)
    return written


def _is_patch(line: Prescription) -> bool:
    try:
        plan = schedule_of(line).plan
    except ScheduleError:
        return False
    # A patch with a patch-free time by the clock is a regular plan with putting on and taking off.
    slots = () if isinstance(plan, IntervalPlan) else getattr(plan, "phases", ())
    return isinstance(plan, IntervalPlan) or any(slot.event == "put_on" for phase in slots for slot in phase.slots)


def _seen(home_id: int, looked: Looked, by: int, at: datetime) -> Mapping[str, object]:
    return {
        "id": looked.id,
        "home_id": home_id,
        "words": looked.words,
        "checked_at": looked.checked_at,
        "checked_by_id": by,
        "entered_at": looked.entered_at,
        "received_at": at,
        "device_id": looked.device_id,
    }
