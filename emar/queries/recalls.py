"""Who was given doses from packs that are called back, and how many more might have been."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection

from emar.models import CareHome, Council, Resident
from emar.rules.outcomes import OUTCOMES
from emar.scope import scope
from stock.models import StockPack

REACHED = [word for word, outcome in OUTCOMES.items() if outcome.uses_stock]

GIVEN_FROM = """
    SELECT record.resident_id, record.pack_id IS NOT NULL, count(*), min(record.given_at), max(record.given_at),
           sum(record.amount), min(record.unit)
      FROM emar_administration AS record
      LEFT JOIN emar_correction AS wrong ON wrong.home_id = %(home)s AND wrong.administration_id = record.id
     WHERE record.home_id = %(home)s AND record.outcome = ANY (%(reached)s) AND wrong.id IS NULL
       AND (record.pack_id = ANY (%(packs)s::uuid[])
            OR record.pack_id IS NULL AND EXISTS (
               SELECT FROM stock_stockmovement AS moved JOIN stock_stockpack AS pack ON pack.line_id = moved.line_id
                WHERE moved.record_id = record.id AND pack.id = ANY (%(packs)s::uuid[])
                  AND record.given_at >= pack.booked_in_at))
     GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class GivenFrom:
    """What one resident was given: from a pack for sure, or by hand while such a pack stood there.

    `amount` is in `unit`; several units are not added up, the first is named.
    """

    resident: Resident
    is_sure: bool
    doses: int
    first_at: datetime
    last_at: datetime
    amount: Decimal | None
    unit: str


def given_from(home_id: int, packs: Collection[StockPack]) -> Sequence[GivenFrom]:
    """Return who was given doses out of these packs, those for sure first, then by name. Two statements.

    A dose that nobody scanned names no pack: it may have come from one that was here then, and is told apart.
    """
    if not packs:
        return []
    names = {"home": home_id, "reached": REACHED, "packs": [str(each.pk) for each in packs]}
    with connection.cursor() as cursor:
        cursor.execute(GIVEN_FROM, names)
        rows = cursor.fetchall()
    people = Resident.objects.filter(home_id=home_id).in_bulk({resident_id for resident_id, *_ in rows})
    found = [GivenFrom(people[resident_id], *rest) for resident_id, *rest in rows]
    return sorted(found, key=lambda each: (not each.is_sure, each.resident.full_name, each.resident.pk))


def homes_told(*, council: str = "", provider: str = "") -> list[int]:
    """Return the homes that an alert of a council or a provider goes to, by its name; all homes without a name.

    For a command that opens each home's scope in turn; a council's homes are seen in that council's scope.
    """
    found: list[int] = []
    councils = Council.objects.order_by("pk")
    for council_id in (councils.filter(name=council) if council else councils).values_list("pk", flat=True):
        with scope(council=council_id):
            homes = CareHome.objects.filter(council_id=council_id).order_by("pk")
            found += (homes.filter(provider__name=provider) if provider else homes).values_list("pk", flat=True)
    return found
