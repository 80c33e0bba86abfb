"""Who lives in a demo home: invented residents with a drawn portrait, allergies, and where they are now."""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import nhs_number

from emar.demo.chance import draw, portion
from emar.demo.council import Team, UnitPlan
from emar.demo.names import HOW_I_TAKE, ORIGINS, PREFERRED, Origin
from emar.demo.portraits import portrait
from emar.models import (
    Allergy,
    CareHome,
    Ingredient,
    NoKnownAllergies,
    Presence,
    Resident,
    ResidentPhoto,
    ResidentPresence,
    Unit,
)
from emar.queries.presences import latest_presences
from emar.rules.wall_clock import instant, local_day
from stock.rules.codes import new_label_code

DAY = timedelta(days=1)
HOSPITAL_DAYS, LEAVE_DAYS = 6, 3
#: Substance, the ingredient of dm+d that carries it, and the reactions people have had.
ALLERGIES = (
    ("Penicillin", "Amoxicillin", ("Rash", "Anaphylaxis", "Swollen face and lips")),
    ("Trimethoprim", "Trimethoprim", ("Rash", "Itching all over")),
    ("Codeine", "Codeine phosphate", ("Severe nausea", "Confusion")),
    ("Aspirin", "Aspirin", ("Wheeze", "Stomach bleed")),
    ("Sticking plaster", "", ("Blisters",)),
    ("Morphine", "Morphine sulfate", ("Itching", "Hallucinations")),
)


@dataclass(frozen=True, slots=True)
class Person:
    """A resident as invented: the row, and what only the generator needs to know."""

    resident: Resident
    origin: Origin
    is_woman: bool
    allergy: str | None


def move_in(
    home: CareHome,
    units: Sequence[tuple[UnitPlan, Unit]],
    team: Team,
    *,
    seed: int,
    at: datetime,
    taken: set[str],
) -> list[Person]:
    """Make everybody who lives in the home, in the order of the corridor, with photo and allergies.

    `taken` are full names in use anywhere in the demo, to which these are added.
    """
    people = []
    for place_of_unit, (plan, unit) in enumerate(units):
        for place in range(plan.beds):
            chance = draw(seed, home.name, plan.name, place)
            people.append(_invent(home, unit, 100 * (place_of_unit + 1) + place + 1, place, chance, at, taken))
    Resident.objects.bulk_create(person.resident for person in people)
    ResidentPhoto.objects.bulk_create(_photo(home, person, team, seed, at) for person in people)
    ResidentPresence.objects.bulk_create(
        ResidentPresence(
            home=home,
            resident=person.resident,
            presence=Presence.PRESENT,
            since_at=instant(person.resident.admitted_on, time(11)),
            since_by=team.manager,
        )
        for person in people
    )
    _record_allergies(home, people, team)
    return people


def _invent(
    home: CareHome, unit: Unit, room: int, place: int, chance: random.Random, at: datetime, taken: set[str]
) -> Person:
    today = local_day(at)
    while True:
        origin = chance.choices(ORIGINS, [each.share for each in ORIGINS])[0]
        is_woman = chance.random() < 0.66
        given = chance.choice(origin.women if is_woman else origin.men)
        full_name = f"{given} {chance.choice(origin.surnames)}"
        if full_name not in taken:
            break
    taken.add(full_name)
    age_days = int(365.25 * (chance.uniform(85, 99) if chance.random() < 0.6 else chance.uniform(66, 85)))
    resident = Resident(
        home=home,
        unit=unit,
        room=str(room),
        corridor_order=place + 1,
        full_name=full_name,
        preferred_name=PREFERRED.get(given, given),
        born_on=today - age_days * DAY,
        nhs_number=_nhs_number(chance) if chance.random() < 0.97 else None,
        how_i_take=chance.choice(HOW_I_TAKE) if chance.random() < 0.85 else "",
        label_code=new_label_code("resident", choose=chance.choice),
        admitted_on=today - chance.randint(90, 2000) * DAY,
    )
    substance = chance.choice(ALLERGIES)[0] if chance.random() < 0.25 else None
    return Person(resident, origin, is_woman, substance)


def _nhs_number(chance: random.Random) -> str:
    """Return a number that passes Modulus 11 from the range that is never issued (999 000 0000 and up)."""
    while True:
        digits = f"999{chance.randrange(1_000_000):06}"
        number = f"{digits}{nhs_number.calculate_checksum(digits)}"
        if nhs_number.is_valid(number):
            return number


def _photo(home: CareHome, person: Person, team: Team, seed: int, at: datetime) -> ResidentPhoto:
    chance = draw(seed, home.name, "portrait", person.resident.label_code)
    jpeg = portrait(chance, is_woman=person.is_woman, complexions=person.origin.complexions)
    return ResidentPhoto(
        home=home,
        resident=person.resident,
        jpeg=jpeg,
        sha256=hashlib.sha256(jpeg).hexdigest(),
        taken_at=at - 90 * DAY,
        taken_by=team.manager,
    )


def _record_allergies(home: CareHome, people: Sequence[Person], team: Team) -> None:
    ingredients = dict(Ingredient.objects.filter(name__in=[name for _, name, _ in ALLERGIES]).values_list("name", "pk"))
    of_substance = {substance: (ingredient, reactions) for substance, ingredient, reactions in ALLERGIES}
    allergies, none_known = [], []
    unknown = people[-1]
    for person in people:
        on = instant(person.resident.admitted_on, time(14))
        if person.allergy:
            ingredient, reactions = of_substance[person.allergy]
            reaction = reactions[int(portion(home.name, person.resident.label_code, "reaction") * len(reactions))]
            allergies.append(
                Allergy(
                    home=home,
                    resident=person.resident,
                    substance=person.allergy,
                    ingredient_id=ingredients.get(ingredient),
                    reaction=reaction,
                    recorded_at=on,
                    recorded_by=team.seniors[0],
                )
            )
        elif person is not unknown:
            # One resident's allergies were never asked about, so that "not recorded" is seen to differ from none.
            none_known.append(
                NoKnownAllergies(home=home, resident=person.resident, stated_at=on, stated_by=team.seniors[0])
            )
    Allergy.objects.bulk_create(allergies)
    NoKnownAllergies.objects.bulk_create(none_known)


def send_away(home: CareHome, residents: Sequence[Resident], team: Team, *, at: datetime) -> None:
    """Write who was away in the past weeks and who is away now: in hospital and back, in hospital, on leave."""
    if len(residents) < 8:
        return
    today = local_day(at)
    stays = [
        (residents[2], Presence.IN_HOSPITAL, 24, time(3, 40)),
        (residents[2], Presence.PRESENT, 15, time(15, 20)),
        (residents[5], Presence.IN_HOSPITAL, 2, time(10, 15)),
        (residents[7], Presence.ON_LEAVE, 1, time(10, 30)),
        (residents[6], Presence.ON_LEAVE, 33, time(10)),
        (residents[6], Presence.PRESENT, 31, time(16)),
    ]
    ResidentPresence.objects.bulk_create(
        ResidentPresence(
            home=home,
            resident=resident,
            presence=presence,
            since_at=instant(today - days * DAY, clock),
            since_by=team.seniors[0],
        )
        for resident, presence, days, clock in sorted(stays, key=lambda stay: -stay[2])
    )


def bring_back(home: CareHome, team: Team, *, at: datetime) -> None:
    """Write that residents whose hospital stay or leave has lasted its usual time are back in the home."""
    days_away = {Presence.IN_HOSPITAL.value: HOSPITAL_DAYS, Presence.ON_LEAVE.value: LEAVE_DAYS}
    for stay in latest_presences(home.pk):
        if stay.presence not in days_away:
            continue
        back_at = instant(local_day(stay.since_at) + days_away[stay.presence] * DAY, time(15))
        if back_at <= at:
            ResidentPresence.objects.create(
                home=home,
                resident_id=stay.resident_id,
                presence=Presence.PRESENT,
                since_at=back_at,
                since_by=team.seniors[0],
            )
