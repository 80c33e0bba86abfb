"""Every write about who lives in a home: admission, allergies, and where a resident is."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from emar.models import Allergy, NoKnownAllergies, Presence, Resident, ResidentPresence, Unit
from emar.operations import audit
from emar.rules.nhs_numbers import read_nhs_number
from stock.rules.codes import new_label_code


class ReactionMissing(ValueError):
    """An allergy without its reaction tells nobody how careful to be."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who is being admitted. `nhs_number` as typed; empty when it is not known yet."""

    full_name: str
    preferred_name: str
    born_on: date
    room: str
    nhs_number: str = ""
    how_i_take: str = ""
    corridor_order: int = 0


def admit(*, person: Person, unit: Unit, by: int, at: datetime) -> Resident:
    """Admit a resident to a unit, present from now on, with a label of their own.

    Allergies are a separate act: until one is recorded or somebody says there are none, the record shows
    "not recorded", never "none". Raises emar.rules.nhs_numbers.NhsNumberWrong.
    """
    number = read_nhs_number(person.nhs_number)
    with transaction.atomic():
        resident = Resident.objects.create(
            home_id=unit.home_id,
            unit=unit,
            room=person.room,
            corridor_order=person.corridor_order,
            full_name=person.full_name,
            preferred_name=person.preferred_name,
            born_on=person.born_on,
            nhs_number=number,
            how_i_take=person.how_i_take,
            label_code=new_label_code("resident", choose=secrets.choice),
            admitted_on=at.date(),
        )
        ResidentPresence.objects.create(
            home_id=unit.home_id, resident=resident, presence=Presence.PRESENT, since_at=at, since_by_id=by
        )
        _note("resident_admitted", resident, by, at)
    return resident


def record_allergy(
    *, resident: Resident, substance: str, reaction: str, by: int, at: datetime, ingredient_id: str | None = None
) -> Allergy:
    """Record an allergy or sensitivity with its reaction. Raises ReactionMissing. (NICE CG183)"""
    if not reaction.strip():
        raise ReactionMissing("say what happens when they have it, or that the reaction is not known")
    with transaction.atomic():
        allergy = Allergy.objects.create(
            home_id=resident.home_id,
            resident=resident,
            substance=substance,
            reaction=reaction,
            ingredient_id=ingredient_id,
            recorded_at=at,
            recorded_by_id=by,
        )
        _note("allergy_recorded", resident, by, at)
    return allergy


def withdraw_allergy(*, allergy: Allergy, by: int, at: datetime) -> None:
    """Say that an allergy was recorded in error; the entry stays, and no longer stops a dose."""
    with transaction.atomic():
        allergy.withdrawn_at, allergy.withdrawn_by_id = at, by
        allergy.save(update_fields=["withdrawn_at", "withdrawn_by"])
        _note("allergy_withdrawn", allergy.resident, by, at)


def state_no_known_allergies(*, resident: Resident, by: int, at: datetime) -> NoKnownAllergies:
    """Put a staff member's name and day under "no known allergies". (hazard H07)"""
    with transaction.atomic():
        stated = NoKnownAllergies.objects.create(
            home_id=resident.home_id, resident=resident, stated_at=at, stated_by_id=by
        )
        _note("no_known_allergies_stated", resident, by, at)
    return stated


def note_presence(*, resident: Resident, presence: Presence, by: int, at: datetime) -> ResidentPresence:
    """Write down where a resident is from now on; doses of an absence are suspended, not missed."""
    with transaction.atomic():
        noted = ResidentPresence.objects.create(
            home_id=resident.home_id, resident=resident, presence=presence, since_at=at, since_by_id=by
        )
        _note("presence_noted", resident, by, at)
    return noted


def _note(action: str, resident: Resident, by: int, at: datetime) -> None:
    audit.note(action=action, home_id=resident.home_id, resident_id=resident.pk, by=by, at=at, about=resident)
