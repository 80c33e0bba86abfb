"""Every write about who lives in a home: who they are, allergies, weight, photograph, and where they are."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from emar.models import (
    Allergy,
    Measurement,
    NoKnownAllergies,
    Presence,
    Resident,
    ResidentPhoto,
    ResidentPresence,
    Task,
    Unit,
)
from emar.operations import audit, prescriptions, tasks
from emar.portraits import portrait
from emar.queries.policy import policy_of
from emar.queries.presences import GONE
from emar.rules.allergy_classes import classes_in
from emar.rules.nhs_numbers import read_nhs_number
from emar.rules.wall_clock import local_day
from stock.operations.ledger import lock_home
from stock.queries.balances import holds_stock
from stock.rules.codes import new_label_code

__all__ = [
    "AlreadyGone",
    "NumberTaken",
    "Person",
    "Presence",
    "PresenceChange",
    "ReactionMissing",
    "admit",
    "change_details",
    "keep_photo",
    "note_presence",
    "record_allergy",
    "record_weight",
    "state_no_known_allergies",
    "withdraw_allergy",
]

AWAY = (Presence.IN_HOSPITAL, Presence.ON_LEAVE)


class ReactionMissing(ValueError):
    """An allergy without its reaction tells nobody how careful to be."""


class NumberTaken(ValueError):
    """Another resident of the home has this NHS number."""


class AlreadyGone(Exception):
    """The resident left or died before: the record of their care is closed."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who somebody is and how they live here. `nhs_number` as typed; empty when it is not known yet.

    IDDSI levels are None where nobody has assessed them, which is not the same as ordinary food and drink.
    """

    full_name: str
    preferred_name: str
    born_on: date
    room: str
    nhs_number: str = ""
    how_i_take: str = ""
    corridor_order: int = 0
    gp_practice_id: int | None = None
    pharmacy_id: int | None = None
    conditions: Sequence[str] = ()
    drink_level: int | None = None
    food_level: int | None = None
    swallowing_words: str = ""


@dataclass(frozen=True, slots=True)
class PresenceChange:
    """Where a resident is from an instant on: which hospital, or with whom on leave, and until when as planned.

    `is_reconciled` where somebody has compared their medicines as they came back.
    """

    presence: Presence
    since_at: datetime
    where: str = ""
    expected_back_at: datetime | None = None
    is_reconciled: bool = False


def admit(*, person: Person, unit: Unit, by: int, at: datetime) -> Resident:
    """Admit a resident to a unit, present from now on, with a label of their own.

    Allergies are a separate act: until one is recorded or somebody says there are none, the record shows
    "not recorded", never "none". Raises emar.rules.nhs_numbers.NhsNumberWrong and NumberTaken.
    """
    fields = _fields(person)
    with transaction.atomic():
        lock_home(unit.home_id)
        _refuse_taken(unit.home_id, fields["nhs_number"], but=None)
        resident = Resident.objects.create(
            home_id=unit.home_id,
            unit=unit,
            label_code=new_label_code("resident", choose=secrets.choice),
            admitted_on=local_day(at),
            **fields,
        )
        ResidentPresence.objects.create(
            home_id=unit.home_id, resident=resident, presence=Presence.PRESENT, since_at=at, since_by_id=by
        )
        audit.note_about(action="resident_admitted", about=resident, by=by, at=at)
    return resident


def change_details(*, resident: Resident, person: Person, unit: Unit, by: int, at: datetime) -> None:
    """Write down what changed about a resident; what stood there before stays readable in the audit trail.

    Raises emar.rules.nhs_numbers.NhsNumberWrong and NumberTaken.
    """
    fields = _fields(person) | {"unit_id": unit.pk}
    with transaction.atomic():
        lock_home(resident.home_id)
        _refuse_taken(resident.home_id, fields["nhs_number"], but=resident.pk)
        kept = Resident.objects.select_for_update().get(home_id=resident.home_id, pk=resident.pk)
        changes = {
            name: [_plain(getattr(kept, name)), _plain(value)]
            for name, value in fields.items()
            if getattr(kept, name) != value
        }
        if not changes:
            return
        Resident.objects.filter(pk=kept.pk).update(**{name: fields[name] for name in changes})
        audit.note_about(action="resident_changed", about=kept, by=by, at=at, changes=changes)


def _refuse_taken(home_id: int, nhs_number: str | None, *, but: int | None) -> None:
    if nhs_number is None:
        return
    if other := Resident.objects.filter(home_id=home_id, nhs_number=nhs_number).exclude(pk=but).first():
        raise NumberTaken(f"{other.full_name} in this home has that NHS number: look again whose it is")


def _fields(person: Person) -> dict[str, Any]:
    fields = {name: getattr(person, name) for name in person.__dataclass_fields__}
    return fields | {"nhs_number": read_nhs_number(person.nhs_number), "conditions": list(person.conditions)}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def keep_photo(*, resident: Resident, image_bytes: bytes, by: int, at: datetime) -> None:
    """Keep a photograph of a resident, drawn anew and small. A newer one takes its place.

    Raises emar.picture_header.ImageRefused with words for whoever chose the file.
    """
    jpeg = portrait(image_bytes)
    with transaction.atomic():
        ResidentPhoto.objects.update_or_create(
            home_id=resident.home_id,
            resident=resident,
            defaults={
                "jpeg": jpeg,
                "sha256": hashlib.sha256(jpeg).hexdigest(),
                "taken_at": at,
                "taken_by_id": by,
            },
        )
        audit.note_about(action="photo_kept", about=resident, by=by, at=at)


def record_weight(
    *, resident: Resident, weight_id: UUID, kg: Decimal, measured_on: date, by: int, at: datetime
) -> Measurement:
    """Record what a resident weighs, in kilograms. Sending the same form twice is one weighing."""
    with transaction.atomic():
        lock_home(resident.home_id)
        weight, is_new = Measurement.objects.get_or_create(
            pk=weight_id,
            defaults={
                "home_id": resident.home_id,
                "resident": resident,
                "kind": "weight",
                "value": kg,
                "unit": "kg",
                "measured_on": measured_on,
                "recorded_at": at,
                "recorded_by_id": by,
            },
        )
        if is_new:
            audit.note_about(action="weight_recorded", about=resident, by=by, at=at)
    return weight


def record_allergy(
    *, resident: Resident, substance: str, reaction: str, by: int, at: datetime, ingredient_id: str | None = None
) -> Allergy:
    """Record an allergy or sensitivity with its reaction, and the classes of medicines that its words name.

    Raises ReactionMissing. (NICE CG183)
    """
    if not reaction.strip():
        raise ReactionMissing("say what happens when they have it, or that the reaction is not known")
    with transaction.atomic():
        allergy = Allergy.objects.create(
            home_id=resident.home_id,
            resident=resident,
            substance=substance,
            reaction=reaction,
            ingredient_id=ingredient_id,
            class_codes=[each.code for each in classes_in(substance)],
            recorded_at=at,
            recorded_by_id=by,
        )
        audit.note_about(action="allergy_recorded", about=resident, by=by, at=at)
    return allergy


def withdraw_allergy(*, allergy: Allergy, by: int, at: datetime) -> None:
    """Say that an allergy was recorded in error; the entry stays, and no longer stops a dose."""
    with transaction.atomic():
        allergy.withdrawn_at, allergy.withdrawn_by_id = at, by
        allergy.save(update_fields=["withdrawn_at", "withdrawn_by"])
        audit.note_about(action="allergy_withdrawn", about=allergy.resident, by=by, at=at)


def state_no_known_allergies(*, resident: Resident, by: int, at: datetime) -> NoKnownAllergies:
    """Put a staff member's name and day under "no known allergies". (hazard H07)"""
    with transaction.atomic():
        stated = NoKnownAllergies.objects.create(
            home_id=resident.home_id, resident=resident, stated_at=at, stated_by_id=by
        )
        audit.note_about(action="no_known_allergies_stated", about=resident, by=by, at=at)
    return stated


def note_presence(*, resident: Resident, change: PresenceChange, by: int, at: datetime) -> ResidentPresence:
    """Write down where a resident is from an instant on; doses of an absence are suspended, not missed.

    Somebody who comes back without their medicines having been compared leaves a task to do so. Whoever leaves or
    dies has everything stopped, and a task stands for what is left of their stock. Raises AlreadyGone.
    """
    with transaction.atomic():
        lock_home(resident.home_id)
        before = _latest(resident)
        if before is not None and before.presence in GONE:
            raise AlreadyGone("the resident left or died before")
        noted = ResidentPresence.objects.create(
            home_id=resident.home_id,
            resident=resident,
            presence=change.presence,
            since_at=change.since_at,
            since_by_id=by,
            where=change.where,
            expected_back_at=change.expected_back_at,
        )
        audit.note_about(
            action="presence_noted",
            about=noted,
            resident=resident,
            by=by,
            at=at,
            changes={"presence": change.presence.value},
        )
        if change.presence in GONE:
            _close_care(resident, change, by, at)
        elif change.presence == Presence.PRESENT and before is not None and before.presence in AWAY:
            _ask_for_reconciliation(resident, noted, before, change, at)
    return noted


def _latest(resident: Resident) -> ResidentPresence | None:
    changes = ResidentPresence.objects.filter(home_id=resident.home_id, resident=resident)
    return changes.order_by("-since_at", "-id").first()


def _ask_for_reconciliation(
    resident: Resident, noted: ResidentPresence, before: ResidentPresence, change: PresenceChange, at: datetime
) -> None:
    # A day out changes nobody's medicines; a hospital nearly always does.
    if change.is_reconciled or before.presence != Presence.IN_HOSPITAL:
        return
    cause = tasks.Cause(
        kind=Task.Kind.RECONCILE,
        cause=f"back {noted.pk}",
        due_at=change.since_at,
        resident_id=resident.pk,
        is_urgent=True,
        facts={"where": before.where, "presence_id": noted.pk},
    )
    tasks.raise_tasks(home_id=resident.home_id, causes=[cause], at=at, by=None)


def _close_care(resident: Resident, change: PresenceChange, by: int, at: datetime) -> None:
    has_died = change.presence == Presence.DIED
    reason = "The resident died" if has_died else "The resident left the home"
    prescriptions.stop_all(
        home_id=resident.home_id, resident_id=resident.pk, reason=reason, by=by, at=at, ended_at=change.since_at
    )
    if not holds_stock(resident.home_id, resident.pk):
        return
    held_days = policy_of(resident.home_id).death_hold_days if has_died else 0
    cause = tasks.Cause(
        kind=Task.Kind.RETURN_STOCK,
        cause=f"{change.presence} {resident.pk}",
        due_at=change.since_at + timedelta(days=held_days),
        resident_id=resident.pk,
        facts={"presence": change.presence.value, "held_days": held_days},
    )
    tasks.raise_tasks(home_id=resident.home_id, causes=[cause], at=at, by=None)
