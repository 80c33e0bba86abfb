"""One factory per model; invented people only.

Each factory makes one row that keeps every rule of the database and needs as few words as possible; what a
test is about is given by name. A factory opens the scope of the home it writes to, so tests need none for
it. Rows that the application may only read (councils, homes, medicines …) are written by the owner of the
tables, committed at once on a connection of its own: a test under pytest-django's `db` sees them too, and
they go when the copy of the database is dropped. Every such row has a name of its own.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from itertools import count
from typing import Any, TypeVar

from django.contrib.auth.hashers import make_password
from django.db import connections, models
from uuid_utils.compat import uuid7

from emar.models import (
    Administration,
    Allergy,
    Authority,
    CareHome,
    Correction,
    Council,
    CouncilRole,
    Device,
    DeviceEnrolment,
    HomeRole,
    Ingredient,
    Medicine,
    MedicineIngredient,
    MedicineRound,
    NoKnownAllergies,
    Pack,
    PackCode,
    PinLock,
    Prescription,
    Presence,
    Provider,
    Resident,
    ResidentPhoto,
    ResidentPresence,
    Role,
    ScanSource,
    StaffMember,
    Unit,
)
from emar.scope import scope
from stock.models import Discrepancy, Place, StockLine, StockMovement, StockPack, StoragePlace, TemperatureReading
from stock.operations import ledger, storage
from stock.rules.balance import Movement
from stock.rules.temperature import FRIDGE, Range, Seen

PASSWORD = "correct horse battery"
#: A Wednesday in winter, so that London's clocks show UTC; long before any clock change.
NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
LONG_AGO = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
ROUNDS = {
    "Morning": (time(8), time(10, 30)),
    "Lunch": (time(12), time(14)),
    "Tea": (time(16, 30), time(18, 30)),
    "Night": (time(21), time(23)),
}
Row = TypeVar("Row", bound=models.Model)
_number = count(1)
_owners = threading.local()


@contextmanager
def as_owner() -> Iterator[None]:
    """Give the block a connection of its own to the owner's alias, whose writes are committed at once.

    One such connection a thread is kept for the whole run: opening one costs more than writing a row.
    """
    usual = connections["owner"]
    if not hasattr(_owners, "connection"):
        _owners.connection = connections.create_connection("owner")
        # Django's test cases let nobody open a connection to an alias that they do not roll back.
        _owners.connection.connect()
    connections["owner"] = _owners.connection
    try:
        yield
    finally:
        connections["owner"] = usual


def write_as_owner(model: type[Row], *, seen_by: dict[str, Any] | None = None, **fields: Any) -> Row:
    """Write a row of a table that the application may only read, and return it as the application sees it.

    The owner is held to the policies too: `seen_by` is the scope in which the row may be seen.
    """
    with as_owner(), scope(using="owner", **(seen_by or {"home": None})):
        row = model(**fields)
        row.save(using="owner", force_insert=True)
    row._state.db = "default"
    return row


# Places


def make_council(*, name: str = "") -> Council:
    """Make a council."""
    return write_as_owner(Council, name=name or f"Council {next(_number)}")


def make_provider(*, name: str = "") -> Provider:
    """Make a provider of care."""
    return write_as_owner(Provider, name=name or f"Provider {next(_number)}")


def make_home(*, council: Council | None = None, provider: Provider | None = None, **fields: Any) -> CareHome:
    """Make a care home, with a council and a provider of its own unless given."""
    council = council or make_council()
    provider = provider or make_provider()
    fields.setdefault("name", f"Home {next(_number)}")
    return write_as_owner(CareHome, seen_by={"council": council.pk}, council=council, provider=provider, **fields)


def make_unit(*, home: CareHome, rounds: dict[str, tuple[time, time]] = ROUNDS, **fields: Any) -> Unit:
    """Make a unit with its medicine rounds: Morning 08:00, Lunch 12:00, Tea 16:30, Night 21:00."""
    fields.setdefault("name", f"Unit {next(_number)}")
    with scope(home=home.pk):
        unit = Unit.objects.create(home=home, **fields)
        MedicineRound.objects.bulk_create(
            MedicineRound(home=home, unit=unit, name=name, starts=starts, ends=ends, starts_on=date(2019, 1, 1))
            for name, (starts, ends) in rounds.items()
        )
    return unit


def round_of(unit: Unit, name: str = "Morning") -> MedicineRound:
    """Return one of the rounds that `make_unit` made."""
    with scope(home=unit.home_id):
        return MedicineRound.objects.get(unit=unit, name=name)


# People


@cache
def _password_hash() -> str:
    return make_password(PASSWORD)  # argon2 is slow on purpose: once is enough for a test run


def make_staff_member(*, home: CareHome | None, role: str | None = Role.CARER, **fields: Any) -> StaffMember:
    """Make a staff member who signs in with PASSWORD and has `role` in `home` (None: no role yet)."""
    number = next(_number)
    fields = {
        "username": f"staff{number}",
        "full_name": f"Staff Member{number}",
        "display_name": f"Staff {number}",
        "initials": f"S{number}"[:4],
        "password": _password_hash(),
    } | fields
    # The database shows a staff member to whoever names the username; without that, a row that has no
    # role yet could be written but not read back.
    with scope(home=home.pk if home else None, sign_in_name=fields["username"]):
        staff_member = StaffMember.objects.create(**fields)
    if home is not None and role is not None:
        make_home_role(home=home, staff_member=staff_member, role=role)
    return staff_member


def make_home_role(*, home: CareHome, staff_member: StaffMember, role: str = Role.CARER, **fields: Any) -> HomeRole:
    """Give a staff member a role in a home, named as whoever hires somebody names them."""
    with scope(home=home.pk, sign_in_name=staff_member.username):
        return HomeRole.objects.create(
            home=home, staff_member=staff_member, role=role, **({"starts_at": LONG_AGO} | fields)
        )


def make_council_officer(*, council: Council, **fields: Any) -> StaffMember:
    """Make a person of a council's quality team; the council's role is given by its administrator."""
    number = next(_number)
    fields = {
        "username": f"officer{number}",
        "full_name": f"Council Officer{number}",
        "display_name": f"Officer {number}",
        "initials": "CO",
        "password": _password_hash(),
    } | fields
    seen_by = {"council": council.pk, "sign_in_name": fields["username"]}
    officer = write_as_owner(StaffMember, seen_by=seen_by, **fields)
    write_as_owner(CouncilRole, seen_by=seen_by, council=council, staff_member=officer, starts_at=LONG_AGO)
    return officer


def make_resident(*, unit: Unit, **fields: Any) -> Resident:
    """Make a resident of a unit, with no word about allergies."""
    number = next(_number)
    fields = {
        "room": str(number),
        "full_name": f"Resident Person{number}",
        "preferred_name": f"Resident{number}",
        "born_on": date(1938, 3, 4),
        "label_code": f"ER{number:06}",
        "admitted_on": date(2025, 1, 6),
    } | fields
    with scope(home=unit.home_id):
        return Resident.objects.create(home=unit.home, unit=unit, **fields)


def make_allergy(*, resident: Resident, by: StaffMember, **fields: Any) -> Allergy:
    """Record that a resident is allergic to penicillin, with a rash."""
    fields = {"substance": "Penicillin", "reaction": "Rash", "recorded_at": LONG_AGO} | fields
    with scope(home=resident.home_id):
        return Allergy.objects.create(home_id=resident.home_id, resident=resident, recorded_by=by, **fields)


def make_no_known_allergies(*, resident: Resident, by: StaffMember, **fields: Any) -> NoKnownAllergies:
    """Record that somebody said a resident has no known allergies."""
    with scope(home=resident.home_id):
        return NoKnownAllergies.objects.create(
            home_id=resident.home_id,
            resident=resident,
            stated_by=by,
            **({"stated_at": LONG_AGO} | fields),
        )


def make_presence(
    *, resident: Resident, by: StaffMember, presence: str = Presence.IN_HOSPITAL, since_at: datetime = NOW
) -> ResidentPresence:
    """Record that a resident went to hospital, or whatever `presence` says."""
    with scope(home=resident.home_id):
        return ResidentPresence.objects.create(
            home_id=resident.home_id, resident=resident, presence=presence, since_at=since_at, since_by=by
        )


def make_resident_photo(*, resident: Resident, by: StaffMember, jpeg: bytes = b"\xff\xd8\xff") -> ResidentPhoto:
    """Keep a photograph of a resident."""
    with scope(home=resident.home_id):
        return ResidentPhoto.objects.create(
            home_id=resident.home_id,
            resident=resident,
            jpeg=jpeg,
            sha256="0" * 64,
            taken_at=LONG_AGO,
            taken_by=by,
        )


# Devices


def make_device(*, home: CareHome, by: StaffMember, **fields: Any) -> Device:
    """Enrol a device."""
    fields = {
        "name": f"Trolley phone {next(_number)}",
        "key_hash": "0" * 64,
        "enrolled_at": LONG_AGO,
        "lease_expires_at": NOW + timedelta(days=30),
    } | fields
    with scope(home=home.pk):
        return Device.objects.create(id=uuid7(), home=home, enrolled_by=by, **fields)


def make_device_enrolment(*, home: CareHome, by: StaffMember, **fields: Any) -> DeviceEnrolment:
    """Invite a device that nobody has enrolled yet."""
    fields = {
        "code_hash": f"{next(_number):064}",
        "invited_at": NOW,
        "expires_at": NOW + timedelta(minutes=15),
    } | fields
    with scope(home=home.pk):
        return DeviceEnrolment.objects.create(home=home, invited_by=by, **fields)


def make_pin_lock(*, device: Device, staff_member: StaffMember, **fields: Any) -> PinLock:
    """Lock a staff member's PIN on a device after five wrong ones."""
    with scope(home=device.home_id):
        return PinLock.objects.create(
            home_id=device.home_id,
            device=device,
            staff_member=staff_member,
            **({"wrong_pins": 5, "locked_at": NOW} | fields),
        )


# Medicines and prescriptions


def make_ingredient(*, name: str = "Amlodipine", **fields: Any) -> Ingredient:
    """Make a substance."""
    return write_as_owner(Ingredient, **({"id": f"9{next(_number):08}", "name": name} | fields))


def make_medicine(*, name: str = "Amlodipine 5mg tablets", **fields: Any) -> Medicine:
    """Make a generic medicine that is given as tablets."""
    fields = {
        "id": f"8{next(_number):08}",
        "kind": Medicine.Kind.GENERIC,
        "name": name,
        "form": "Tablet",
        "strength": "5mg",
        "dose_unit": "tablet",
    } | fields
    return write_as_owner(Medicine, **fields)


def make_medicine_ingredient(*, medicine: Medicine, ingredient: Ingredient, **fields: Any) -> MedicineIngredient:
    """Say that a medicine holds 5 mg of an ingredient."""
    fields = {"position": 0, "amount": Decimal(5), "amount_unit": "mg"} | fields
    return write_as_owner(MedicineIngredient, medicine=medicine, ingredient=ingredient, **fields)


def make_pack(*, medicine: Medicine, **fields: Any) -> Pack:
    """Make the size of 28 in which a generic medicine is supplied."""
    fields = {
        "id": f"7{next(_number):08}",
        "kind": Medicine.Kind.GENERIC,
        "name": f"{medicine.name} 28 tablet",
        "quantity": Decimal(28),
        "unit": "tablet",
    } | fields
    return write_as_owner(Pack, medicine=medicine, **fields)


def make_pack_code(*, pack: Pack, gtin: str) -> PackCode:
    """Print a GTIN on a pack."""
    return write_as_owner(PackCode, pack=pack, gtin=gtin)


def regular(*rounds: str, amount: str = "1", unit: str = "tablet", **fields: Any) -> dict[str, Any]:
    """Return the schedule of a daily medicine at rounds ("Morning") or clock times ("21:30")."""
    slots = [
        {"at" if name[0].isdigit() else "round": name, "amount": {"low": amount, "high": amount}}
        for name in rounds or ("Morning",)
    ]
    return {
        "kind": "regular",
        "starts_on": "2026-02-02",
        "ends_on": None,
        "unit": unit,
        "phases": [{"days": None, "slots": slots, "pattern": {"kind": "daily"}}],
    } | fields


def when_required(*, low: str = "1", high: str = "2", unit: str = "tablet", **fields: Any) -> dict[str, Any]:
    """Return the schedule of a when-required medicine: every four hours at most, eight in a day."""
    return {
        "kind": "when_required",
        "starts_on": "2026-02-02",
        "ends_on": None,
        "unit": unit,
        "amount": {"low": low, "high": high},
        "min_gap_minutes": 240,
        "max_amount_24h": "8",
    } | fields


def make_prescription(
    *, resident: Resident, by: StaffMember, medicine: Medicine | None = None, **fields: Any
) -> Prescription:
    """Make a checked prescription: one tablet each morning from long ago."""
    home_id = resident.home_id
    fields = {
        "authority": Authority.GP,
        "schedule": regular(),
        "dose_words": "Take ONE each morning",
        "written_at": LONG_AGO,
        "checked_at": LONG_AGO + timedelta(hours=1),
    } | fields
    if fields["checked_at"] is not None and "checked_by" not in fields:
        with scope(home=home_id):
            home = CareHome.objects.get(pk=home_id)
        fields["checked_by"] = make_staff_member(home=home, role=Role.SENIOR)
    medicine = medicine or make_medicine()
    with scope(home=home_id):
        return Prescription.objects.create(
            home_id=home_id, resident=resident, medicine=medicine, written_by=by, **fields
        )


# What happened to doses


def make_administration(
    *, prescription: Prescription, by: StaffMember | None, due_at: datetime | None = NOW, **fields: Any
) -> Administration:
    """Write the row of one dose given when it was due, without its stock.

    For tests of what pages and queries show. Tests of recording itself call the operation.
    """
    given_at = fields.pop("given_at", None) or due_at or NOW
    fields = {
        "id": uuid7(),
        "outcome": "given",
        "amount": Decimal(1) if fields.get("outcome", "given") == "given" else None,
        "unit": "tablet",
        "entered_at": given_at,
        "received_at": given_at,
        "scan_source": ScanSource.WEDGE,
        "answer": "recorded",
        "content_hash": "0" * 64,
    } | fields
    with scope(home=prescription.home_id):
        return Administration.objects.create(
            home_id=prescription.home_id,
            resident_id=prescription.resident_id,
            prescription=prescription,
            due_at=due_at,
            given_at=given_at,
            given_by=by,
            entered_by=by,
            **fields,
        )


def make_correction(
    *,
    administration: Administration,
    by: StaffMember,
    replacement: Administration | None = None,
    **fields: Any,
) -> Correction:
    """Say that a record was entered in error."""
    fields = {"reason": "Entered for the wrong dose", "corrected_at": NOW} | fields
    with scope(home=administration.home_id):
        return Correction.objects.create(
            id=uuid7(),
            home_id=administration.home_id,
            administration=administration,
            replacement=replacement,
            corrected_by=by,
            **fields,
        )


# Stock


def make_stock_line(*, prescription: Prescription, unit: str = "tablet", **fields: Any) -> StockLine:
    """Open the stock line of a resident's medicine."""
    with scope(home=prescription.home_id):
        return StockLine.objects.create(
            home_id=prescription.home_id,
            resident_id=prescription.resident_id,
            medicine_id=prescription.medicine_id,
            unit=unit,
            **fields,
        )


def make_stock_pack(
    *,
    line: StockLine,
    by: StaffMember,
    quantity: Decimal = Decimal(28),
    at: datetime = LONG_AGO,
    **fields: Any,
) -> StockPack:
    """Book in a pack: the pack, and its contents on the line."""
    fields = {"label_code": f"EP{next(_number):06}", "expires_on": date(2027, 6, 30)} | fields
    with scope(home=line.home_id):
        pack = StockPack(home_id=line.home_id, line=line, **fields)
        ledger.book_in(pack=pack, quantity=quantity, by=by.pk, at=at)
    return pack


def make_stock_movement(
    *, line: StockLine, by: StaffMember, quantity: Decimal, at: datetime = NOW, **fields: Any
) -> StockMovement:
    """Move stock of a line from the home to the resident, or as `source` and `destination` say."""
    movement = Movement(
        **{
            "id": str(uuid7()),
            "line_id": line.pk,
            "quantity": quantity,
            "source": Place.HOME,
            "destination": Place.RESIDENT,
            "reason": "given",
            "moved_at": at,
            "moved_by_id": by.pk,
        }
        | fields
    )
    with scope(home=line.home_id):
        written = ledger.write_movements(home_id=line.home_id, movements=[movement], at=at)[0]
        return StockMovement.objects.get(pk=written.movement_id)


def make_discrepancy(
    *, line: StockLine, by: StaffMember, counted: Decimal = Decimal(5), at: datetime = NOW
) -> Discrepancy:
    """Count a line and find that the book says something else."""
    with scope(home=line.home_id):
        found = ledger.count(count_id=uuid7(), line=line, counted=counted, by=by.pk, at=at)
    assert found is not None, "the book agrees with the count"
    return found


# Storage


def make_storage_place(
    *, home: CareHome, by: StaffMember, name: str = "", kind: str = "fridge", allowed: Range = FRIDGE
) -> StoragePlace:
    """Add a place where a home keeps medicines: a fridge, long ago."""
    place = storage.Place(name or f"Fridge {next(_number)}", kind, allowed)
    with scope(home=home.pk):
        return storage.add_place(home_id=home.pk, place=place, by=by.pk, at=LONG_AGO)


def make_temperature_reading(
    *, place: StoragePlace, by: StaffMember, seen: tuple[str, str, str] = ("5", "4", "6.5"), at: datetime = NOW,
    **fields: Any,
) -> TemperatureReading:  # fmt: skip
    """Read a thermometer: 5 now, 4 the lowest, 6.5 the highest, in order."""
    read = storage.Read(**{"id": uuid7(), "seen": Seen(*map(Decimal, seen)), "is_reset": True, "read_at": at} | fields)
    with scope(home=place.home_id):
        return storage.write_reading(place=place, read=read, by=by.pk, at=at)[0]
