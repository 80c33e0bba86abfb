"""What a demo home knows beside its doses: policy, surgery, assessments, swallowing, weights, plans, an open check.

Written once, when a home is settled, through the operations that the desk uses. Telephone numbers are from Ofcom's
range for fiction; the people and practices are invented.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from emar.demo.chance import draw, id_at
from emar.demo.council import Team
from emar.demo.people import Person
from emar.models import (
    CareHome,
    Competency,
    GpPractice,
    HomePolicy,
    Measurement,
    PharmacistAdvice,
    Pharmacy,
    Prescription,
    Resident,
    SelfAdministration,
    Subject,
)
from emar.operations.plans import Advice, BySelf, Covert, record_advice, write_covert_plan, write_self_administration
from emar.operations.policy import Policy, change_policy
from emar.rules.wall_clock import instant, local_day

DAY = timedelta(days=1)
CONDITIONS = (
    ("Dementia", "High blood pressure"),
    ("Heart failure",),
    ("Type 2 diabetes", "Osteoarthritis"),
    ("Stroke, 2021",),
    ("Osteoporosis", "Chronic kidney disease stage 3"),
    ("Atrial fibrillation",),
)
#: The home's own letters on its charts, and whom its manager rings about a controlled drug.
LETTERS = {"refused": "R1", "asleep": "ZZ"}
CARD = (
    {"role": "CD accountable officer", "name": "Priya Lund (invented)", "telephone": "01632 960101"},
    {"role": "Police CD liaison officer", "name": "Sgt Tom Ash (invented)", "telephone": "01632 960102"},
    {"role": "CQC", "name": "Customer service", "telephone": "01632 960103"},
)


def complete(home: CareHome, people: Sequence[Person], team: Team, *, seed: int, at: datetime) -> None:
    """Write everything clinical that a settled home has beside its prescriptions. Residents are few in tests."""
    today = local_day(at)
    _policy(home, team, at)
    _describe(home, people, seed, today)
    _weigh(home, people, team, seed, at)
    _assess(home, team, at, today)
    _plans(home, [person.resident for person in people], team, at, today)
    _leave_unchecked(home, people, at)


def _policy(home: CareHome, team: Team, at: datetime) -> None:
    usual = HomePolicy(home=home)
    fields = {name: getattr(usual, name) for name in Policy.__dataclass_fields__}
    wanted = Policy(**fields | {"letters": LETTERS, "contact_card": list(CARD)})
    change_policy(home_id=home.pk, policy=wanted, by=team.manager.pk, at=at)


def _describe(home: CareHome, people: Sequence[Person], seed: int, today: date) -> None:
    practices = [
        GpPractice.objects.create(home=home, name=name, telephone=telephone)
        for name, telephone in (("Saltmarsh Surgery", "01632 960111"), ("Beacon Lane Practice", "01632 960112"))
    ]
    pharmacy = Pharmacy.objects.create(home=home, name="Quayside Pharmacy", telephone="01632 960121")
    for number, person in enumerate(people):
        resident, chance = person.resident, draw(seed, home.name, "described", number)
        resident.gp_practice, resident.pharmacy = chance.choice(practices), pharmacy
        resident.conditions = list(chance.choice(CONDITIONS))
        if number % 6 == 1:
            resident.drink_level, resident.food_level = 2, 5
            resident.swallowing_words = "Sit upright, one teaspoon at a time, and wait for each swallow."
    described = ("gp_practice", "pharmacy", "conditions", "drink_level", "food_level", "swallowing_words")
    Resident.objects.bulk_update([person.resident for person in people], described)


def _weigh(home: CareHome, people: Sequence[Person], team: Team, seed: int, at: datetime) -> None:
    measured_on = local_day(at) - 9 * DAY
    Measurement.objects.bulk_create(
        Measurement(
            id=id_at(at, home.name, person.resident.label_code, "weight"),
            home=home,
            resident=person.resident,
            kind="weight",
            value=Decimal(draw(seed, home.name, "weight", number).randint(430, 880)) / 10,
            unit="kg",
            measured_on=measured_on,
            recorded_at=instant(measured_on, time(10)),
            recorded_by=team.seniors[0],
        )
        for number, person in enumerate(people)
    )


def _assess(home: CareHome, team: Team, at: datetime, today: date) -> None:
    """Write that everybody was assessed within the year; one carer's assessment has run out, another's soon will.

    They are the last of the carers: with the first the demo's own words send people to the bedside.
    """
    last = len(team.carers) - 1
    ends = {last: today - 3 * DAY, last - 1: today + 12 * DAY}
    Competency.objects.bulk_create(
        Competency(
            id=id_at(at, home.name, person.username, subject),
            home=home,
            staff_member=person,
            subject=subject,
            assessed_on=(expires_on := ends.get(number, today + (60 + 11 * number) * DAY)) - 365 * DAY,
            expires_on=expires_on,
            assessed_by=team.manager,
            words="Watched a whole round",
            recorded_at=at - 70 * DAY,
            recorded_by=team.manager,
        )
        for number, person in enumerate((*team.carers, *team.seniors))
        for subject in (Subject.MEDICINES, Subject.CONTROLLED_DRUGS)
    )


def _plans(home: CareHome, residents: Sequence[Resident], team: Team, at: datetime, today: date) -> None:
    """Write one covert plan with a pharmacist's advice, one crushing that is refused, one resident on their own."""
    lines = {
        resident.pk: list(
            Prescription.objects.filter(home=home, resident=resident, checked_at__isnull=False, is_controlled=False)
            .exclude(schedule__kind="when_required")
            .order_by("pk")
        )
        for resident in residents[:4]
    }
    hidden, crushed, alone = residents[0], residents[1 % len(residents)], residents[3 % len(residents)]
    signed = {"by": team.manager.pk, "at": at}
    covert = Covert(
        id=id_at(at, home.name, "covert"),
        capacity_assessed_on=today - 30 * DAY,
        capacity_assessed_by="Dr N. Farrow (invented)",
        decided_on=today - 28 * DAY,
        decided_with="Daughter, GP, pharmacist and manager",
        decision="In her best interests where she refuses after two offers; offered openly first each time.",
        review_on=today + 62 * DAY,
    )
    write_covert_plan(resident=hidden, plan=covert, **signed)
    asked = [(hidden, PharmacistAdvice.About.COVERT, True, "In a teaspoon of jam, straight away; not in hot drinks.")]
    asked.append((crushed, PharmacistAdvice.About.CRUSHING, False, "Ask for the liquid instead."))
    for resident, about, is_allowed, method in asked:
        for line in lines[resident.pk][:1]:
            advice = Advice(
                id=id_at(at, home.name, about),
                prescription_id=line.pk,
                about=about,
                is_allowed=is_allowed,
                method=method,
                pharmacist="Ben Oyelaran, Quayside Pharmacy (invented)",
                advised_on=today - 28 * DAY,
            )
            record_advice(resident=resident, advice=advice, **signed)
    for line in lines[alone.pk][:1]:
        by_self = BySelf(
            id=id_at(at, home.name, "by self"),
            support=SelfAdministration.Support.MADE_AVAILABLE,
            assessment="Knows what it is for and when; hands too stiff for the box.",
            storage="Trolley",
            assessed_on=today - 40 * DAY,
            review_on=today + 50 * DAY,
            prescription_id=line.pk,
        )
        write_self_administration(resident=alone, plan=by_self, **signed)


def _leave_unchecked(home: CareHome, people: Sequence[Person], at: datetime) -> None:
    """Leave one newly written prescription for whoever tries the demo to check: no dose of it is due before."""
    lines = Prescription.objects.filter(home=home, is_controlled=False, schedule__kind="regular")
    place = {person.resident.pk: number for number, person in enumerate(people)}
    lasting = [each for each in lines.order_by("pk") if each.schedule.get("ends_on") is None]
    # Nobody of the first few: their plans name their prescriptions.
    line = max(lasting, key=lambda each: place[each.resident_id], default=None)
    if line is None:
        return
    written_at = at - timedelta(hours=2)
    kept = {each.attname: getattr(line, each.attname) for each in Prescription._meta.concrete_fields}
    kept |= {
        "id": id_at(written_at, home.name, "waits"),
        "replaces_id": line.pk,
        "version": line.version + 1,
        "schedule": line.schedule | {"starts_on": local_day(at).isoformat()},
        "checked_at": None,
        "checked_by_id": None,
        "written_at": written_at,
    }
    Prescription.objects.create(**kept)
