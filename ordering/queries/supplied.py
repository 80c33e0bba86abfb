"""What does a pharmacy's person see: the items ordered of their pharmacy, by home, and how far each is.

Asked in the scope of the person and of no home: the database shows nothing else (migration 0002). What a home held,
needed, changed or was told by others is not among it.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from emar.models import CareHome
from ordering.models import Order, OrderEvent, OrderLine, PharmacyPartner
from ordering.queries.orders import happened_of
from ordering.rules.following import Standing, standing


@dataclass(frozen=True, slots=True)
class SuppliedHome:
    """One home that a pharmacy supplies, as its person may see it."""

    home_id: int
    home_name: str
    pharmacy_name: str


@dataclass(frozen=True, slots=True)
class SuppliedItem:
    """One item ordered of the pharmacy, with what was said of its supply."""

    line: OrderLine
    order: Order
    home_name: str
    standing: Standing
    events: Sequence[OrderEvent]


def is_partner(staff_member_id: int) -> bool:
    """Return whether somebody is a pharmacy's person for any home now."""
    return PharmacyPartner.objects.filter(staff_member_id=staff_member_id, ended_at__isnull=True).exists()


def homes(staff_member_id: int) -> list[SuppliedHome]:
    """Return the homes that this person's pharmacy supplies, by name. Two statements."""
    granted = PharmacyPartner.objects.filter(staff_member_id=staff_member_id, ended_at__isnull=True)
    rows = granted.select_related("home", "pharmacy").order_by("home__name", "pharmacy__name")
    return [SuppliedHome(each.home_id, each.home.name, each.pharmacy.name) for each in rows]


def items(staff_member_id: int, *, since: date, home_id: int | None = None) -> list[SuppliedItem]:
    """Return what was ordered of this person's pharmacies for days from `since` on, by home, order and place on it.

    Four statements.
    """
    pharmacies = PharmacyPartner.objects.filter(staff_member_id=staff_member_id, ended_at__isnull=True)
    lines = OrderLine.objects.filter(
        pharmacy_id__in=pharmacies.values("pharmacy_id"), is_required=True, order__cover_until_on__gt=since
    )
    if home_id is not None:
        lines = lines.filter(home_id=home_id)
    found = list(lines.select_related("order", "medicine").order_by("home_id", "order__number", "position"))
    names = dict(CareHome.objects.filter(pk__in={each.home_id for each in found}).values_list("pk", "name"))
    events: dict[UUID, list[OrderEvent]] = defaultdict(list)
    rows = OrderEvent.objects.filter(line_id__in=[each.pk for each in found]).select_related("medicine")
    for event in rows.order_by("happened_at", "id"):
        if event.line_id is not None:
            events[event.line_id].append(event)
    return [
        SuppliedItem(
            each,
            each.order,
            names.get(each.home_id, ""),
            standing(each.quantity, [happened_of(event) for event in events[each.pk]], each.quantity * 0),
            events[each.pk],
        )
        for each in found
    ]


def line(staff_member_id: int, line_id: UUID) -> OrderLine | None:
    """Return one item that was ordered of this person's pharmacy, or None."""
    pharmacies = PharmacyPartner.objects.filter(staff_member_id=staff_member_id, ended_at__isnull=True)
    return OrderLine.objects.filter(
        pk=line_id, is_required=True, pharmacy_id__in=pharmacies.values("pharmacy_id")
    ).first()
