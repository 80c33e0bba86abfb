"""Which homes the demo has: one council, three homes of about forty people, their units, rounds and staff.

Councils, providers and homes are the owner's to write; everything inside a home is written as the application
inside that home's scope, as it would be in earnest.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial

from django.contrib.auth.hashers import make_password

from emar.demo.chance import draw
from emar.demo.directions import ROUND_OF_LETTER, USUAL_DAY, Day
from emar.demo.names import STAFF_GIVEN, STAFF_SURNAMES
from emar.models import (
    CareHome,
    Council,
    CouncilRole,
    HomeRole,
    MedicineRound,
    Provider,
    Role,
    StaffMember,
    Unit,
)
from emar.rules import pins
from emar.scope import scope
from stock.rules.codes import new_label_code

COUNCIL, PROVIDER = "Westhaven City Council (demo)", "Tidewater Care (demo)"
#: The person of the pharmacy that supplies the demo homes.
PHARMACIST = "quayside.pharmacy"
OFFICER = "council.officer"
#: Everybody in the demo signs in with these; printed by the command and on the sheet of barcodes.
PASSWORD, PIN = "demo-only-2580", "2580"
USUAL_ROUNDS = {
    "Morning": (time(8), time(10, 30)),
    "Lunch": (time(12, 30), time(14)),
    "Tea": (time(17), time(18, 30)),
    "Night": (time(21), time(23)),
}
SINCE_EVER = date(2019, 1, 1)
PRACTICE_HOURS = {"Morning": 8, "Lunch": 14, "Tea": 18, "Night": 22}
HOURS_BETWEEN = 2


@dataclass(frozen=True, slots=True)
class UnitPlan:
    """A unit to be made. `is_practice`: its residents' days lie two hours apart, so that a round is always due."""

    name: str
    beds: int
    is_practice: bool = False


@dataclass(frozen=True, slots=True)
class HomePlan:
    """A home to be made; `short` begins its usernames."""

    name: str
    short: str
    units: tuple[UnitPlan, ...]
    has_nursing: bool = False
    carers: int = 12
    seniors: int = 4


@dataclass(frozen=True, slots=True)
class Plan:
    """How big the demo is and where its chance starts."""

    homes: tuple[HomePlan, ...]
    weeks: int = 8
    seed: int = 1


DEMO = Plan(
    (
        HomePlan(
            "Larkfield House",
            "larkfield",
            (UnitPlan("Oak", 15), UnitPlan("Elm", 14), UnitPlan("Willow", 12, is_practice=True)),
        ),
        HomePlan(
            "Calder Court",
            "calder",
            (UnitPlan("Ground floor", 20), UnitPlan("First floor", 19)),
            has_nursing=True,
        ),
        HomePlan(
            "Mersea Rise",
            "mersea",
            (UnitPlan("Harbour", 14), UnitPlan("Lighthouse", 14), UnitPlan("Gull", 12)),
        ),
    )
)

#: Units whose rounds are left to whoever tries the demo.
PRACTICE_UNITS = frozenset(unit.name for home in DEMO.homes for unit in home.units if unit.is_practice)


@dataclass(frozen=True, slots=True)
class Team:
    """Who works in a home, by what they do there."""

    manager: StaffMember
    seniors: list[StaffMember] = field(default_factory=list)
    carers: list[StaffMember] = field(default_factory=list)


@contextmanager
def _as_owner(**names: int | str) -> Iterator[None]:
    with scope(using="owner", **names):
        yield


def find_or_make_homes(plan: Plan, *, at: datetime) -> list[CareHome]:
    """Return the plan's homes, made on first use together with their council, provider and council officer."""
    with _as_owner(council="", home="", sign_in_name=OFFICER):
        council, _ = Council.objects.using("owner").get_or_create(name=COUNCIL)
        provider, _ = Provider.objects.using("owner").get_or_create(name=PROVIDER)
    with _as_owner(council=council.pk, sign_in_name=OFFICER):
        homes = [
            CareHome.objects.using("owner").get_or_create(
                name=each.name,
                defaults={"council": council, "provider": provider, "has_nursing": each.has_nursing},
            )[0]
            for each in plan.homes
        ]
        officer, is_new = StaffMember.objects.using("owner").get_or_create(
            username=OFFICER,
            defaults={
                "full_name": "Rosalind Achebe-Moore",
                "display_name": "Rosalind A",
                "initials": "RA",
                "password": partial(make_password, PASSWORD),
            },
        )
        if is_new:
            CouncilRole.objects.using("owner").create(
                council=council, staff_member=officer, starts_at=at - timedelta(weeks=plan.weeks)
            )
    return homes


def make_units(home: CareHome, plan: HomePlan) -> list[tuple[UnitPlan, Unit]]:
    """Make a home's units with their rounds: the four usual ones, or one every two hours to practise on."""
    made = []
    for each in plan.units:
        unit = Unit.objects.create(home=home, name=each.name)
        rounds = practice_rounds() if each.is_practice else USUAL_ROUNDS
        MedicineRound.objects.bulk_create(
            MedicineRound(home=home, unit=unit, name=name, starts=starts, ends=ends, starts_on=SINCE_EVER)
            for name, (starts, ends) in rounds.items()
        )
        made.append((each, unit))
    return made


def practice_rounds() -> dict[str, tuple[time, time]]:
    """Return a round for every two hours of day and night: whenever the demo is tried, one is due."""
    return {
        _practice_name(hour): (time(hour), time((hour + HOURS_BETWEEN) % 24)) for hour in range(0, 24, HOURS_BETWEEN)
    }


def day_of(unit: UnitPlan, place: int) -> Day:
    """Return how the day of the resident at this place of the corridor lies."""
    if not unit.is_practice:
        return USUAL_DAY
    later = place * HOURS_BETWEEN % 24
    names = {name: _practice_name((PRACTICE_HOURS[name] + later) % 24) for name in ROUND_OF_LETTER.values()}
    return Day(names, later)


def _practice_name(hour: int) -> str:
    return f"{hour:02}:00"


def make_team(home: CareHome, plan: HomePlan, *, seed: int, at: datetime, since: datetime, taken: set[str]) -> Team:
    """Make everybody who works in a home: a manager, seniors or nurses, carers, and one agency carer.

    `taken` are names in use, to which these are added.
    """
    chance = draw(seed, home.name, "staff")
    salt = pins.new_salt()
    # One password and one PIN for all, worked out once: hashing them is meant to be slow.
    secrets = {"password": make_password(PASSWORD), "pin_salt": salt, "pin_key": pins.key_from_pin(PIN, salt)}
    made: dict[str, list[StaffMember]] = {}

    def employ(role: str, word: str, number: int, ends_at: datetime | None = None) -> None:
        while True:
            given, surname = chance.choice(STAFF_GIVEN), chance.choice(STAFF_SURNAMES)
            if given not in taken and surname not in taken:
                break
        taken.update((given, surname))
        username = f"{plan.short}.{word}" + (f"{number}" if number else "")
        # A person is shown by the database to whoever names them, until they have a role.
        with scope(sign_in_name=username):
            person = StaffMember.objects.create(
                username=username,
                full_name=f"{given} {surname}",
                display_name=f"{given} {surname[0]}",
                initials=f"{given[0]}{surname[0]}",
                badge_code=new_label_code("badge", choose=chance.choice, length=8),
                **secrets,
            )
            HomeRole.objects.create(
                home=home,
                staff_member=person,
                role=role,
                starts_at=since,
                ends_at=ends_at,
                granted_by=made[Role.MANAGER][0] if made else None,
            )
        made.setdefault(word if role == Role.CARER else role, []).append(person)

    employ(Role.MANAGER, "manager", 0)
    for number in range(plan.seniors):
        is_nurse = plan.has_nursing and number % 2 == 0
        employ(Role.NURSE if is_nurse else Role.SENIOR, "nurse" if is_nurse else "senior", number + 1)
    for number in range(plan.carers):
        employ(Role.CARER, "carer", number + 1)
    employ(Role.CARER, "agency", 0, at + timedelta(days=28))
    return team_of(home)


def team_of(home: CareHome) -> Team:
    """Return who works in the home now."""
    roles = HomeRole.objects.filter(home=home).select_related("staff_member").order_by("pk")
    by_role: dict[str, list[StaffMember]] = {}
    for role in roles:
        by_role.setdefault(role.role, []).append(role.staff_member)
    return Team(
        by_role[Role.MANAGER][0],
        by_role.get(Role.SENIOR, []) + by_role.get(Role.NURSE, []),
        by_role.get(Role.CARER, []),
    )
