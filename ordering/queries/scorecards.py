"""What do the last orders say of each supplier: how long it takes, how much it brings, how late it comes?"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection

from emar.models import GpPractice, Pharmacy
from ordering.rules.scorecard import USUAL_LATE_DAYS, Scorecard, Supplied, scorecard

#: Half a year: six cycles, so that a pharmacy that changed is not judged by what it was.
LOOK_BACK = timedelta(days=168)

#: Each item asked for, with when it was here in full: the day on which what was booked in against it reached it.
SUPPLIED = """
    WITH item AS (
        SELECT line.id, line.quantity, line.pharmacy_id, placed.gp_practice_id, placed.arrives_on,
               min(event.happened_at) AS sent_at
          FROM ordering_orderline AS line
          JOIN ordering_order AS placed ON placed.id = line.order_id
          JOIN ordering_orderevent AS event
            ON event.order_id = placed.id AND event.line_id IS NULL AND event.kind IN ('sent', 'sent_by_hand')
         WHERE line.home_id = %(home)s AND line.is_required AND placed.arrives_on >= %(since)s
         GROUP BY line.id, placed.id
    ), come AS (
        SELECT expected.asked_by AS line_id, booked.booked_at, booked.answers,
               sum(booked.answers) OVER (PARTITION BY expected.asked_by ORDER BY booked.booked_at, booked.id) AS total
          FROM ordering_bookedpack AS booked
          JOIN ordering_deliveryline AS expected ON expected.id = booked.line_id
         WHERE booked.home_id = %(home)s AND expected.asked_by IS NOT NULL
           AND NOT EXISTS (SELECT FROM ordering_undonebooking WHERE booked_id = booked.id)
    ), issued AS (
        SELECT line_id, min(happened_at) AS issued_at FROM ordering_orderevent
         WHERE home_id = %(home)s AND kind = 'issued' AND line_id IS NOT NULL GROUP BY line_id
    )
    SELECT item.pharmacy_id, item.gp_practice_id, (item.sent_at AT TIME ZONE 'Europe/London')::date, item.arrives_on,
           item.quantity,
           coalesce((SELECT sum(answers) FROM come WHERE line_id = item.id
                        AND (booked_at AT TIME ZONE 'Europe/London')::date <= item.arrives_on), 0),
           (SELECT min(booked_at) AT TIME ZONE 'Europe/London' FROM come
             WHERE line_id = item.id AND total >= item.quantity)::date,
           (issued.issued_at AT TIME ZONE 'Europe/London')::date
      FROM item LEFT JOIN issued ON issued.line_id = item.id
"""


@dataclass(frozen=True, slots=True)
class SupplierCard:
    """One supplier and its scorecard: a pharmacy by what it delivered, a surgery by how soon it issued."""

    name: str
    is_pharmacy: bool
    card: Scorecard


def _supplied(home_id: int, today: date) -> tuple[Mapping[int | None, list[Supplied]], Mapping[int, list[Supplied]]]:
    """Return the items of the last half year by pharmacy, and by surgery with "complete" meaning issued."""
    pharmacies: dict[int | None, list[Supplied]] = defaultdict(list)
    surgeries: dict[int, list[Supplied]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(SUPPLIED, {"home": home_id, "since": today - LOOK_BACK})
        for pharmacy_id, practice_id, sent_on, wanted_on, ordered, in_time, complete_on, issued_on in cursor.fetchall():
            pharmacies[pharmacy_id].append(Supplied(sent_on, wanted_on, ordered, in_time, complete_on))
            if practice_id is not None:
                share = ordered if issued_on is not None else ordered * 0
                surgeries[practice_id].append(Supplied(sent_on, wanted_on, ordered, share, issued_on))
    return pharmacies, surgeries


def supplier_cards(home_id: int, today: date, *, service_percent: int) -> list[SupplierCard]:
    """Return the scorecard of each pharmacy and surgery of a home, by name; three statements."""
    pharmacies, surgeries = _supplied(home_id, today)
    found = [
        SupplierCard(each.name, True, scorecard(pharmacies.get(each.pk, []), today, service_percent=service_percent))
        for each in Pharmacy.objects.filter(home_id=home_id).order_by("name")
    ]
    found += [
        SupplierCard(each.name, False, scorecard(surgeries.get(each.pk, []), today, service_percent=service_percent))
        for each in GpPractice.objects.filter(home_id=home_id).order_by("name")
    ]
    return found


def late_days(home_id: int, today: date, *, service_percent: int) -> int:
    """Return how many days late the home has to expect its slowest pharmacy; the usual while none is known."""
    pharmacies, _ = _supplied(home_id, today)
    cards = [scorecard(each, today, service_percent=service_percent) for each in pharmacies.values()]
    return max((card.late_days for card in cards), default=USUAL_LATE_DAYS)
