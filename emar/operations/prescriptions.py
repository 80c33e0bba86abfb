"""Every write about what a resident is prescribed: writing, checking, changing, stopping, suspending.

What was prescribed never changes on a row: a change is a new version that replaces the old one at one instant.
A version that a person typed gives no dose before a second person checked it. Which words a page shows for
what is refused here is the page's business.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from emar.models import Prescription, Resident, Suspension
from emar.operations import audit
from emar.queries import writing
from emar.queries.schedules import schedule_of
from emar.rules.amounts import ScheduleError
from emar.rules.body_map import unknown_areas
from emar.rules.inr import InrPlan, InrRecord
from emar.rules.interval import IntervalPlan
from emar.rules.prn_protocol import ProtocolError, protocol_from_json
from emar.rules.readings import READINGS
from emar.rules.replacing import begins, change_over, starting_at
from emar.rules.schedule import Schedule, WhenRequiredPlan, schedule_from_json
from emar.rules.schedule_words import schedule_words
from emar.rules.wall_clock import local_day
from emar.rules.warnings import ThinkAgain
from stock.models import PackStatus, StockPack
from stock.operations.ledger import lock_home
from stock.operations.packs import quarantine

#: The instruction with which a writer says that boxes with the old label may still be given from.
KEEPS_PACKS = "Boxes may still show the old dose: follow this record, not the label."

#: A change is carried out at its time; a job that stood still for longer than this has other troubles.
LOOKED_BACK = timedelta(days=31)


class PrescriptionConflict(Exception):
    """The act does not fit what the prescription has become meanwhile; the message says what it is."""


class OwnPrescription(Exception):
    """Whoever wrote a prescription tried to check it: a second person sees what the first overlooked."""


class ReasonMissing(ValueError):
    """A stop, a suspension, sending back, or going on after a warning needs words that say why."""


class FirstDosePassed(Exception):
    """A dose in real hours fell due before the check: nobody would be asked for it."""


@dataclass(frozen=True, slots=True)
class Prescribed:
    """What is prescribed: everything of a prescription but whose it is and who did it."""

    id: UUID
    medicine_id: str
    authority: str
    schedule: Mapping[str, Any]
    dose_words: str = ""
    indication: str = ""
    route: str = ""
    instructions: tuple[str, ...] = ()
    prn_protocol: Mapping[str, Any] | None = None
    body_areas: tuple[str, ...] = ()
    said_by: str = ""
    must_be_brand: bool = False
    is_controlled: bool = False


def write(*, new: Prescribed, resident: Resident, by: int, at: datetime, reason: str = "") -> Prescription:
    """Write a prescription that waits for its second check; the same id again is the same act.

    `reason` is why the writer goes on after a warning (emar.rules.warnings). Raises ScheduleError and
    ProtocolError for what no carer could follow, and ReasonMissing when there are warnings and no reason.
    """
    with transaction.atomic():
        lock_home(resident.home_id)
        return _write(new, resident, None, by, at, reason)


def change(*, prescription: Prescription, new: Prescribed, by: int, at: datetime, reason: str = "") -> Prescription:
    """Write the version that replaces a prescription from where its own schedule begins, once it is checked.

    Until then the old one goes on. Doses after midnight that belong to the night before stay the old one's.
    Raises as `write` does, and PrescriptionConflict when the old one was stopped or a change of it waits.
    """
    with transaction.atomic():
        lock_home(prescription.home_id)
        return _change(prescription, new, by, at, reason)


def _change(
    prescription: Prescription, new: Prescribed, by: int, at: datetime, reason: str, *, is_accepting: bool = True
) -> Prescription:
    if (done := _written_before(new.id, prescription.home_id, by)) is not None:
        return done
    last = _tail(prescription)
    if last.checked_at is None and last.stopped_at is None:
        raise PrescriptionConflict("A change of this prescription waits for its check: check it or send it back.")
    active = _in_force(last)
    schedule = schedule_from_json(new.schedule)
    if active is not None and not isinstance(schedule.plan, InrPlan):
        starts_at = change_over(schedule_of(active), begins(schedule))
        schedule = starting_at(schedule, starts_at)
    new = replace(new, schedule=schedule.to_json())
    return _write(new, prescription.resident, last, by, at, reason, is_accepting=is_accepting)


def record_inr(*, prescription: Prescription, record: InrRecord, new_id: UUID, by: int, at: datetime) -> Prescription:
    """Write the version of a warfarin prescription that has a new INR result and its doses; it needs its check.

    Raises ScheduleError when the doses cannot be made up from the strengths in the trolley.
    """
    plan, terms = schedule_of(prescription).plan, schedule_of(prescription).terms
    if not isinstance(plan, InrPlan):
        raise PrescriptionConflict("This prescription does not go by an INR.")
    kept = tuple(each for each in plan.records if each.until_on > local_day(at))
    schedule = Schedule(terms, InrPlan(plan.slot, (*kept, record)))
    new = Prescribed(
        id=new_id,
        medicine_id=prescription.medicine_id,
        authority=prescription.authority,
        schedule=schedule.to_json(),
        dose_words=schedule_words(schedule),
        indication=prescription.indication,
        route=prescription.route,
        instructions=tuple(prescription.instructions),
        body_areas=tuple(prescription.body_areas),
        said_by=prescription.said_by,
        must_be_brand=prescription.must_be_brand,
        is_controlled=prescription.is_controlled,
    )
    with transaction.atomic():
        lock_home(prescription.home_id)
        return _change(prescription, new, by, at, "A new INR result", is_accepting=False)


def _write(
    new: Prescribed,
    resident: Resident,
    last: Prescription | None,
    by: int,
    at: datetime,
    reason: str,
    *,
    is_accepting: bool = True,
) -> Prescription:
    """Write a version. `is_accepting`: a person read the warnings, so that `reason` accepts the allergies it meets."""
    if (done := _written_before(new.id, resident.home_id, by)) is not None:
        return done
    schedule = schedule_from_json(new.schedule)
    protocol = None
    if isinstance(schedule.plan, WhenRequiredPlan):
        if new.prn_protocol is None:
            raise ProtocolError("Say what the medicine is for: a carer must know when to offer it.")
        protocol = protocol_from_json(new.prn_protocol).to_json()
    _refuse_free_words(new, schedule, last)
    warned = _warned(new, resident, schedule, last, at)
    if warned and not reason.strip():
        raise ReasonMissing("Read the warnings, and say why you go on.")
    written = Prescription.objects.create(
        id=new.id,
        home_id=resident.home_id,
        resident=resident,
        medicine_id=new.medicine_id,
        replaces=last,
        version=1 if last is None else last.version + 1,
        authority=new.authority,
        schedule=schedule.to_json(),
        dose_words=new.dose_words.strip() or schedule_words(schedule),
        indication=new.indication,
        route=new.route,
        instructions=list(new.instructions),
        prn_protocol=protocol,
        body_areas=list(new.body_areas),
        accepted_allergies=_accepted(warned, last, is_accepting=is_accepting),
        said_by=new.said_by,
        must_be_brand=new.must_be_brand,
        is_time_critical=schedule.is_time_critical,
        is_controlled=new.is_controlled,
        written_at=at,
        written_by_id=by,
    )
    changes = {"warnings": [each.words for each in warned], "reason": reason.strip()} if warned else {}
    audit.note_about(action="prescription_written", about=written, by=by, at=at, changes=changes)
    return written


def _refuse_free_words(new: Prescribed, schedule: Schedule, last: Prescription | None) -> None:
    """Raise ScheduleError for a place on no body map and a reading without a name; what stood before may stay."""
    before = [] if last is None else _places(schedule_from_json(last.schedule), last.body_areas)
    if unknown := [each for each in unknown_areas(_places(schedule, new.body_areas)) if each not in before]:
        raise ScheduleError(f"“{unknown[0]}” is not a place on the body map: choose one that is.")
    readings = {schedule.terms.reading, *(rule.reading for rule in schedule.terms.holds)} - {None, *READINGS}
    if readings and (last is None or not readings <= _readings(last)):
        raise ScheduleError(f"“{min(filter(None, readings))}” is not something the record measures: choose what is.")


def _places(schedule: Schedule, areas: Sequence[str]) -> list[str]:
    return [*areas, *(schedule.plan.sites if isinstance(schedule.plan, IntervalPlan) else ())]


def _readings(prescription: Prescription) -> set[str | None]:
    terms = schedule_from_json(prescription.schedule).terms
    return {terms.reading, *(rule.reading for rule in terms.holds)}


def _written_before(pk: UUID, home_id: int, by: int) -> Prescription | None:
    """Return what an earlier sending of the same form wrote."""
    found = Prescription.objects.filter(pk=pk, home_id=home_id).select_related("resident").first()
    if found is not None and found.written_by_id != by:
        raise PrescriptionConflict("Somebody else has written this prescription.")
    return found


def _accepted(warned: Sequence[ThinkAgain], last: Prescription | None, *, is_accepting: bool) -> list[str]:
    """Return the allergies that the prescription meets and somebody accepted: now, or when they last wrote it.

    One recorded since then stops the carer until a person has thought about it.
    """
    met = list(dict.fromkeys(each.substance for each in warned if each.substance))
    before = [] if last is None else last.accepted_allergies
    return met if is_accepting else [each for each in met if each in before]


def _warned(
    new: Prescribed, resident: Resident, schedule: Schedule, last: Prescription | None, at: datetime
) -> list[ThinkAgain]:
    choice = writing.medicine_choice(resident.home_id, new.medicine_id)
    if choice is None:
        raise PrescriptionConflict("This medicine is not known any more: search again.")
    chain = () if last is None else tuple(each.pk for each in writing.versions(resident.home_id, last))
    rounds = writing.rounds_of(resident.home_id, resident, local_day(at))
    return writing.warnings_for(resident.home_id, resident.pk, choice.medicine, schedule, rounds, replacing=chain)


def _tail(prescription: Prescription) -> Prescription:
    """Return the newest version of the chain that a prescription belongs to."""
    chain = Prescription.objects.select_for_update().filter(home_id=prescription.home_id)
    last = chain.get(pk=prescription.pk)
    while (later := chain.filter(replaces=last).first()) is not None:
        last = later
    return last


def _in_force(last: Prescription) -> Prescription | None:
    """Return the version of the chain that gives doses now: the nearest checked one, None where it was stopped."""
    version: Prescription | None = last
    while version is not None and version.checked_at is None:
        version = version.replaces
    if version is None:
        return None
    if version.stopped_at is not None:
        raise PrescriptionConflict("This prescription was stopped: write a new one.")
    return version


def check(*, prescription: Prescription, by: int, at: datetime) -> Prescription:
    """Say as a second person that a prescription is right: from now on it gives doses.

    The version it replaces ends at the instant the new one begins, or now where that has passed; in the same
    transaction its packs are put aside. Raises OwnPrescription, PrescriptionConflict when it was checked or
    sent back meanwhile, and FirstDosePassed where real hours would be counted from a time nobody acted on.
    """
    with transaction.atomic():
        lock_home(prescription.home_id)
        found = Prescription.objects.select_for_update().get(pk=prescription.pk, home_id=prescription.home_id)
        _refuse_check(found, by, at)
        found.checked_at, found.checked_by_id = at, by
        found.save(update_fields=["checked_at", "checked_by"])
        old = _in_force(found.replaces) if found.replaces is not None else None
        audit.note_about(action="prescription_checked", about=found, by=by, at=at)
        if old is not None:
            _end_replaced(old, found, by, at)
            put_aside_replaced_packs(home_id=found.home_id, by=by, at=at)
    return found


def _refuse_check(found: Prescription, by: int, at: datetime) -> None:
    if found.stopped_at is not None:
        raise PrescriptionConflict("This prescription was sent back: it is not checked any more.")
    if found.checked_at is not None:
        raise PrescriptionConflict("Somebody has checked this prescription already.")
    if found.written_by_id == by:
        raise OwnPrescription("A second trained person checks it: you wrote it.")
    plan = schedule_of(found).plan
    if isinstance(plan, IntervalPlan) and plan.first_at < at:
        raise FirstDosePassed("The first time has passed: send it back with the next time it is to be changed.")


def _end_replaced(old: Prescription, new: Prescription, by: int, at: datetime) -> None:
    schedule = schedule_of(new)
    starts_at = at if isinstance(schedule.plan, InrPlan) else max(begins(schedule), at)
    old.stopped_at, old.stopped_by_id = starts_at, by
    old.stop_reason = f"Changed: replaced by version {new.version}"
    old.save(update_fields=["stopped_at", "stopped_by", "stop_reason"])
    audit.note_about(action="prescription_replaced", about=old, by=by, at=at, changes={"replaced_by": str(new.pk)})


def put_aside_replaced_packs(*, home_id: int, by: int | None, at: datetime) -> int:
    """Put aside the packs of versions that have been replaced by now; safe to run again. Returns how many.

    A change that lies ahead leaves the packs in use until its time: whoever runs periodic work runs this.
    Packs are kept where the new version says so (KEEPS_PACKS), where only an INR result is new, where they
    came in after the change was written, and where another prescription of the resident uses the product.
    """
    if not _to_put_aside(home_id, at):
        # Nothing is written where nothing waits, so that devices need not fetch what has not changed.
        return 0
    count = 0
    with transaction.atomic():
        lock_home(home_id)
        for old, packs in _to_put_aside(home_id, at):
            if moved := quarantine(home_id=home_id, pack_ids=packs):
                count += moved
                put_aside = {"packs": [str(pk) for pk in packs]}
                audit.note_about(action="packs_put_aside", about=old, by=by, at=at, changes=put_aside)
    return count


def _to_put_aside(home_id: int, at: datetime) -> list[tuple[Prescription, list[UUID]]]:
    ended = Prescription.objects.filter(
        _has_packs_in_use(home_id),
        home_id=home_id,
        checked_at__isnull=False,
        stopped_at__gt=at - LOOKED_BACK,
        stopped_at__lte=at,
        replaced_by__isnull=False,
    )
    found = []
    for old in ended.select_related("medicine"):
        new = _successor(old)
        if new is None or KEEPS_PACKS in new.instructions or isinstance(schedule_of(new).plan, InrPlan):
            continue
        if packs := _packs_of(old, new):
            found.append((old, packs))
    return found


def _has_packs_in_use(home_id: int) -> Q:
    lines = StockPack.objects.filter(home_id=home_id, status=PackStatus.IN_USE, line__resident__isnull=False)
    return Q(resident_id__in=lines.values("line__resident_id"))


def _successor(old: Prescription) -> Prescription | None:
    """Return the checked version that followed, past any that were sent back."""
    later: Prescription | None = old
    while later is not None:
        later = Prescription.objects.filter(replaces=later).select_related("medicine").first()
        if later is not None and later.checked_at is not None:
            return later
    return None


def _packs_of(old: Prescription, new: Prescription) -> list[UUID]:
    family = old.medicine.generic_id or old.medicine_id
    of_product = Q(medicine_id=family) | Q(medicine__generic_id=family)
    others = Prescription.objects.filter(
        of_product, home_id=old.home_id, resident_id=old.resident_id, checked_at__isnull=False, stopped_at__isnull=True
    ).exclude(pk=new.pk)
    if others.exists():
        return []
    packs = StockPack.objects.filter(
        Q(line__medicine_id=family) | Q(line__medicine__generic_id=family),
        home_id=old.home_id,
        line__resident_id=old.resident_id,
        status=PackStatus.IN_USE,
    )
    if (new.medicine.generic_id or new.medicine_id) == family:
        packs = packs.filter(booked_in_at__lt=new.written_at)
    else:
        packs = packs.filter(booked_in_at__lt=old.stopped_at)
    return list(packs.values_list("pk", flat=True))


def send_back(*, prescription: Prescription, words: str, by: int, at: datetime) -> Prescription:
    """Refuse the check in words: the prescription never becomes active, and is written again.

    Whoever wrote it may take it back the same way. Raises ReasonMissing and PrescriptionConflict.
    """
    if not words.strip():
        raise ReasonMissing("Say what is wrong with it.")
    with transaction.atomic():
        lock_home(prescription.home_id)
        found = Prescription.objects.select_for_update().get(pk=prescription.pk, home_id=prescription.home_id)
        if found.checked_at is not None or found.stopped_at is not None:
            raise PrescriptionConflict("This prescription does not wait for a check any more.")
        found.stopped_at, found.stopped_by_id, found.stop_reason = at, by, f"Sent back: {words.strip()}"
        found.save(update_fields=["stopped_at", "stopped_by", "stop_reason"])
        audit.note_about(action="prescription_sent_back", about=found, by=by, at=at)
    return found


def stop(
    *, prescription: Prescription, reason: str, by: int, at: datetime, stops_at: datetime | None = None
) -> Prescription:
    """Stop a prescription, now or from a later time: nothing is due from then on, and what was given stays.

    Raises ReasonMissing, and PrescriptionConflict when it was stopped already or the time has passed.
    """
    if not reason.strip():
        raise ReasonMissing("Say why it is stopped, and on whose word.")
    ends_at = stops_at or at
    if ends_at < at:
        raise PrescriptionConflict("The time has passed: a prescription stops now or later, never in the past.")
    with transaction.atomic():
        lock_home(prescription.home_id)
        found = Prescription.objects.select_for_update().get(pk=prescription.pk, home_id=prescription.home_id)
        if found.checked_at is None:
            raise PrescriptionConflict("It was never active: send it back instead.")
        if found.stopped_at is not None:
            raise PrescriptionConflict("This prescription was stopped already.")
        _end(found, reason.strip(), ends_at, by, at)
    return found


def stop_all(*, home_id: int, resident_id: int, reason: str, by: int, at: datetime, ended_at: datetime) -> None:
    """Stop everything that a resident has because care ended, as when they left or died; repeating it changes nothing.

    `ended_at` may have passed: nobody asks for a dose after it, and what was recorded stays. One that waits for its
    check never becomes active. Raises ReasonMissing.
    """
    if not reason.strip():
        raise ReasonMissing("Say why everything is stopped.")
    with transaction.atomic():
        lock_home(home_id)
        going_on = Prescription.objects.select_for_update().filter(
            Q(stopped_at__isnull=True) | Q(stopped_at__gt=ended_at), home_id=home_id, resident_id=resident_id
        )
        for found in going_on.order_by("pk"):
            _end(found, reason.strip(), ended_at, by, at)


def _end(found: Prescription, reason: str, ends_at: datetime, by: int, at: datetime) -> None:
    found.stopped_at, found.stopped_by_id, found.stop_reason = ends_at, by, reason
    found.save(update_fields=["stopped_at", "stopped_by", "stop_reason"])
    if ends_at <= at:
        # What has ended is not paused any more; until a later end a pause goes on.
        Suspension.objects.filter(home_id=found.home_id, prescription=found, resumed_at__isnull=True).update(
            resumed_at=at, resumed_by=by
        )
    audit.note_about(action="prescription_stopped", about=found, by=by, at=at)


def suspend(*, prescription: Prescription, reason: str, by: int, at: datetime) -> Suspension:
    """Pause a prescription from now: its doses are not due and not missed until somebody resumes it.

    Raises ReasonMissing, and PrescriptionConflict when it is not active or paused already.
    """
    if not reason.strip():
        raise ReasonMissing("Say why it is paused, and on whose word.")
    with transaction.atomic():
        lock_home(prescription.home_id)
        found = Prescription.objects.get(pk=prescription.pk, home_id=prescription.home_id)
        if found.checked_at is None or (found.stopped_at is not None and found.stopped_at <= at):
            raise PrescriptionConflict("Only an active prescription can be paused.")
        if Suspension.objects.filter(prescription=found, resumed_at__isnull=True).exists():
            raise PrescriptionConflict("This prescription is paused already.")
        paused = Suspension.objects.create(
            home_id=found.home_id, prescription=found, reason=reason.strip(), since_at=at, since_by_id=by
        )
        audit.note_about(action="prescription_suspended", about=found, by=by, at=at)
    return paused


def resume(*, prescription: Prescription, by: int, at: datetime) -> Suspension:
    """End a pause: doses are due again from now. Raises PrescriptionConflict when it is not paused."""
    with transaction.atomic():
        lock_home(prescription.home_id)
        paused = Suspension.objects.select_for_update().filter(
            home_id=prescription.home_id, prescription=prescription, resumed_at__isnull=True
        )
        if (found := paused.first()) is None:
            raise PrescriptionConflict("This prescription is not paused.")
        found.resumed_at, found.resumed_by_id = at, by
        found.save(update_fields=["resumed_at", "resumed_by"])
        audit.note_about(action="prescription_resumed", about=prescription, by=by, at=at)
    return found
