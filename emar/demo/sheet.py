"""Which codes of a demo home are worth trying with a scanner now: packs that are due, and some that must stop."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from emar.demo.council import COUNCIL, DEMO, PIN, team_of
from emar.models import CareHome, Council, Resident, StaffMember
from emar.queries.due import Due, due_between
from emar.rules.wall_clock import local
from emar.scope import scope
from stock.models import PackStatus, StockPack

#: An EAN-13 of GS1's numbers for demonstrations that no pack of the demo has.
UNKNOWN_EAN = "9529999000002"
PACKS_SHOWN = 12
_STATES = {"due": 0, "late": 1, "coming": 2, "blank": 3, "answered": 4, "away": 5}


@dataclass(frozen=True, slots=True)
class PackCodes:
    """One pack and everything on it that can be scanned."""

    resident: str
    room: str
    medicine: str
    when: str
    own_label: str
    ean13: str
    gs1: str


@dataclass(frozen=True, slots=True)
class PersonCode:
    """A resident's label or a staff member's badge."""

    name: str
    detail: str
    code: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What to scan in one home, in the order of trying it."""

    home_id: int
    home: str
    staff: tuple[PersonCode, ...]
    residents: tuple[PersonCode, ...]
    packs: tuple[PackCodes, ...]
    somebody_elses: PackCodes | None
    unknown_ean: str
    pin: str


def is_open() -> bool:
    """Return whether codes may be shown to anybody: only where everybody is invented."""
    return bool(settings.EMAR_ENV == "demo")


def homes() -> list[tuple[int, str]]:
    """Return the demo's homes by id and name, in the plan's order; none before the demo was filled."""
    council = Council.objects.filter(name=COUNCIL).first()
    if council is None:
        return []
    with scope(council=council.pk):
        found = dict(CareHome.objects.filter(council=council).values_list("name", "pk"))
    return [(found[plan.name], plan.name) for plan in DEMO.homes if plan.name in found]


def sheet(home_id: int, now: datetime) -> Sheet:
    """Return what to try scanning in a home: packs of the residents with most due now, and what must not pass."""
    with scope(home=home_id):
        home = CareHome.objects.get(pk=home_id)
        due, _ = due_between(home_id, now - timedelta(hours=3), now + timedelta(hours=6), now)
        packs = _packs(home_id)
        ranked = _by_resident(due)
        shown: list[PackCodes] = []
        people: list[Resident] = []
        residents = {each.pk: each for each in Resident.objects.filter(home=home).select_related("unit")}
        for resident_id, of_resident in ranked:
            resident = residents[resident_id]
            codes = [_codes(packs[key], resident, each) for key, each in _with_packs(of_resident, packs)]
            if not codes:
                continue
            people.append(resident)
            shown += codes[: PACKS_SHOWN - len(shown)]
            if len(shown) >= PACKS_SHOWN or len(people) == 4:
                break
        team = team_of(home)
        staff = [(team.carers[0], "Carer"), (team.seniors[0], "Senior"), (team.manager, "Manager")]
        return Sheet(
            home.pk,
            home.name,
            tuple(_badge(person, role) for person, role in staff),
            tuple(
                PersonCode(person.full_name, f"{person.unit.name}, room {person.room}", person.label_code)
                for person in people
            ),
            tuple(shown),
            _somebody_elses(packs, residents, people[:1], ranked),
            UNKNOWN_EAN,
            PIN,
        )


def _packs(home_id: int) -> dict[tuple[int, str], StockPack]:
    """Return the pack that each resident's medicine is given from now: the opened one, else the oldest."""
    rows = (
        StockPack.objects.filter(home_id=home_id, status=PackStatus.IN_USE, line__resident__isnull=False)
        .select_related("line__medicine")
        .order_by("opened_on", "booked_in_at", "pk")
    )
    found: dict[tuple[int, str], StockPack] = {}
    for row in rows:
        found.setdefault((row.line.resident_id, row.line.medicine_id), row)
    return found


def _by_resident(due: Iterable[Due]) -> list[tuple[int, list[Due]]]:
    """Return each resident's doses, first those of whoever has most to take now."""
    found: dict[int, list[Due]] = {}
    for each in due:
        found.setdefault(each.prescription.resident_id, []).append(each)
    for of_resident in found.values():
        of_resident.sort(key=lambda each: (_STATES[each.state], each.dose.due_at))

    def urgency(item: tuple[int, list[Due]]) -> tuple[int, int, int]:
        states = [_STATES[each.state] for each in item[1]]
        return min(states), -states.count(min(states)), item[0]

    return sorted(found.items(), key=urgency)


def _with_packs(due: Sequence[Due], packs: dict[tuple[int, str], StockPack]) -> Iterable[tuple[tuple[int, str], Due]]:
    seen = set()
    for each in due:
        medicine = each.prescription.medicine
        key = (each.prescription.resident_id, medicine.generic_id or medicine.pk)
        if key in packs and key not in seen:
            seen.add(key)
            yield key, each


def _codes(pack: StockPack, resident: Resident, due: Due | None) -> PackCodes:
    words = {"due": "due now", "late": "late", "coming": "next", "blank": "missed", "answered": "done", "away": "away"}
    when = f"{words[due.state]}, {local(due.dose.due_at):%H:%M}" if due else ""
    gs1 = f"(01){pack.gtin}"
    if pack.expires_on is not None:
        gs1 += f"(17){pack.expires_on:%y%m%d}"
    gs1 += f"(10){pack.batch}" if pack.batch else ""
    gs1 += f"(21){pack.serial}" if pack.serial else ""
    return PackCodes(
        resident.full_name,
        f"{resident.unit.name}, room {resident.room}",
        pack.line.medicine.name,
        when,
        pack.label_code,
        pack.gtin.removeprefix("0"),
        gs1,
    )


def _somebody_elses(
    packs: dict[tuple[int, str], StockPack],
    residents: dict[int, Resident],
    people: Sequence[Resident],
    ranked: Sequence[tuple[int, list[Due]]],
) -> PackCodes | None:
    """Return another resident's pack, of a medicine that the first person takes too where there is one."""
    if not people:
        return None
    own = {medicine_id for resident_id, medicine_id in packs if resident_id == people[0].pk}
    others = [key for key in packs if key[0] != people[0].pk]
    if not others:
        return None
    key = min(others, key=lambda key: (key[1] not in own, key))
    return _codes(packs[key], residents[key[0]], None)


def _badge(person: StaffMember, role: str) -> PersonCode:
    return PersonCode(person.display_name, role, person.badge_code or "")
