"""What may a pack be whose code says nothing: the lines that still wait for one, and what is taken here."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from emar.models import HomelyRemedy, Medicine, Resident
from emar.queries.due import prescriptions_between
from emar.queries.medicines import codes_of, medicine_for_code
from ordering.models import Delivery, DeliveryLine
from ordering.queries.deliveries import short_lines

#: A prescription that a second person has still to check is stocked already.
SOON = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Offered:
    """`lines` are expected and not complete, `taken` what each person takes, `of_home` the homely remedies."""

    lines: Sequence[DeliveryLine]
    taken: Sequence[tuple[Resident, Sequence[Medicine]]]
    of_home: Sequence[Medicine]


def offered(
    delivery: Delivery, now: datetime, *, resident_id: int | None = None, medicine_id: str | None = None
) -> Offered:
    """Return what a pack may be, for one resident or everybody, and of one medicine or any. Six statements."""
    codes = _codes(medicine_id)

    def is_meant(medicine: Medicine) -> bool:
        return not codes or bool({medicine.pk, medicine.generic_id} & codes)

    lines = [
        each
        for each in short_lines(delivery)
        if each.medicine is not None
        and (each.resident is not None or each.is_for_home)
        and resident_id in (None, each.resident_id)
        and is_meant(each.medicine)
    ]
    expected = {(each.resident_id, each.medicine_id) for each in lines}
    home_id = delivery.home_id
    asked = None if resident_id is None else [resident_id]
    taken: dict[int, dict[str, Medicine]] = defaultdict(dict)
    people: dict[int, Resident] = {}
    for each in prescriptions_between(home_id, now, now + SOON, resident_ids=asked):
        people[each.resident_id] = each.resident
        if (each.resident_id, each.medicine_id) not in expected and is_meant(each.medicine):
            taken[each.resident_id][each.medicine_id] = each.medicine
    remedies = HomelyRemedy.objects.filter(home_id=home_id, ended_at=None).select_related("medicine")
    own = [each.medicine for each in remedies.order_by("medicine__name") if is_meant(each.medicine)]
    found = [(people[pk], list(theirs.values())) for pk, theirs in taken.items() if theirs]
    return Offered(lines, sorted(found, key=lambda each: each[0].full_name), own if resident_id is None else [])


def medicine_of(home_id: int, medicine_id: str, now: datetime) -> Medicine | None:
    """Return a medicine that is taken or kept in this home, None for any other."""
    if not medicine_id:
        return None
    taken = prescriptions_between(home_id, now, now + SOON).filter(medicine_id=medicine_id).exists()
    if taken or HomelyRemedy.objects.filter(home_id=home_id, ended_at=None, medicine_id=medicine_id).exists():
        return medicine_for_code(medicine_id)
    return None


def _codes(medicine_id: str | None) -> frozenset[str]:
    medicine = medicine_for_code(medicine_id) if medicine_id else None
    if medicine is None:
        return frozenset()
    product = medicine.generic_id or medicine.pk
    return codes_of([product])[product]
