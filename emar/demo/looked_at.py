"""What people of a demo home look at beside doses: whether a when-required one worked, and the thermometers."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from emar.demo.chance import id_at, portions
from emar.demo.council import Team
from emar.demo.doses import Carers
from emar.models import CareHome, Device, EffectCheck, Prescription
from emar.operations.administrations import Dose
from emar.operations.storage import add_place, record_reading
from emar.rules.wall_clock import instant
from stock.models import StoragePlace, TemperatureReading
from stock.operations.storage import Place, Read
from stock.rules.temperature import Range, Seen

EFFECTS = (("worked", 0.72), ("partly", 0.87), ("not", 0.94), ("asleep", 0.98), ("worse", 1.0))
FORGOTTEN = 0.06
READ_AT = time(9, 40)
PLACES = (
    ("Medicine fridge", StoragePlace.Kind.FRIDGE, Range(Decimal(2), Decimal(8)), ("4.6", "3.1", "6.4")),
    (
        "Treatment room",
        StoragePlace.Kind.ROOM,
        Range(None, Decimal(25), is_high_allowed=False),
        ("20.5", "18.2", "22.3"),
    ),
)
#: One day in so many somebody found the fridge's door ajar.
AJAR = 0.03
ACTION = "Door was ajar: closed, read again in an hour, pharmacist asked about the insulin"


def write_effects(
    home: CareHome, doses: Sequence[Dose], carers: Carers, seed: str, device: Device | None, now: datetime
) -> None:
    """Write what was seen of when-required doses about an hour later; now and then somebody forgot to look."""
    given = [dose for dose in doses if dose.due_at is None and dose.outcome == "given"]
    lines = Prescription.objects.filter(pk__in={dose.prescription_id for dose in given})
    lines = {str(each.pk): each for each in lines.filter(prn_protocol__effect_after_minutes__isnull=False)}
    checks = []
    for dose in given:
        if (line := lines.get(dose.prescription_id)) is None:
            continue
        kind, late, forgot = portions(seed, dose.id, "effect")[:3]
        minutes = line.prn_protocol["effect_after_minutes"]
        at = (dose.given_at + timedelta(minutes=minutes + 25 * late)).replace(microsecond=0)
        if forgot < FORGOTTEN or at > now:
            continue
        checks.append(
            EffectCheck(
                id=id_at(at, seed, dose.id, "effect"),
                home=home,
                administration_id=dose.id,
                effect=next(word for word, most in EFFECTS if kind < most),
                checked_at=at,
                checked_by_id=dose.given_by_id,
                entered_at=at,
                received_at=at,
                device=device,
            )
        )
    EffectCheck.objects.bulk_create(checks, ignore_conflicts=True)


def read_temperatures(home: CareHome, day: date, team: Team, seed: str, now: datetime) -> None:
    """Read each thermometer of the home once on a day, and write what was done where it was too warm."""
    at = instant(day, READ_AT)
    if at > now:
        return
    kept = {each.name: each for each in StoragePlace.objects.filter(home=home, closed_at__isnull=True)}
    for name, kind, allowed, usual in PLACES:
        place = kept.get(name)
        if place is None:
            place = add_place(home_id=home.pk, place=Place(name, kind.value, allowed), by=team.manager.pk, at=at)
        read_id = id_at(at, seed, name, "temperature")
        if TemperatureReading.objects.filter(home=home, pk=read_id).exists():
            continue
        drift, ajar, who = portions(seed, read_id, "degrees")[:3]
        degrees = [Decimal(each) + Decimal(round(14 * drift - 7)) / 10 for each in usual]
        is_ajar = kind is StoragePlace.Kind.FRIDGE and ajar < AJAR
        if is_ajar:
            degrees[2] = Decimal("9.8")
        people = [*team.seniors, *team.carers]
        record_reading(
            place=place,
            read=Read(read_id, Seen(*degrees), True, at, ACTION if is_ajar else ""),
            by=people[int(who * len(people))].pk,
            at=at,
        )
