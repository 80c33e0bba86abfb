"""What a delivery note's words may mean in this home: who lives here, what each takes, in which sizes it comes."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from decimal import Decimal

from django.db.models import Q

from emar.models import Pack, Prescription, Resident
from emar.queries.presences import GONE, where_residents_are
from ordering.rules.naming import Person


def people_of(home_id: int, now: datetime) -> list[Person]:
    """Return whom a note may mean: everybody who lives here. Two statements."""
    gone = {pk for pk, presence in where_residents_are(home_id, until=now).items() if presence in GONE}
    return [
        Person(each.pk, each.full_name, each.preferred_name, each.nhs_number or "", each.room)
        for each in Resident.objects.filter(home_id=home_id)
        if each.pk not in gone
    ]


def medicine_names(home_id: int) -> dict[int, dict[str, str]]:
    """Return each resident's medicines by prescription, stopped ones too: the generic product and its name.

    A brand that is prescribed is known by its own name as well as the generic's. One statement.
    """
    found: dict[int, dict[str, str]] = defaultdict(dict)
    lines = Prescription.objects.filter(home_id=home_id).select_related("medicine__generic").order_by("written_at")
    for each in lines:
        product = each.medicine.generic or each.medicine
        found[each.resident_id][product.pk] = product.name
    return dict(found)


def sizes_of(medicine_ids: Collection[str]) -> dict[str, dict[str, frozenset[Decimal]]]:
    """Return the sizes of pack in which each generic product comes, by its unit. One statement."""
    found: dict[str, dict[str, set[Decimal]]] = defaultdict(lambda: defaultdict(set))
    packs = Pack.objects.filter(
        Q(medicine_id__in=medicine_ids) | Q(medicine__generic_id__in=medicine_ids), retired_on__isnull=True
    )
    for medicine_id, generic_id, quantity, unit in packs.values_list(
        "medicine_id", "medicine__generic_id", "quantity", "unit"
    ):
        found[generic_id or medicine_id][unit].add(quantity)
    return {medicine: {unit: frozenset(sizes) for unit, sizes in units.items()} for medicine, units in found.items()}
