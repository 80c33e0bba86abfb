"""What each invented resident takes: medicines drawn by how common they are in care homes, put together sensibly."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from emar.demo.chance import draw, id_at
from emar.demo.council import Team
from emar.demo.directions import Day, read_directions
from emar.demo.people import Person
from emar.demo.special import WARFARIN, special
from emar.demo.usual_doses import (
    COURSES,
    OPIOID_FAMILIES,
    PARKINSONS,
    REGULAR,
    SPECIAL,
    TIME_CRITICAL_FAMILIES,
    WHEN_REQUIRED,
    UsualDose,
)
from emar.models import Authority, CareHome, ControlledDrugCategory, Medicine, Prescription
from emar.rules.allergy_classes import AllergyFacts, MedicineFacts, is_met
from emar.rules.prn_protocol import PrnProtocol
from emar.rules.schedule import schedule_from_json
from emar.rules.schedule_words import schedule_words
from emar.rules.wall_clock import instant, local_day

DAY = timedelta(days=1)
#: What a home keeps in the CD cupboard with a register or a witness by its own policy.
WITNESSED = {
    ControlledDrugCategory.SCHEDULE_2,
    ControlledDrugCategory.SCHEDULE_3,
    ControlledDrugCategory.SCHEDULE_3_TEMAZEPAM,
}
MEAN_REGULAR, SPREAD_REGULAR = 5.7, 2.6
PARKINSONS_SHARE, COURSE_SHARE = 0.07, 0.3
_ALLERGIC_TO = {
    "Penicillin": {"Amoxicillin 500mg capsules", "Flucloxacillin 500mg capsules"},
    "Trimethoprim": {"Trimethoprim 200mg tablets"},
    "Codeine": {"Codeine 15mg tablets", "Co-codamol 8mg/500mg tablets"},
    "Aspirin": {"Aspirin 75mg dispersible tablets"},
    "Morphine": {"Morphine 10mg modified-release tablets", "Morphine sulfate 10mg/5ml oral solution"},
}
#: Given twice a day with a second person to a few in every home, so that a round with one is never far.
MORPHINE = "Morphine 10mg modified-release tablets"
#: Given to one in fourteen, so that every home has somebody with a patch.
BUPRENORPHINE = "Buprenorphine 5micrograms/hour transdermal patches"
WORN_HOURS = {
    BUPRENORPHINE: 168,
    "Buprenorphine 10micrograms/hour transdermal patches": 168,
    "Fentanyl 12micrograms/hour transdermal patches": 72,
}
PATCH_SITES = ("left upper arm", "right upper arm", "left chest", "right chest")
_ONLY_MEN = {"prostate", "finasteride"}
_NOT_TOGETHER = (
    {"anticoagulant", "antiplatelet"},
    {"levodopa", "antipsychotic"},
    {"sleep", "calming"},
    {"osmotic laxative", "softener"},
)


@dataclass(frozen=True, slots=True)
class Taken:
    """One prescription as drawn, beside the usual dose it came from."""

    prescription: Prescription
    usual: UsualDose


def medicines_by_name() -> Mapping[str, Medicine]:
    """Return the generic medicines that the demo prescribes, by name. Raises LookupError when one is missing."""
    wanted = {usual.medicine for usual in (*REGULAR, *PARKINSONS, *WHEN_REQUIRED, *COURSES, *SPECIAL)}
    # Four milligrams are a three and a one.
    wanted |= {"Warfarin 3mg tablets"}
    found = {each.name: each for each in Medicine.objects.filter(kind=Medicine.Kind.GENERIC, name__in=wanted)}
    if missing := sorted(wanted - found.keys()):
        raise LookupError("not among the medicines: " + "; ".join(missing))
    return found


def prescribe(
    home: CareHome,
    people: Sequence[tuple[Person, Day]],
    medicines: Mapping[str, Medicine],
    team: Team,
    *,
    seed: int,
    at: datetime,
    weeks: int,
) -> list[Taken]:
    """Write what everybody in the home takes, from before the history begins."""
    taken = []
    for number, (person, day) in enumerate(people):
        chance = draw(seed, home.name, "prescribed", number)
        must_have = []
        if number in (4, len(people) - 3) or chance.random() < PARKINSONS_SHARE:
            must_have.append(chance.choice(PARKINSONS))
        if number % 14 == 6 and person.allergy != "Morphine":
            must_have.append(next(usual for usual in REGULAR if usual.medicine == MORPHINE))
        elif number % 14 == 1:
            must_have.append(next(usual for usual in REGULAR if usual.medicine == BUPRENORPHINE))
        must_have += _of_everywhere(number)
        for usual in choose(chance, person, must_have):
            starts_on = _starts_on(person, usual, chance, at, weeks)
            prescription = _write(
                home, person, usual, day, medicines[usual.medicine], team, chance, starts_on,
                today=local_day(at), is_current=number < 20,
            )  # fmt: skip
            taken.append(Taken(prescription, usual))
    Prescription.objects.bulk_create(each.prescription for each in taken)
    return taken


def _of_everywhere(number: int) -> list[UsualDose]:
    """Return what one or two in every home have, so that each kind of schedule is somewhere to be seen."""
    match number % 20:
        case 3:
            return [next(usual for usual in REGULAR if usual.family == "insulin")]
        case 5:
            return [next(usual for usual in REGULAR if usual.family == "digoxin")]
        case 8:
            return [usual for usual in SPECIAL if usual.family == "reducing steroid"]
        case 9:
            return [usual for usual in SPECIAL if usual.medicine == WARFARIN]
        case _:
            return []


def choose(chance: random.Random, person: Person, must_have: Sequence[UsualDose] = ()) -> list[UsualDose]:
    """Return what one resident takes: about six regular medicines and one or two when required."""
    chosen = list(must_have)
    how_many = min(14, max(2, round(chance.gauss(MEAN_REGULAR, SPREAD_REGULAR))))
    chosen += _draw(chance, person, REGULAR, how_many - len(chosen), chosen)
    if any(each.family in OPIOID_FAMILIES for each in chosen) and not _has(chosen, "laxative"):
        chosen += _draw(chance, person, [each for each in REGULAR if "laxative" in each.family], 1, chosen)
    how_many = chance.choices((0, 1, 2, 3), (12, 50, 28, 10))[0]
    chosen += _draw(chance, person, WHEN_REQUIRED, how_many, chosen)
    if chance.random() < COURSE_SHARE:
        chosen += _draw(chance, person, COURSES, 1, chosen)
    return chosen


def _draw(
    chance: random.Random, person: Person, among: Sequence[UsualDose], how_many: int, before: list[UsualDose]
) -> list[UsualDose]:
    drawn: list[UsualDose] = []
    for _ in range(how_many):
        open_to = [each for each in among if _fits(each, person, [*before, *drawn])]
        if not open_to:
            break
        drawn.append(chance.choices(open_to, [each.share for each in open_to])[0])
    return drawn


def _fits(usual: UsualDose, person: Person, others: Sequence[UsualDose]) -> bool:
    families = {each.family for each in others}
    if usual.family in families or any(each.medicine == usual.medicine for each in others):
        return False
    if person.is_woman and usual.family in _ONLY_MEN:
        return False
    if person.allergy and (usual.medicine in _ALLERGIC_TO.get(person.allergy, ()) or _is_met(person.allergy, usual)):
        return False
    return not any(usual.family in pair and families & (pair - {usual.family}) for pair in _NOT_TOGETHER)


def _is_met(substance: str, usual: UsualDose) -> bool:
    # The name holds what is in it; a class of medicines is found by any of its substances.
    return is_met(AllergyFacts(substance), MedicineFacts(usual.medicine, {"": usual.medicine}))


def _has(chosen: Sequence[UsualDose], word: str) -> bool:
    return any(word in each.family for each in chosen)


def _starts_on(person: Person, usual: UsualDose, chance: random.Random, at: datetime, weeks: int) -> date:
    today = local_day(at)
    if usual in COURSES:
        # Some courses are over, some are under way today.
        return today - chance.randint(0, weeks * 7 - 1) * DAY
    # Long-standing medicines began before the history does, so that its first day is like any other.
    return max(person.resident.admitted_on, today - chance.randint(weeks * 7 + 20, 900) * DAY)


def _write(
    home: CareHome,
    person: Person,
    usual: UsualDose,
    day: Day,
    medicine: Medicine,
    team: Team,
    chance: random.Random,
    starts_on: date,
    *,
    today: date,
    is_current: bool,
) -> Prescription:
    directions = read_directions(
        usual.how, usual.unit, starts_on=starts_on, weekday=chance.randrange(7), day=day, route=usual.route
    )
    if usual.medicine in WORN_HOURS:
        worn = _worn(usual, starts_on)
        directions = replace(directions, schedule=worn, words=schedule_words(schedule_from_json(worn), verb="apply"))
    more = special(
        usual, directions.schedule, directions.words, starts_on=starts_on, today=today, day=day, is_current=is_current
    )
    directions = replace(directions, schedule=more.schedule, words=more.words)
    starts_on = date.fromisoformat(more.schedule["starts_on"])
    is_time_critical = usual.family in TIME_CRITICAL_FAMILIES
    if is_time_critical:
        directions.schedule["time_critical"] = True
    written_at = instant(starts_on - DAY, time(14, 5))
    writer, checker = chance.sample(team.seniors, 2) if len(team.seniors) > 1 else (team.manager, team.seniors[0])
    return Prescription(
        id=id_at(written_at, home.name, person.resident.label_code, usual.medicine, usual.how),
        home=home,
        resident=person.resident,
        medicine=medicine,
        authority=Authority.HOSPITAL if chance.random() < 0.08 else Authority.GP,
        schedule=directions.schedule,
        indication=usual.indication,
        route=usual.route,
        dose_words=directions.words,
        instructions=list(usual.instructions),
        prn_protocol=_protocol(usual.prn_condition, starts_on) if usual.prn_condition else None,
        body_areas=list(more.areas),
        is_time_critical=is_time_critical,
        is_controlled=medicine.controlled_drug_category in WITNESSED,
        written_at=written_at,
        written_by=writer,
        checked_at=written_at + timedelta(minutes=chance.randint(20, 180)),
        checked_by=checker,
    )


def _worn(usual: UsualDose, starts_on: date) -> dict[str, Any]:
    """Return a patch's schedule in real hours, changed at ten in the morning, its place looked at each evening."""
    hours = WORN_HOURS[usual.medicine] * 60
    return {
        "kind": "interval",
        "starts_on": starts_on.isoformat(),
        "ends_on": None,
        "unit": usual.unit,
        "first_at": instant(starts_on, time(10)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "every_minutes": hours,
        "worn_minutes": hours,
        "amount": {"low": "1", "high": "1"},
        "check_at": "18:00",
        "sites": list(PATCH_SITES),
    }


def _protocol(condition: str, starts_on: date) -> dict[str, Any]:
    """Return what a carer follows, with an effect to look for an hour after the dose."""
    return PrnProtocol(
        condition,
        signs="Says so, or frowns, is restless or holds the place",
        try_first="A drink, company, another position",
        expected_effect="More at ease within an hour",
        effect_after_minutes=60,
        review_on=starts_on + timedelta(days=365),
        call_when="It does not help, or is asked for every day for a week",
    ).to_json()


def usual_of(name: str, unit: str) -> UsualDose:
    """Return the usual dose of a medicine; for one that the demo never prescribed, a plain one in this unit."""
    for usual in (*REGULAR, *PARKINSONS, *WHEN_REQUIRED, *COURSES, *SPECIAL):
        if usual.medicine == name and unit in ("", usual.unit):
            return usual
    return UsualDose(name, name, 0, "", unit, "")
